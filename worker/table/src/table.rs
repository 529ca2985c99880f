//! A table, as its wrapper has it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::io;

use crate::counters::Tally;
use crate::mapping::{Mapped, SIZE};
use crate::rule::Rule;
use crate::rules::{Rules, SLOTS};
use crate::time::now;

/// The one place from which its rules are written.
pub struct Table {
    file: OwnedFd,
    mapped: Mapped,
    token: u64,
    slots: Mutex<Slots>,
}

/// Which slots are taken, and where to look for the next: one that was just left may still be counted in.
#[derive(Default)]
struct Slots {
    taken: u64,
    next: usize,
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
        Ok(Arc::new(Table { file, mapped, token, slots: Mutex::default() }))
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
        self.mapped.rules.beat(now());
    }

    /// Lets a rule hold until what is returned is dropped, its deadline at the latest. Nothing where there are too many.
    pub fn arm(self: &Arc<Table>, rule: &Rule) -> Option<Armed> {
        let mut slots = self.slots();
        let slot = (0..SLOTS)
            .map(|offset| (slots.next + offset) % SLOTS)
            .find(|slot| slots.taken & (1 << slot) == 0)?;
        slots.taken |= 1 << slot;
        slots.next = slot + 1;
        self.mapped.counters.clear(slot);
        self.beat();
        self.mapped.rules.write(slot, Some(rule));
        Some(Armed { table: Arc::clone(self), slot, is_over: false })
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
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
        self.table.mapped.counters.tally(self.slot)
    }

    /// Ends it, and answers what it has come to.
    pub fn end(mut self) -> Tally {
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
            rules.write(self.slot, None);
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
