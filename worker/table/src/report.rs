//! A report: how far a task is, in the program's words.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Stage {
    /// Nobody has begun.
    Unseen = 0,
    /// There is, or is about to be, a thread for it.
    Begun = 1,
    /// All that it takes is taken.
    Holding = 2,
    /// Everything is given back.
    Over = 3,
    /// It could not be done.
    Failed = 4,
}

/// What it has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Haul {
    /// Bytes resident, nanoseconds of CPU time, or descriptors.
    pub taken: u64,
    /// Descriptors that were left free; of CPU time, how many rounds there were.
    pub left: u64,
    /// When all was taken, on the monotonic clock, in nanoseconds; of CPU time, when it began. 0 before.
    pub since: u64,
    /// When it was given back; 0 before.
    pub until: u64,
    /// Why it failed, where it did.
    pub errno: u64,
}

/// A place for one; the order beside it says which task is meant.
#[repr(C)]
pub struct Report {
    /// The task's number, and its stage.
    status: AtomicU64,
    /// The thread that is at it.
    thread: AtomicU32,
    haul: [AtomicU64; 5],
}

impl Report {
    pub(crate) const fn none() -> Report {
        Report {
            status: AtomicU64::new(0),
            thread: AtomicU32::new(0),
            haul: [const { AtomicU64::new(0) }; 5],
        }
    }

    /// Takes the task of this number for one's own; false where somebody has.
    pub fn claim(&self, number: u32) -> bool {
        let status = self.status.load(Ordering::SeqCst);
        if (status >> 32) as u32 == number {
            return false;
        }
        let mine = status_of(number, Stage::Begun);
        if self.status.compare_exchange(status, mine, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            return false;
        }
        true
    }

    /// Nothing is left of what was told before: whoever looks while a task is claimed sees no other's thread and haul. By the
    /// wrapper, before it orders.
    pub(crate) fn clear(&self) {
        self.thread.store(0, Ordering::Release);
        self.tell(&Haul::default());
    }

    /// The thread that does it.
    pub fn begin(&self, thread: u32) {
        self.thread.store(thread, Ordering::Release);
    }

    /// It is so far.
    pub fn reach(&self, number: u32, stage: Stage) {
        self.status.store(status_of(number, stage), Ordering::SeqCst);
    }

    /// What it has come to so far.
    pub fn tell(&self, haul: &Haul) {
        let figures = [haul.taken, haul.left, haul.since, haul.until, haul.errno];
        self.haul.iter().zip(figures).for_each(|(to, from)| to.store(from, Ordering::Release));
    }

    /// How far the task of this number is.
    pub fn stage(&self, number: u32) -> Stage {
        let status = self.status.load(Ordering::SeqCst);
        if (status >> 32) as u32 == number { stage_of(status) } else { Stage::Unseen }
    }

    /// Whether somebody may be at it still, whichever it is.
    pub(crate) fn is_at_work(&self) -> bool {
        matches!(stage_of(self.status.load(Ordering::SeqCst)), Stage::Begun | Stage::Holding)
    }

    /// The thread, once there is one.
    pub fn thread(&self) -> Option<u32> {
        Some(self.thread.load(Ordering::Acquire)).filter(|thread| *thread != 0)
    }

    /// What was told last.
    pub fn haul(&self) -> Haul {
        let [taken, left, since, until, errno] =
            self.haul.each_ref().map(|figure| figure.load(Ordering::Acquire));
        Haul { taken, left, since, until, errno }
    }

    /// Its thread is gone with the program that it was in, and has given nothing back: the kernel has.
    pub(crate) fn forget(&self) {
        self.status.store(0, Ordering::SeqCst);
    }
}

fn status_of(number: u32, stage: Stage) -> u64 {
    u64::from(number) << 32 | u64::from(stage as u32)
}

fn stage_of(status: u64) -> Stage {
    match status as u32 {
        1 => Stage::Begun,
        2 => Stage::Holding,
        3 => Stage::Over,
        4 => Stage::Failed,
        _ => Stage::Unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_begun_once_and_its_report_is_its_own() {
        let report = Report::none();
        assert_eq!(report.stage(7), Stage::Unseen);
        assert!(report.claim(7) && !report.claim(7));
        let haul = Haul { taken: 3, since: 5, ..Haul::default() };
        report.tell(&haul);
        report.reach(7, Stage::Over);
        assert_eq!((report.stage(7), report.stage(8), report.haul()), (Stage::Over, Stage::Unseen, haul));
        assert!(!report.is_at_work());
        report.clear();
        assert!(report.claim(8) && report.is_at_work());
        assert_eq!((report.stage(7), report.haul()), (Stage::Unseen, Haul::default()));
    }
}
