//! For how long something is to be held.

use chaos_kitty_table::{Order, now};
use rustix::thread::{NanosleepRelativeResult, Timespec, futex, nanosleep};

use crate::asked::LOOK;
use crate::table::rules;

/// Whoever holds something looks at this.
pub(super) struct Watch {
    pub(super) order: &'static Order,
    pub(super) number: u32,
    pub(super) deadline: u64,
}

impl Watch {
    /// Whether it is to be given back: its time has come, the wrapper says so, or says nothing any more.
    pub(super) fn is_over(&self) -> bool {
        let now = now();
        now >= self.deadline || !rules().are_alive(now) || !self.order.is(self.number)
    }

    /// Waits until it is over, or this moment has come.
    pub(super) fn wait_until(&self, moment: u64) {
        while !self.is_over() {
            let now = now();
            if now >= moment {
                return;
            }
            let left = (moment.min(self.deadline).saturating_sub(now)).min(LOOK);
            let left = Timespec { tv_sec: 0, tv_nsec: left.cast_signed() };
            match futex::wait(self.order.number(), futex::Flags::empty(), self.number, Some(&left)) {
                Ok(())
                | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR | rustix::io::Errno::TIMEDOUT) => {}
                Err(_) => match nanosleep(&left) {
                    NanosleepRelativeResult::Ok | NanosleepRelativeResult::Interrupted(_) => {}
                    NanosleepRelativeResult::Err(_) => return,
                },
            }
        }
    }
}
