//! The clock that rules end by.

use rustix::fs::stat;
use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of the monotonic clock, which all processes of a machine share, but for those in a time namespace of their own. It
/// goes on while none of us is asked.
pub fn now() -> u64 {
    nanoseconds(ClockId::Monotonic)
}

/// The same as it was at the kernel's last tick, ten milliseconds ago at most: for a fraction of what it costs to read the clock
/// itself, which is much where a call is looked at.
pub fn recent() -> u64 {
    nanoseconds(ClockId::MonotonicCoarse)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    (time.tv_sec.cast_unsigned()).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec.cast_unsigned())
}

/// The number of the time namespace that our clock is of; 0 where the kernel does not say.
pub(crate) fn own_time() -> u64 {
    stat(c"/proc/self/ns/time").map_or(0, |own| own.st_ino)
}
