//! A report: how far a task is, in the program's words.

use std::sync::atomic::{AtomicU64, Ordering};

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
    /// The program has executed another in its place, and so given everything back.
    Gone = 5,
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
    /// Everything that there is to know of who is at it, in one word: a [`Status`].
    status: AtomicU64,
    haul: [AtomicU64; 5],
}

/// Which task, by which thread, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Status {
    number: u32,
    thread: u32,
    stage: Stage,
}

impl Report {
    pub(crate) const fn none() -> Report {
        Report { status: AtomicU64::new(0), haul: [const { AtomicU64::new(0) }; 5] }
    }

    /// Takes the task of this number for one's own; false where somebody has. Until there is a thread for it, the one that is to
    /// start it counts as that.
    pub fn claim(&self, number: u32, thread: u32) -> bool {
        let before = self.status();
        before.number != number && self.change(before, Status { number, thread, stage: Stage::Begun })
    }

    /// There is a thread for it, said by that or by the one that claimed it: whoever is first.
    pub fn begin(&self, number: u32, thread: u32) {
        let before = self.status();
        if before.number == number && before.stage == Stage::Begun {
            self.change(before, Status { thread, ..before });
        }
    }

    /// It is so far. By its thread, or where there is none any more.
    pub fn reach(&self, number: u32, stage: Stage) {
        let thread = self.status().thread;
        self.status.store(Status { number, thread, stage }.word(), Ordering::SeqCst);
    }

    /// The program has executed another: no thread of it is there any more. By the one that was executed.
    pub fn leave(&self) {
        let before = self.status();
        if before.is_at_work() {
            self.change(before, Status { stage: Stage::Gone, ..before });
        }
    }

    /// What it has come to so far.
    pub fn tell(&self, haul: &Haul) {
        let figures = [haul.taken, haul.left, haul.since, haul.until, haul.errno];
        self.haul.iter().zip(figures).for_each(|(to, from)| to.store(from, Ordering::Release));
    }

    /// Nothing is left of what was told before: whoever looks while a task is claimed sees no other's. By the wrapper, before it
    /// orders.
    pub(crate) fn clear(&self) {
        self.tell(&Haul::default());
    }

    /// How far the task of this number is, and by which thread where one is at it.
    pub fn stage(&self, number: u32) -> (Stage, Option<u32>) {
        let status = self.status();
        if status.number != number {
            return (Stage::Unseen, None);
        }
        (status.stage, status.is_at_work().then_some(status.thread))
    }

    /// The thread that may be at it still, whichever it is.
    pub(crate) fn at_work(&self) -> Option<u32> {
        let status = self.status();
        status.is_at_work().then_some(status.thread)
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

    fn status(&self) -> Status {
        Status::of(self.status.load(Ordering::SeqCst))
    }

    fn change(&self, before: Status, after: Status) -> bool {
        self.status.compare_exchange(before.word(), after.word(), Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl Status {
    /// The kernel has numbers for threads up to 2^22.
    fn word(self) -> u64 {
        u64::from(self.number) << 32
            | u64::from(self.thread & (u32::MAX >> 4)) << 4
            | u64::from(self.stage as u32)
    }

    fn of(word: u64) -> Status {
        let stage = match word & 0xf {
            1 => Stage::Begun,
            2 => Stage::Holding,
            3 => Stage::Over,
            4 => Stage::Failed,
            5 => Stage::Gone,
            _ => Stage::Unseen,
        };
        Status { number: (word >> 32) as u32, thread: word as u32 >> 4, stage }
    }

    fn is_at_work(self) -> bool {
        matches!(self.stage, Stage::Begun | Stage::Holding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_begun_once_and_its_report_is_its_own() {
        let report = Report::none();
        assert_eq!(report.stage(7), (Stage::Unseen, None));
        assert!(report.claim(7, 100) && !report.claim(7, 101));
        assert_eq!(report.stage(7), (Stage::Begun, Some(100)));
        let haul = Haul { taken: 3, since: 5, ..Haul::default() };
        report.tell(&haul);
        report.reach(7, Stage::Over);
        assert_eq!((report.stage(7).0, report.stage(8).0, report.haul()), (Stage::Over, Stage::Unseen, haul));
        assert_eq!(report.at_work(), None);
        report.clear();
        assert!(report.claim(8, 100) && report.at_work().is_some());
        assert_eq!((report.stage(7).0, report.haul()), (Stage::Unseen, Haul::default()));
    }

    #[test]
    fn its_thread_is_known_from_the_claim_on_whoever_says_so_first() {
        let report = Report::none();
        report.claim(7, 100);
        report.begin(7, 4_194_303);
        assert_eq!(report.stage(7), (Stage::Begun, Some(4_194_303)));
        report.reach(7, Stage::Holding);
        // Who started it says so late.
        report.begin(7, 4_194_303);
        assert_eq!(report.stage(7), (Stage::Holding, Some(4_194_303)));
        // It is another task's by now.
        report.begin(6, 5);
        assert_eq!(report.at_work(), Some(4_194_303));
    }

    #[test]
    fn a_program_that_executes_another_leaves_what_it_was_at_and_no_more() {
        let report = Report::none();
        report.leave();
        assert_eq!(report.stage(0).0, Stage::Unseen);
        report.claim(7, 100);
        report.leave();
        assert_eq!((report.stage(7), report.at_work()), ((Stage::Gone, None), None));
        report.claim(8, 100);
        report.reach(8, Stage::Over);
        report.leave();
        assert_eq!(report.stage(8).0, Stage::Over);
    }
}
