//! A table, as its wrapper has it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::io;

use crate::counters::Tally;
use crate::lapses::Lapses;
use crate::mapping::{Mapped, SIZE};
use crate::order::TASKS;
use crate::ordered::Ordered;
use crate::rule::Rule;
use crate::rules::{Rules, SLOTS};
use crate::target::Target;
use crate::task::Task;
use crate::time::{now, own_time};

/// The one place from which its rules are written.
pub struct Table {
    file: OwnedFd,
    mapped: Mapped,
    token: u64,
    lapses: Mutex<Lapses>,
    slots: Mutex<Slots>,
}

/// Which slots are taken, and where to look for the next: one that was just left may still be counted in.
#[derive(Default)]
pub(crate) struct Slots {
    taken: u64,
    next: usize,
    /// The places of orders that are taken, and those of them that nobody has begun; a bit each.
    pub(crate) ordered: u64,
    pub(crate) unseen: u64,
    /// How many orders there were.
    count: u32,
}

impl Table {
    /// A table of this token, without rules.
    ///
    /// # Errors
    /// The kernel's: descriptors or memory are wanting.
    pub fn create(token: u64) -> io::Result<Arc<Table>> {
        let file = memfd_create("chaos-kitty-table", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&file, SIZE as u64)?;
        // Nobody can make it smaller, which would end with SIGBUS whoever looks at it.
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        let mapped = Mapped::beside(&file)?;
        mapped.rules.begin(token, own_time());
        Ok(Arc::new(Table { file, mapped, token, lapses: Mutex::default(), slots: Mutex::default() }))
    }

    /// What names it, with its file, to the library.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// How many programs have mapped it until now.
    pub fn mapped(&self) -> u32 {
        self.mapped.counters.mapped()
    }

    /// The wrapper is there; to be said more often than each [`crate::HEARTBEAT`] while there are rules.
    pub fn beat(&self) {
        let (rules, now) = (self.mapped.rules, now());
        let mut lapses = self.lapses();
        if let Some(until) = rules.alive_until() {
            lapses.add(until..now);
        }
        rules.beat(now);
    }

    /// Lets a rule hold until what is returned is dropped, its deadline at the latest, for calls on this target. Nothing where
    /// there are too many.
    pub fn arm(self: &Arc<Table>, rule: &Rule, target: &Target) -> Option<Armed> {
        let mut slots = self.slots();
        let slot = (0..SLOTS)
            .map(|offset| (slots.next + offset) % SLOTS)
            .find(|slot| slots.taken & (1 << slot) == 0)?;
        self.beat();
        if slots.taken == 0 {
            self.lapses().clear(); // they were nobody's
        }
        slots.taken |= 1 << slot;
        slots.next = slot + 1;
        self.mapped.counters.clear(slot);
        self.mapped.rules.put_up(slot, rule, target);
        self.mapped.rules.arm(slots.unseen != 0);
        Some(Armed { table: Arc::clone(self), slot, is_over: false })
    }

    /// The program that was started is this process: what is to be taken inside is taken there, and in nobody whom it starts. The
    /// number of its pid namespace tells it from those that have the same pid in another; 0 where that is not known.
    pub fn is_in(&self, program: u32, namespace: u64) {
        self.mapped.rules.are_in(program, namespace);
    }

    /// Has a task done until what is returned is dropped, its deadline at the latest. Nothing where there are too many.
    /// `is_there` says of a thread of the program's whether it is.
    pub fn order(self: &Arc<Table>, task: &Task, is_there: impl Fn(u32) -> bool) -> Option<Ordered> {
        let mut slots = self.slots();
        let Mapped { rules, counters } = self.mapped;
        let is_free = |slot: &usize| {
            let report = counters.report(*slot)?;
            // One that was given up may be about to give back what it took.
            let is_at_work = report.at_work().is_some_and(&is_there);
            Some(slots.ordered & (1 << *slot) == 0 && !is_at_work)
        };
        let slot = (0..TASKS).find(|slot| is_free(slot) == Some(true))?;
        let (order, report) = (rules.order(slot)?, counters.report(slot)?);
        slots.ordered |= 1 << slot;
        slots.unseen |= 1 << slot;
        slots.count = slots.count.wrapping_add(1).max(1);
        let number = slots.count;
        self.beat();
        report.clear();
        order.write(number, task);
        rules.arm(true);
        drop(slots);
        Some(Ordered::new(Arc::clone(self), slot, number, order, report))
    }

    /// Somebody has begun with the task in this place, or nobody is to any more.
    pub(crate) fn seen(&self, slot: usize) {
        let mut slots = self.slots();
        if slots.unseen & (1 << slot) != 0 {
            slots.unseen &= !(1 << slot);
            self.mapped.rules.arm(slots.unseen != 0);
        }
    }

