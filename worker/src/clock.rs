//! The one place of this crate that reads a clock.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The monotonic clock, by which every lease ends.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The CPU time that the calling thread has used, as the kernel accounts for it.
pub(crate) fn thread_cpu() -> Duration {
    duration(ClockId::ThreadCPUTime)
}

/// The CPU time that all threads of this process have used.
#[cfg(feature = "cli")]
pub(crate) fn process_cpu() -> Duration {
    duration(ClockId::ProcessCPUTime)
}

/// A number in `0.0..1.0` that differs between processes and between moments.
///
/// It only keeps a thousand workers from returning to a restarted host in the same millisecond: no fate depends on it,
/// so it needs neither a seed nor a generator.
pub(crate) fn jitter() -> f64 {
    let nanoseconds = duration(ClockId::Monotonic).as_nanos() as u64;
    let mut mixed = nanoseconds ^ (u64::from(std::process::id()) << 40);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

fn duration(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_its_range_and_moves() {
        let draws: Vec<f64> = (0..100).map(|_| jitter()).collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)), "{draws:?}");
        assert!(draws.iter().any(|draw| draw != &draws[0]), "{draws:?}");
    }
}
