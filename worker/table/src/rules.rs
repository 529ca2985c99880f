//! The pages of rules: the wrapper's to write.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use rustix::io::{self, pread};

use crate::call::SHIFT;
use crate::order::{Order, TASKS};
use crate::rule::Rule;
use crate::slot::Slot;
use crate::target::Target;
use crate::time::own_time;

/// How many rules there may be at once: a bit of a word for each.
pub const SLOTS: usize = 64;
/// For how long rules hold after the wrapper was last heard of.
pub const HEARTBEAT: Duration = Duration::from_millis(1200);
/// Beside the calls that some rule is about: there is a task that nobody has begun, for any call to see.
const TASK: u64 = 1 << 30;
/// One for each kind of call, and one for the clock.
const COLUMNS: usize = SHIFT.trailing_zeros() as usize + 1;
/// `CKTABLE` and the version of this layout.
const MAGIC: u64 = u64::from_le_bytes(*b"CKTABLE4");

/// What the library reads at each call.
#[repr(C, align(4096))]
pub struct Rules {
    /// The bits of the calls that some rule is about: all that an unarmed call looks at.
    armed: AtomicU64,
    magic: AtomicU64,
    /// Whose table it is: a number that nobody else's has.
    token: AtomicU64,
    /// By whose clock: the number of the wrapper's time namespace; 0 where it is not known.
    time: AtomicU64,
    /// Until when the wrapper is believed to be there, on the monotonic clock.
    alive_until: AtomicU64,
    /// The pid of the program that the wrapper started, in which tasks are done; 0 until it is known.
    program: AtomicU32,
    /// Where it has that pid.
    namespace: AtomicU64,
    /// For each kind of call the slots of the rules about it, a bit each. One is set once its rule is written, and cleared before
    /// the rule is: who sees it finds that rule whole, or another, or none.
    columns: [AtomicU64; COLUMNS],
    slots: [Slot; SLOTS],
    orders: [Order; TASKS],
}

impl Rules {
    /// Without any.
    pub const fn none() -> Rules {
        Rules {
            armed: AtomicU64::new(0),
            magic: AtomicU64::new(0),
            token: AtomicU64::new(0),
            time: AtomicU64::new(0),
            alive_until: AtomicU64::new(0),
            program: AtomicU32::new(0),
            namespace: AtomicU64::new(0),
            columns: [const { AtomicU64::new(0) }; COLUMNS],
            slots: [const { Slot::empty() }; SLOTS],
            orders: [const { Order::none() }; TASKS],
        }
    }

    pub(crate) fn begin(&self, token: u64, time: u64) {
        self.magic.store(MAGIC, Ordering::Relaxed);
        self.time.store(time, Ordering::Relaxed);
        self.token.store(token, Ordering::Release);
    }

