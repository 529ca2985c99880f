//! `allocate_memory(size_mb:, hold_duration:)`: makes memory resident, holds it, gives it back.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::aside::aside;
use crate::available::available;
use crate::ballast::Ballast;
use crate::clock;
use crate::effects::Effects;
use crate::lease::Lease;
use crate::options::Options;
use crate::refusal::refusal;

pub(crate) const MIB: f64 = 1_048_576.0;
/// The share of what is available that may be taken: the rest is for those who did not volunteer.
const SHARE: f64 = 0.8;
/// Time to make the pages resident, on top of holding them, where the caller gave no lease.
pub(crate) const FILLING: Duration = Duration::from_secs(30);

/// Bytes that calls in progress were granted and that may not be resident yet: two at once must not each be granted
/// the same free memory.
pub(crate) static GRANTED: AtomicU64 = AtomicU64::new(0);

/// Memory that somebody may take, until it is dropped.
pub(crate) struct Grant {
    pub(crate) bytes: u64,
    ledger: &'static AtomicU64,
}

struct Observed {
    resident: u64,
    held: Duration,
}

pub(crate) async fn allocate_memory(effects: &Arc<Effects>, request: &Request) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let (asked, size) = options.megabytes("size_mb")?.ok_or_else(|| options.missing("size_mb"))?;
    let hold = options.seconds("hold_duration")?.ok_or_else(|| options.missing("hold_duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(hold.duration + FILLING);
    let effect = effects.begin(id.clone(), "allocate_memory", length)?;
    let grant = Grant::ask(size, available(), &GRANTED)?;
    let until = Arc::clone(effect.lease());
    let observed = aside("allocate_memory", move || carry(grant, hold.duration, &until)).await??;

    let mut answer = vec![("allocated_mb", asked), ("held_for", hold.asked)];
    if id.is_some() {
        let resident = (observed.resident as f64 / MIB).into();
        let seconds = observed.held.as_secs_f64().into();
        answer.push((
            "observed",
            Value::map::<_, Value>([("resident_mb", resident), ("seconds_held", seconds)]),
        ));
    }
    Ok(Value::map(answer))
}

fn carry(grant: Grant, hold: Duration, lease: &Lease) -> Result<Observed, Exception> {
    let mut ballast = Ballast::reserve(grant.bytes as usize).map_err(|error| {
        refusal(format!("allocate_memory: the kernel refused {} bytes: {error}", grant.bytes))
    })?;
    ballast.fill(|| lease.is_over());
    let since = clock::now();
    let resident = ballast.resident().map_err(|error| {
        Exception::runtime(format!("allocate_memory: nobody can tell how much is resident: {error}"))
    })?;
    lease.wait_until(since + hold);
    let held = clock::now().saturating_duration_since(since);
    drop(ballast); // given back before anyone is told that it is over
    Ok(Observed { resident, held })
}

impl Grant {
    /// # Errors
    /// ArgumentError: it is more than may be taken of what is there; a refusal: nobody can tell how much that is.
    pub(crate) fn ask(
        size_mb: f64,
        available: io::Result<Option<u64>>,
        ledger: &'static AtomicU64,
    ) -> Result<Grant, Exception> {
        let available = available.map_err(|error| {
            let why = "nobody can tell how much memory there is to be taken";
            refusal(format!("allocate_memory: {why}: {error}: ask again when there are descriptors"))
        })?;
        let bytes = ((size_mb * MIB) as u64).max(1);
        let granted = ledger.fetch_add(bytes, Ordering::AcqRel);
        let grant = Grant { bytes, ledger };
        let free = available.unwrap_or(u64::MAX).saturating_sub(granted);
        let most = (free as f64 * SHARE) as u64;
        if bytes <= most {
            return Ok(grant);
        }
        Err(Exception::argument(format!(
            "allocate_memory: size_mb: {size_mb} is more than {:.0} % of the {:.1} MiB that are available here, ask for at most {:.1}",
            SHARE * 100.0,
            free as f64 / MIB,
            most as f64 / MIB,
        )))
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.ledger.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_share_is_refused_with_figures_and_a_grant_counts_while_it_lasts() {
        static LEDGER: AtomicU64 = AtomicU64::new(0);
        let hundred = Some(100 * MIB as u64);
        let refused = Grant::ask(80.5, Ok(hundred), &LEDGER).err().unwrap();
        assert_eq!(refused.class, "ArgumentError");
        for figure in ["80.5", "80 %", "100.0 MiB", "at most 80.0"] {
            assert!(refused.message.contains(figure), "{figure}: {}", refused.message);
        }
        let first = Grant::ask(60.0, Ok(hundred), &LEDGER).unwrap();
        assert!(Grant::ask(60.0, Ok(hundred), &LEDGER).is_err(), "the first one's is not free any more");
        drop(first);
        Grant::ask(60.0, Ok(hundred), &LEDGER).unwrap();
        assert!(Grant::ask(f64::MAX, Ok(hundred), &LEDGER).is_err());
    }

    #[test]
    fn the_lease_bounds_the_holding() {
        let lease = Lease::of(Duration::from_millis(50));
        let grant = Grant::ask(1.0, Ok(None), &GRANTED).unwrap();
        let observed = carry(grant, Duration::from_secs(3600), &lease).unwrap();
        assert_eq!(observed.resident, MIB as u64);
        assert!(lease.is_over() && observed.held <= Duration::from_secs(60), "{:?}", observed.held);
    }
}
