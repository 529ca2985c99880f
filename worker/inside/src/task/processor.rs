//! CPU time.

use std::hint::black_box;

use chaos_kitty_table::{Haul, Stage, now};
use rustix::time::{ClockId, clock_gettime};

use super::Course;
use super::watch::Watch;

/// Steps between two looks at the clock: some ten microseconds.
const STEPS: u64 = 10_000;

/// Burns so many nanoseconds, as the kernel counts those of this thread.
pub(super) fn burn(asked: u64, watch: &Watch, course: &Course) -> Haul {
    let before = used();
    let mut haul = Haul { since: now(), ..Haul::default() };
    course.is(Stage::Holding, &haul);
    let mut number = 1_u64;
    while haul.taken < asked && !watch.is_over() {
        for _ in 0..STEPS {
            number = black_box(number.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1));
        }
        haul.left += 1;
        haul.taken = used().saturating_sub(before);
        // Each time: it may be the last, where the program executes another.
        course.report.tell(&haul);
    }
    haul.until = now();
    haul
}

/// Nanoseconds of CPU time that this thread has used.
fn used() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec.cast_unsigned().wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec.cast_unsigned())
}