    /// Whether a file begins with the rules of that wrapper, in a layout that we know and by a clock that is ours.
    pub(crate) fn are_of(file: impl AsFd, token: u64) -> io::Result<bool> {
        let mut head = [0; 32];
        let read = pread(file, &mut head, 0)?;
        // What every call looks at, the magic number, the token, and whose clock.
        let word = |at: usize| {
            head.get(at..).and_then(|rest| rest.first_chunk()).map(|word| u64::from_ne_bytes(*word))
        };
        let is_its = read == head.len() && word(8) == Some(MAGIC) && word(16) == Some(token);
        Ok(is_its && word(24).is_some_and(|time| time == 0 || [0, time].contains(&own_time())))
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

    /// The pid of the program that tasks are for, and the number of the pid namespace in which it has that, 0 where it is not
    /// known.
    pub fn program(&self) -> (u32, u64) {
        (self.program.load(Ordering::Acquire), self.namespace.load(Ordering::Relaxed))
    }

    pub(crate) fn are_in(&self, program: u32, namespace: u64) {
        self.namespace.store(namespace, Ordering::Relaxed);
        self.program.store(program, Ordering::Release);
    }

    /// Whether the wrapper is there still: without it no rule holds.
    pub fn are_alive(&self, now: u64) -> bool {
        now < self.alive_until.load(Ordering::Relaxed)
    }

    /// Until when they held at the latest, if the wrapper was ever heard of.
    pub(crate) fn alive_until(&self) -> Option<u64> {
        Some(self.alive_until.load(Ordering::Relaxed)).filter(|until| *until != 0)
    }

    /// The wrapper is there.
    pub fn beat(&self, now: u64) {
        self.alive_until.store(now.saturating_add(HEARTBEAT.as_nanos() as u64), Ordering::Relaxed);
    }

    /// The slots of the rules about this kind of call, which has one bit: that of a call, or [`SHIFT`].
    #[inline]
    pub fn slots(&self, calls: u64) -> impl Iterator<Item = usize> + use<> {
        let column = self.columns.get(calls.trailing_zeros() as usize);
        let mut left = column.map_or(0, |column| column.load(Ordering::Acquire));
        std::iter::from_fn(move || {
            let slot = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (slot < SLOTS).then_some(slot)
        })
    }

    /// The rule in this slot with its version, where it is about one of these calls.
    #[inline]
    pub fn read(&self, slot: usize, calls: u64) -> Option<(u32, Rule)> {
        self.slots.get(slot)?.read(calls)
    }

    /// Whether the rule in this slot, if it is still of this version, is about anything, or this is its target.
    #[inline]
    pub fn are_for(&self, slot: usize, version: u32, is: impl FnOnce(&Target) -> bool) -> bool {
        self.slots.get(slot).is_some_and(|slot| slot.is_for(version, is))
    }

    /// The word that changes when the rule in this slot does.
    pub fn version(&self, slot: usize) -> Option<&AtomicU32> {
        self.slots.get(slot).map(Slot::version)
    }

    /// Puts up a rule. One process does, one rule after the other, as with the next two.
    pub(crate) fn put_up(&self, slot: usize, rule: &Rule, target: &Target) {
        let Some(place) = self.slots.get(slot) else { return };
        place.write(Some((rule, target)));
        for (at, column) in self.columns.iter().enumerate() {
            if rule.calls & (1 << at) != 0 {
                column.fetch_or(1 << slot, Ordering::Release);
            }
        }
    }

    /// Takes it down.
    pub(crate) fn take_down(&self, slot: usize) {
        let Some(place) = self.slots.get(slot) else { return };
        for column in &self.columns {
            column.fetch_and(!(1 << slot), Ordering::Release);
        }
        place.write(None);
    }

    /// Says which calls are to look closer, out of the rules and of whether there is a task that nobody has begun.
    pub(crate) fn arm(&self, has_a_task: bool) {
        let task = if has_a_task { TASK } else { 0 };
        let columns = self.columns.iter().enumerate();
        let armed = columns.filter(|(_, column)| column.load(Ordering::Relaxed) != 0);
        self.armed.store(armed.fold(task, |all, (at, _)| all | 1 << at), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::call::Call;
    use crate::deed::Deed;

    /// A rule in which each word says which one it is.
    fn numbered(number: u64, calls: [Call; 2]) -> (Rule, Target) {
        let rule = Rule::about(calls, Deed::Delay(number), number, number);
        let target = Target { port: number as u16 | 1, ..Target::default() };
        (Rule { seed: number, ..rule }, target)
    }

    /// The numbers of those that are found for a call; each is whole.
    fn found(rules: &Rules, call: Call) -> Vec<u64> {
        let found = rules.slots(call.bit()).filter_map(|slot| {
            let (version, rule) = rules.read(slot, call.bit())?;
            let Deed::Delay(number) = rule.deed else { panic!("{rule:?}") };
            assert_eq!([rule.since, rule.deadline, rule.seed], [number; 3], "{rule:?}");
            let is_its_own = |target: &Target| {
                assert_eq!(target.port, number as u16 | 1, "of {number}");
                true
            };
            rules.are_for(slot, version, is_its_own).then_some(number)
        });
        found.collect()
    }

    #[test]
    fn a_rule_is_found_by_its_calls_while_it_is_up() {
        let rules = Rules::none();
        let (rule, target) = numbered(7, [Call::Read, Call::Nanosleep]);
        rules.put_up(3, &rule, &target);
        rules.put_up(63, &Rule::shift(5, 0.0, 1, 2), &Target::default());
        rules.arm(false);
        assert_eq!((found(&rules, Call::Read), found(&rules, Call::Nanosleep)), (vec![7], vec![7]));
        assert!(found(&rules, Call::Write).is_empty() && !rules.are_about(Call::Write.bit()));
        // Who reads the clock finds what puts it wrong, and nobody else does.
        assert_eq!(rules.slots(SHIFT).collect::<Vec<_>>(), [63]);
        assert!(rules.are_about(SHIFT) && !rules.are_about(Call::ClockGettime.bit()));
        rules.take_down(3);
        rules.take_down(63);
        rules.arm(false);
        assert!(found(&rules, Call::Read).is_empty() && rules.slots(SHIFT).next().is_none());
        assert!(!rules.are_about(u64::MAX));
    }

    #[test]
    fn whoever_reads_while_rules_come_and_go_finds_each_of_them_whole() {
        let (rules, over) = (Rules::none(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for call in [Call::Read, Call::Write, Call::Send] {
                let (rules, over) = (&rules, &over);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        found(rules, call);
                    }
                });
            }
            let comes_and_goes = |number: u64| {
                let calls = [Call::Read, if number.is_multiple_of(2) { Call::Write } else { Call::Send }];
                let (rule, target) = numbered(number, calls);
                let slot = number as usize % 3;
                rules.put_up(slot, &rule, &target);
                let is_up = found(&rules, calls[1]).contains(&number);
                rules.take_down(slot);
                is_up && found(&rules, calls[1]).is_empty()
            };
            let all = (1..50_000).all(comes_and_goes);
            over.store(true, Ordering::Relaxed);
            assert!(all);
        });
    }
}
