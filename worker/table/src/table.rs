//! A table, as its wrapper has it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::io;

use crate::counters::Tally;
use crate::mapping::{Mapped, SIZE};
use crate::order::TASKS;
use crate::ordered::Ordered;
use crate::rule::Rule;
use crate::rules::{Rules, SLOTS};
use crate::target::Target;
use crate::task::Task;
use crate::time::now;

/// The one place from which its rules are written.
pub struct Table {
    file: OwnedFd,
    mapped: Mapped,
    token: u64,
    /// Nanoseconds in all for which no rule held, because the wrapper was not heard of in time.
    lapsed: AtomicU64,
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
        mapped.rules.begin(token);
        Ok(Arc::new(Table { file, mapped, token, lapsed: AtomicU64::new(0), slots: Mutex::default() }))
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
        let now = now();
        self.lapsed.fetch_add(self.mapped.rules.lapsed(now), Ordering::Relaxed);
        self.mapped.rules.beat(now);
    }

    /// Lets a rule hold until what is returned is dropped, its deadline at the latest, for calls on this target. Nothing where
    /// there are too many.
    pub fn arm(self: &Arc<Table>, rule: &Rule, target: &Target) -> Option<Armed> {
        let mut slots = self.slots();
        let slot = (0..SLOTS)
            .map(|offset| (slots.next + offset) % SLOTS)
            .find(|slot| slots.taken & (1 << slot) == 0)?;
        slots.taken |= 1 << slot;
        slots.next = slot + 1;
        self.mapped.counters.clear(slot);
        self.beat();
        self.mapped.rules.put_up(slot, rule, target);
        self.mapped.rules.arm(slots.unseen != 0);
        let lapsed = self.lapsed.load(Ordering::Relaxed);
        Some(Armed { table: Arc::clone(self), slot, lapsed, is_over: false })
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
    /// How long rules had lapsed for when it began, in nanoseconds.
    lapsed: u64,
    is_over: bool,
}

impl Armed {
    /// What it has come to so far.
    pub fn tally(&self) -> Tally {
        let lapsed = self.table.lapsed.load(Ordering::Relaxed) - self.lapsed;
        Tally { lapsed, ..self.table.mapped.counters.tally(self.slot) }
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
