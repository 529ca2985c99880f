//! A time of day that is waited for: the program reckons it by a clock that may be wrong, and the kernel by the right one.
//!
//! It is over when the clock that the program reads says so. That may be right again before, for whatever reason, and so it is
//! looked at anew now and then. Who reckoned by a clock that was ahead waits no longer than it meant to also then.

use chaos_kitty_table::{SHIFT, now};
use libc::timespec;
use rustix::time::{ClockId, clock_gettime};

use crate::asked::{LOOK, offset};
use crate::reckoned;
use crate::table::rules;

const SECOND: i128 = 1_000_000_000;
/// For how long after it is over somebody may be about to wait for it again.
const A_WHILE: i128 = 10 * SECOND;

/// It, while the clock is wrong, or was when it was waited for before.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    /// In nanoseconds of the program's clock.
    asked: i128,
    /// By how many that was off when it was last looked at.
    off: i128,
}

impl Until {
    /// Nothing where it is to be waited for as the program says.
    ///
    /// A condition may be waited for by the monotonic clock, and does not tell, nor does a timer: the two are decades apart, so a
    /// time that is nearer to that is one of it. So is no time at all, which is the end of a timer.
    pub(crate) fn of(time: &timespec) -> Option<Until> {
        // What is no time is the kernel's to refuse.
        if !(0..SECOND).contains(&time.tv_nsec.into()) {
            return None;
        }
        let asked = nanoseconds(time.tv_sec, time.tv_nsec);
        if let Some(off) = rules().are_about(SHIFT).then(offset).flatten() {
            let off = i128::from(off.by);
            let is_of_another_clock = asked.abs_diff(real() + off) > asked.abs_diff(i128::from(now()));
            return (!is_of_another_clock).then_some(Until { asked, off });
        }
        if reckoned::is_told(asked) {
            return None;
        }
        let real = real();
        let known = reckoned::off(asked).filter(|off| real < asked - off + A_WHILE);
        // It was right between when this was reckoned and when it is waited for: it is known by what it is nearer to.
        let near = |off: &i128| asked.abs_diff(real + off) < asked.abs_diff(real);
        known.or_else(|| reckoned::lately().filter(near)).map(|off| Until { asked, off })
    }

    /// When it is by the right clock, if the other one stays off by as much.
    pub(crate) fn right(&self) -> timespec {
        time(self.asked - self.off)
    }

    /// Until when it is to be waited for by the right clock before it is looked at again; nothing when it is over.
    pub(crate) fn next(&mut self) -> Option<timespec> {
        let real = real();
        let Some(off) = offset() else {
            let over = self.asked - self.off.max(0);
            return (real < over).then(|| time(over));
        };
        self.off = off.by.into();
        let left = self.asked - self.off - real;
        if left <= 0 {
            return None;
        }
        reckoned::keep(self.asked, self.off);
        let rate = 1.0 + off.drift;
        let most = if rate > 0.0 { (left as f64 / rate).ceil() as i128 } else { i128::MAX };
        // Where it is behind, it is over sooner if the clock comes back.
        let may_be_sooner = self.off < 0 || off.drift < 0.0;
        Some(time(real.saturating_add(if may_be_sooner { most.min(LOOK.into()) } else { most })))
    }

    /// It has been told that it is over, and is not to be told so again: who looks at a clock that is right again, and waits on,
    /// means that one.
    pub(crate) fn told(&self) {
        reckoned::tell(self.asked);
    }
}

fn real() -> i128 {
    let real = clock_gettime(ClockId::Realtime);
    nanoseconds(real.tv_sec, real.tv_nsec)
}

fn nanoseconds(seconds: i64, more: i64) -> i128 {
    i128::from(seconds) * SECOND + i128::from(more)
}

fn time(nanoseconds: i128) -> timespec {
    // No time is before the first: that is over in any case.
    let nanoseconds = nanoseconds.clamp(0, i64::MAX as i128 * SECOND);
    timespec { tv_sec: nanoseconds.div_euclid(SECOND) as i64, tv_nsec: nanoseconds.rem_euclid(SECOND) as i64 }
}
