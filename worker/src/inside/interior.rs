//! The inside of a program, as its wrapper reaches it.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Raise, Request, Value};
use chaos_kitty_table::{Call, Deed, Rule, Table, Tally, Target, now};
use rustix::fs::stat;

use super::confined::is_confined;
use super::{allocate_memory, cpu_spin, delay, disturb, raise_error, shift_clock, take_descriptors};
use crate::beside::Program;
use crate::effects::{Effect, Effects};
use crate::refusal::refusal;

/// How often the library is told that we are there: several times within what it waits for that.
pub(super) const BEAT: Duration = Duration::from_millis(300);
/// For how long a program that was executed just now may be with its loader.
pub(super) const TO_LOAD: Duration = Duration::from_secs(2);
/// Between two looks at what has been hit, where a number of hits is the end.
const LOOK: Duration = Duration::from_millis(10);

/// The table that the library in the program reads.
pub struct Interior {
    pub(super) table: Arc<Table>,
}

impl Interior {
    /// What can be done in a program that has the library in it.
    pub(crate) const METHODS: [&str; 7] =
        ["delay", "raise_error", "disturb", "shift_clock", "allocate_memory", "cpu_spin", "take_descriptors"];

    /// The inside of whatever program maps this table.
    pub fn new(table: Arc<Table>) -> Interior {
        Interior { table }
    }

    /// The program in which things are taken has this pid.
    pub(crate) fn is_in(&self, program: u32) {
        // Without /proc its pid has to do.
        let namespace = stat(format!("/proc/{program}/ns/pid")).map_or(0, |namespace| namespace.st_ino);
        self.table.is_in(program, namespace);
    }

    pub(crate) async fn call(
        &self,
        program: &dyn Program,
        effects: &Arc<Effects>,
        request: &Request,
    ) -> Result<Value, Raise> {
        if !self.is_taken_in().await {
            let method = &request.method;
            return Err(refusal(format!(
                "{method}: the program has not taken the library in, so nothing can be done inside it: a program that it starts \
                 may run as another user, or without LD_PRELOAD; start it without --inside"
            ))
            .into());
        }
        if is_confined(program.process_id()) {
            let method = &request.method;
            return Err(refusal(format!(
                "{method}: the program has forbidden itself system calls (seccomp), and would be killed for those that are made \
                 inside it: strike it from outside (freeze, or attach it)"
            ))
            .into());
        }
        Ok(match &*request.method {
            "delay" => delay::delay(self, effects, request).await?,
            "raise_error" => raise_error::raise_error(self, effects, request).await?,
            "disturb" => disturb::disturb(self, effects, request).await?,
            "shift_clock" => shift_clock::shift_clock(self, effects, request).await?,
            "allocate_memory" => allocate_memory::allocate_memory(self, program, effects, request).await?,
            "cpu_spin" => cpu_spin::cpu_spin(self, program, effects, request).await?,
            "take_descriptors" => take_descriptors::take_descriptors(self, program, effects, request).await?,
            other => return Err(Raise::no_method(other, "Victim")),
        })
    }

    /// Whether the library is in it, which is after its loader has done its work.
    async fn is_taken_in(&self) -> bool {
        let until = crate::clock::now() + TO_LOAD;
        while self.table.mapped() == 0 && crate::clock::now() < until {
            tokio::time::sleep(LOOK).await;
        }
        self.table.mapped() != 0
    }

    /// A rule that begins now and lasts as long as the effect may.
    pub(super) fn rule(effect: &Effect, calls: impl IntoIterator<Item = Call>, deed: Deed) -> Rule {
        let (begun, deadline) = Interior::time(effect);
        Rule::about(calls, deed, begun, deadline)
    }

    /// From now to when the effect ends at the latest.
    pub(super) fn time(effect: &Effect) -> (u64, u64) {
        let left = effect.lease().deadline().saturating_duration_since(crate::clock::now());
        let begun = now();
        (begun, begun.saturating_add(u64::try_from(left.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// Lets a rule hold for calls on this target until the effect is over, or it has hit as often as it may.
    pub(super) async fn under(
        &self,
        effect: &Effect,
        rule: &Rule,
        target: &Target,
        method: &str,
    ) -> Result<Tally, Exception> {
        let armed = self.table.arm(rule, target).ok_or_else(|| {
            refusal(format!(
                "{method}: so many effects are under way inside this program that there is no room for another: end some first"
            ))
        })?;
        let is_counted = rule.times < u64::MAX;
        let step = if is_counted { LOOK } else { BEAT };
        let over = effect.run_out();
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => break,
                () = tokio::time::sleep(step) => self.table.beat(),
            }
            if is_counted && armed.tally().hits >= rule.times {
                // Who waits is freed by the end of the rule: the last one waits for as long as the others.
                if let Deed::Delay(length) = rule.deed {
                    self.beat_for(Duration::from_nanos(length), &mut over).await;
                }
                break;
            }
        }
        Ok(armed.end())
    }

    /// Lets so much time pass, unless it is over before.
    async fn beat_for(&self, time: Duration, mut over: impl Future<Output = ()> + Unpin) {
        let until = crate::clock::now() + time;
        loop {
            let left = until.saturating_duration_since(crate::clock::now());
            tokio::select! {
                () = &mut over => return,
                () = tokio::time::sleep(left.min(BEAT)) => self.table.beat(),
            }
            if left <= BEAT {
                return;
            }
        }
    }
}

/// The answer to a call that does not say for how long, from a host that grants no lease.
pub(super) fn missing(method: &str) -> Exception {
    Exception::argument(format!("{method}: duration: is missing, give one"))
}