    fn lapses(&self) -> MutexGuard<'_, Lapses> {
        self.lapses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for Table {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// A rule that holds. Dropping it ends it.
pub struct Armed {
    table: Arc<Table>,
    slot: usize,
    is_over: bool,
}

impl Armed {
    /// What it has come to so far.
    pub fn tally(&self) -> Tally {
        let lapses = self.table.lapses().clone();
        Tally { lapses, ..self.table.mapped.counters.tally(self.slot) }
    }

    /// Ends it, and answers what it has come to.
    pub fn end(mut self) -> Tally {
        self.table.beat();
        self.disarm();
        self.tally()
    }

    fn disarm(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        let rules: &Rules = self.table.mapped.rules;
        {
            let mut slots = self.table.slots();
            rules.take_down(self.slot);
            rules.arm(slots.unseen != 0);
            slots.taken &= !(1 << self.slot);
        }
        if let Some(version) = rules.version(self.slot) {
            // Whoever waits for it, in whichever process.
            let _ = rustix::thread::futex::wake(version, rustix::thread::futex::Flags::empty(), u32::MAX);
        }
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        self.disarm();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Order;
    use crate::report::{Haul, Report, Stage};
    use crate::task::Take;

    const TASK: Task = Task { take: Take::Cpu(1), hold: 0, deadline: u64::MAX };

    /// What the library sees of the only task: its number, and where it says how far it is.
    fn seen(table: &Table) -> (u32, &Order, &Report) {
        let orders = (0..TASKS).filter_map(|slot| {
            let order = table.mapped.rules.order(slot)?;
            Some((order.read()?.0, order, table.mapped.counters.report(slot)?))
        });
        let orders: Vec<_> = orders.collect();
        assert_eq!(orders.len(), 1);
        orders.into_iter().next().unwrap()
    }

    #[test]
    fn a_stale_report_is_not_taken_for_a_tasks_own() {
        let table = Table::create(7).unwrap();
        let nobody = |_: u32| false;
        let first = table.order(&TASK, nobody).unwrap();
        let (number, _, report) = seen(&table);
        assert!(report.claim(number, 100) && table.mapped.rules.want_a_task());
        report.tell(&Haul { taken: 5, since: 9, ..Haul::default() });
        report.reach(number, Stage::Over);
        assert_eq!((first.stage(), first.haul().taken), ((Stage::Over, None), 5));
        assert!(!table.mapped.rules.want_a_task());
        drop(first);
        // In the same place.
        let second = table.order(&TASK, nobody).unwrap();
        assert_eq!((second.stage(), second.haul()), ((Stage::Unseen, None), Haul::default()));
        assert!(table.mapped.rules.want_a_task());
        let (next, ..) = seen(&table);
        assert_ne!(next, number);
        // Who is late with the first one says nothing of the second.
        report.begin(number, 100);
        assert_eq!(second.stage(), (Stage::Unseen, None));
        assert!(report.claim(next, 101) && second.stage() == (Stage::Begun, Some(101)));
    }

    #[test]
    fn the_place_of_a_task_is_free_again_when_its_thread_is_gone_and_not_before() {
        let table = Table::create(7).unwrap();
        let place = |ordered: &Ordered| {
            let (number, order, report) = seen(&table);
            assert_eq!(ordered.stage(), report.stage(number));
            std::ptr::from_ref(order)
        };
        let first = table.order(&TASK, |_| true).unwrap();
        let begun_in = place(&first);
        let (number, _, report) = seen(&table);
        report.claim(number, 100);
        // It is given up, and whoever has begun is there still.
        drop(first);
        let second = table.order(&TASK, |thread| thread == 100).unwrap();
        assert_ne!(place(&second), begun_in);
        drop(second);
        // It has executed another before it was begun: nobody is there under that number, or it says so itself.
        assert_eq!(place(&table.order(&TASK, |_| false).unwrap()), begun_in);
        report.leave();
        assert_eq!(place(&table.order(&TASK, |_| true).unwrap()), begun_in);
    }

    #[test]
    fn there_is_room_for_so_many_and_again_when_they_are_over() {
        let table = Table::create(7).unwrap();
        for _ in 0..2 {
            let tasks: Vec<_> = (0..TASKS).map_while(|_| table.order(&TASK, |_| false)).collect();
            assert_eq!(tasks.len(), TASKS);
            assert!(table.order(&TASK, |_| false).is_none());
            let rule = Rule::shift(1, 0.0, 0, u64::MAX);
            let rules: Vec<_> = (0..SLOTS).map_while(|_| table.arm(&rule, &Target::default())).collect();
            assert_eq!(rules.len(), SLOTS);
            assert!(table.arm(&rule, &Target::default()).is_none());
        }
    }
}
