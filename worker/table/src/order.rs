//! An order: a task as the wrapper writes it down, and takes it back.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::task::{Task, WORDS};

/// How many tasks there may be at once: a bit of a word for each.
pub const TASKS: usize = 64;

/// A place for one.
#[repr(C)]
pub struct Order {
    /// Which one it is, a number of its own; 0 where there is none. Who holds what it asked for waits for it to change.
    number: AtomicU32,
    words: [AtomicU64; WORDS],
}

impl Order {
    pub(crate) const fn none() -> Order {
        Order { number: AtomicU32::new(0), words: [const { AtomicU64::new(0) }; WORDS] }
    }

    /// The task that is asked for, with its number.
    pub fn read(&self) -> Option<(u32, Task)> {
        let number = self.number.load(Ordering::Acquire);
        if number == 0 {
            return None;
        }
        let mut words = [0; WORDS];
        words.iter_mut().zip(&self.words).for_each(|(to, from)| *to = from.load(Ordering::Acquire));
        if self.is(number) { Some((number, Task::of(words)?)) } else { None }
    }

    /// Whether it is still asked for.
    pub fn is(&self, number: u32) -> bool {
        self.number.load(Ordering::SeqCst) == number
    }

    /// The word that changes when it is not any more.
    pub fn number(&self) -> &AtomicU32 {
        &self.number
    }

    pub(crate) fn write(&self, number: u32, task: &Task) {
        self.words.iter().zip(task.words()).for_each(|(to, from)| to.store(from, Ordering::Release));
        self.number.store(number, Ordering::SeqCst);
    }

    pub(crate) fn take_back(&self) {
        self.number.store(0, Ordering::SeqCst);
        let _ = rustix::thread::futex::wake(&self.number, rustix::thread::futex::Flags::empty(), u32::MAX);
    }
}
