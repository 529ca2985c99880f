//! The effects that one host has running here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chaos_kitty_bus::{Exception, Value};
use tokio::sync::Notify;

use crate::clock;
use crate::lease::Lease;
use crate::refusal::refusal;
use crate::timer;

/// More at once than any host means; a bound on threads and memory for one that has gone wild.
const MOST: usize = 256;

/// Everything that one connection has begun and that is not over. When the connection is lost, or the worker stops,
/// it is closed: all of it ends and nothing begins any more.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    active: Mutex<Active>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct Active {
    closed: bool,
    entries: Vec<Entry>,
    counted: u64,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    id: Option<Value>,
    kind: String,
    lease: Arc<Lease>,
    blocks: bool,
}

/// One running effect. Dropping it ends the lease and takes it off the list, so whatever ends the call that carries it
/// out (its deadline, the host's wish, a lost connection, a panic) puts things back.
#[derive(Debug)]
pub(crate) struct Effect {
    effects: Arc<Effects>,
    number: u64,
    lease: Arc<Lease>,
}

impl Effects {
    /// # Errors
    /// ArgumentError when the id is in use; a refusal when there are too many, or the connection is gone.
    pub(crate) fn begin(
        self: &Arc<Self>,
        id: Option<Value>,
        kind: &str,
        length: Duration,
    ) -> Result<Effect, Exception> {
        let mut active = self.active();
        if active.closed {
            return Err(refusal(format!("{kind}: this worker is stopping and begins no more effects")));
        }
        if let Some(id) = &id
            && active.entries.iter().any(|entry| entry.id.as_ref() == Some(id))
        {
            let message =
                format!("{kind}: effect: {} is still active, give every effect an id of its own", text(id));
            return Err(Exception::argument(message));
        }
        if active.entries.len() >= MOST {
            let message = format!("{kind}: {MOST} effects are active here already, end some of them first");
            return Err(refusal(message));
        }
        active.counted += 1;
        let number = active.counted;
        let lease = Lease::of(length);
        active.entries.push(Entry {
            number,
            id,
            kind: kind.to_owned(),
            lease: Arc::clone(&lease),
            blocks: false,
        });
        Ok(Effect { effects: Arc::clone(self), number, lease })
    }

    /// Ends the effect of this id; false when there is none (any more).
    pub(crate) fn end(&self, id: &Value) -> bool {
        let found =
            self.active().entries.iter().find(|entry| entry.id.as_ref() == Some(id)).map(Entry::lease);
        found.map(|lease| lease.end()).is_some()
    }

    /// Ends all of them, and lets none begin after that.
    pub(crate) fn close(&self) {
        let leases: Vec<_> = {
            let mut active = self.active();
            active.closed = true;
            active.entries.iter().map(Entry::lease).collect()
        };
        // Not under our lock: ending wakes tasks of the application's.
        leases.iter().for_each(|lease| lease.end());
    }

    /// Resolves when nothing is active any more: everything is put back, and every call has its answer.
    pub(crate) async fn drained(&self) {
        while !self.active().entries.is_empty() {
            self.ended.notified().await;
        }
    }

    /// Resolves when none of them keeps answers back (see [`Effect::block`]).
    pub(crate) async fn unblocked(&self) {
        while let Some(lease) = self.blocking() {
            lease.over().await;
        }
    }

    fn blocking(&self) -> Option<Arc<Lease>> {
        let active = self.active();
        active.entries.iter().find(|entry| entry.blocks && !entry.lease.is_over()).map(Entry::lease)
    }

    /// What `effects` answers: `[{effect: 7, kind: :delay, remaining: 1.5}, …]`, seconds, oldest first.
    pub(crate) fn list(&self) -> Value {
        let now = clock::now();
        let active = self.active();
        let entries = active.entries.iter().map(|entry| {
            Value::map([
                ("effect", entry.id.clone().unwrap_or(Value::Nil)),
                ("kind", Value::Symbol(entry.kind.as_str().into())),
                ("remaining", entry.lease.deadline().saturating_duration_since(now).as_secs_f64().into()),
            ])
        });
        Value::Array(entries.collect())
    }

    fn active(&self) -> MutexGuard<'_, Active> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn lease(&self) -> Arc<Lease> {
        Arc::clone(&self.lease)
    }
}

impl Effect {
    pub(crate) fn lease(&self) -> &Arc<Lease> {
        &self.lease
    }

    /// Until it is over, no call on this connection gets its answer.
    ///
    /// Only the answers wait, not the thread that writes them: it still has to see the connection end, the other
    /// effects' deadlines, and the host's wish to end this one.
    pub(crate) fn block(&self) {
        let mut active = self.effects.active();
        active
            .entries
            .iter_mut()
            .filter(|entry| entry.number == self.number)
            .for_each(|entry| entry.blocks = true);
    }

    /// Waits until the lease is over, and on its deadline wakes the tasks that it holds.
    pub(crate) async fn run_out(&self) {
        tokio::select! {
            () = timer::sleep_until(self.lease.deadline()) => self.lease.end(),
            () = self.lease.over() => {}
        }
    }
}

impl Drop for Effect {
    fn drop(&mut self) {
        self.lease.end();
        self.effects.active().entries.retain(|entry| entry.number != self.number);
        self.effects.ended.notify_one();
    }
}

fn text(id: &Value) -> String {
    let number = || id.as_i64().map_or_else(|| id.kind().to_owned(), |id| id.to_string());
    id.as_str().map_or_else(number, str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::is_refusal;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn an_id_is_used_once_at_a_time() {
        let effects = Arc::new(Effects::default());
        let seven = || Some(Value::from(7));
        let effect = effects.begin(seven(), "delay", HOUR).unwrap();
        let refused = effects.begin(seven(), "delay", HOUR).unwrap_err();
        assert_eq!(refused.class, "ArgumentError");
        assert!(refused.message.contains('7'), "{}", refused.message);
        drop(effect);
        effects.begin(seven(), "delay", HOUR).unwrap();
    }

    #[test]
    fn they_end_by_id_and_all_at_once_and_are_listed() {
        let effects = Arc::new(Effects::default());
        let one = effects.begin(Some("one".into()), "delay", HOUR).unwrap();
        let two = effects.begin(None, "cpu_spin", HOUR).unwrap();
        let listed = effects.list();
        assert_eq!(listed.as_array().unwrap().len(), 2);
        assert_eq!(listed.as_array().unwrap()[0].get("kind").unwrap().as_str(), Some("delay"));
        assert!(effects.end(&"one".into()));
        assert!(!effects.end(&"three".into()));
        assert!(one.lease().is_over() && !two.lease().is_over());
        effects.close();
        assert!(two.lease().is_over());
        assert!(is_refusal(&effects.begin(None, "delay", HOUR).unwrap_err()));
    }

    #[test]
    fn there_is_a_bound() {
        let effects = Arc::new(Effects::default());
        let running: Vec<_> = (0..MOST).map(|_| effects.begin(None, "delay", HOUR).unwrap()).collect();
        assert!(is_refusal(&effects.begin(None, "delay", HOUR).unwrap_err()));
        drop(running);
        assert!(effects.list().as_array().unwrap().is_empty());
    }
}
