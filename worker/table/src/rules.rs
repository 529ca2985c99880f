//! The pages of rules: the wrapper's to write.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

use rustix::io::{self, pread};

use crate::order::{Order, TASKS};
use crate::rule::{Rule, WORDS};

/// How many rules there may be at once.
pub const SLOTS: usize = 64;
/// For how long rules hold after the wrapper was last heard of.
pub const HEARTBEAT: Duration = Duration::from_millis(1200);
/// Beside the calls that some rule is about: there is a task that nobody has begun, for any call to see.
const TASK: u64 = 1 << 30;
/// `CKTABLE` and the version of this layout.
const MAGIC: u64 = u64::from_le_bytes(*b"CKTABLE2");

/// What the library reads at each call.
#[repr(C, align(4096))]
pub struct Rules {
    /// The bits of the calls that some rule is about: all that an unarmed call looks at.
    armed: AtomicU64,
    magic: AtomicU64,
    /// Whose table it is: a number that nobody else's has.
    token: AtomicU64,
    /// Until when the wrapper is believed to be there, on the monotonic clock.
    alive_until: AtomicU64,
    /// The pid of the program that the wrapper started, in which tasks are done; 0 until it is known.
    program: AtomicU32,
    slots: [Slot; SLOTS],
    orders: [Order; TASKS],
}

#[repr(C)]
struct Slot {
    /// Odd while it is being written; who waits for the end of a rule waits for it to change.
    version: AtomicU32,
    words: [AtomicU64; WORDS],
}

impl Slot {
    const fn empty() -> Slot {
        Slot { version: AtomicU32::new(0), words: [const { AtomicU64::new(0) }; WORDS] }
    }
}

impl Rules {
    /// Without any.
    pub const fn none() -> Rules {
        Rules {
            armed: AtomicU64::new(0),
            magic: AtomicU64::new(0),
            token: AtomicU64::new(0),
            alive_until: AtomicU64::new(0),
            program: AtomicU32::new(0),
            slots: [const { Slot::empty() }; SLOTS],
            orders: [const { Order::none() }; TASKS],
        }
    }

    pub(crate) fn begin(&self, token: u64) {
        self.magic.store(MAGIC, Ordering::Relaxed);
        self.token.store(token, Ordering::Release);
    }

    /// Whether a file begins with the rules of that wrapper, in a layout that we know.
    pub(crate) fn are_of(file: impl AsFd, token: u64) -> io::Result<bool> {
        let mut head = [0; 24];
        let read = pread(file, &mut head, 0)?;
        // What every call looks at, the magic number, and the token.
        let word = |at: usize| {
            head.get(at..).and_then(|rest| rest.first_chunk()).map(|word| u64::from_ne_bytes(*word))
        };
        Ok(read == head.len() && word(8) == Some(MAGIC) && word(16) == Some(token))
    }

    /// Whether some rule is about one of these calls, or a task is to be begun by whichever call comes first. Relaxed
    /// suffices: who sees a rule an instant late made the call an instant earlier.
    #[inline(always)]
    pub fn are_about(&self, calls: u64) -> bool {
        self.armed.load(Ordering::Relaxed) & (calls | TASK) != 0
    }

    /// Whether there is a task that nobody has begun.
    pub fn want_a_task(&self) -> bool {
        self.armed.load(Ordering::Relaxed) & TASK != 0
    }

    /// The place for an order.
    pub fn order(&self, slot: usize) -> Option<&Order> {
        self.orders.get(slot)
    }

    /// The pid of the program that tasks are for.
    pub fn program(&self) -> u32 {
        self.program.load(Ordering::Relaxed)
    }

    pub(crate) fn are_in(&self, program: u32) {
        self.program.store(program, Ordering::Relaxed);
    }

    /// Whether the wrapper is there still: without it no rule holds.
    pub fn are_alive(&self, now: u64) -> bool {
        now < self.alive_until.load(Ordering::Relaxed)
    }

    /// For how many nanoseconds no rule has held since the wrapper was heard of in time.
    pub(crate) fn lapsed(&self, now: u64) -> u64 {
        let until = self.alive_until.load(Ordering::Relaxed);
        if until == 0 { 0 } else { now.saturating_sub(until) }
    }

    /// The wrapper is there.
    pub fn beat(&self, now: u64) {
        self.alive_until.store(now.saturating_add(HEARTBEAT.as_nanos() as u64), Ordering::Relaxed);
    }

    /// The rule in this slot with its version, where it is about one of these calls.
    ///
    /// A function of its own: what it needs of the stack is free again when a path is looked at, which takes as much.
    #[inline(never)]
    pub fn read(&self, slot: usize, calls: u64) -> Option<(u32, Rule)> {
        let slot = self.slots.get(slot)?;
        // At most a few times: a slot is written seldom, and for an instant.
        for _ in 0..8 {
            let before = slot.version.load(Ordering::Acquire);
            if slot.words[0].load(Ordering::Relaxed) & calls == 0 {
                return None;
            }
            let mut words = [0; WORDS];
            words.iter_mut().zip(&slot.words).for_each(|(to, from)| *to = from.load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && slot.version.load(Ordering::Relaxed) == before {
                return Some((before, Rule::of(&words)?));
            }
        }
        None
    }

    /// The word that changes when the rule in this slot does.
    pub fn version(&self, slot: usize) -> Option<&AtomicU32> {
        self.slots.get(slot).map(|slot| &slot.version)
    }

    /// Writes a rule, or none; [`Rules::arm`] has it looked at. One process writes, one after the other.
    pub(crate) fn write(&self, slot: usize, rule: Option<&Rule>) {
        let Some(slot) = self.slots.get(slot) else { return };
        let words = rule.map_or([0; WORDS], Rule::words);
        slot.version.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::Release);
        slot.words.iter().zip(words).for_each(|(to, from)| to.store(from, Ordering::Relaxed));
        slot.version.fetch_add(1, Ordering::Release);
    }

    /// Says which calls are to look closer, out of the rules and of whether there is a task that nobody has begun.
    pub(crate) fn arm(&self, has_a_task: bool) {
        let calls = self.slots.iter().map(|slot| slot.words[0].load(Ordering::Relaxed));
        let task = if has_a_task { TASK } else { 0 };
        self.armed.store(calls.fold(task, |all, calls| all | calls), Ordering::Release);
    }
}
