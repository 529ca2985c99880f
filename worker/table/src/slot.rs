//! A slot: the place for a rule, which one process writes while many may be reading it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use crate::rule::{self, Rule};
use crate::target::{self, TELLING, Target};

/// What a call looks at of a rule that is about anything is on two lines of a cache.
#[repr(C, align(64))]
pub(crate) struct Slot {
    /// Odd while it is being written; who waits for the end of a rule waits for it to change.
    version: AtomicU32,
    rule: [AtomicU64; rule::WORDS],
    target: [AtomicU64; target::WORDS],
}

impl Slot {
    pub(crate) const fn empty() -> Slot {
        Slot {
            version: AtomicU32::new(0),
            rule: [const { AtomicU64::new(0) }; rule::WORDS],
            target: [const { AtomicU64::new(0) }; target::WORDS],
        }
    }

    /// Its rule with its version, where it is about one of these calls.
    #[inline]
    pub(crate) fn read(&self, calls: u64) -> Option<(u32, Rule)> {
        // At most a few times: it is written seldom, and for an instant.
        for _ in 0..8 {
            let version = self.version.load(Ordering::Acquire);
            let words = loaded(&self.rule);
            if version.is_multiple_of(2) && self.is_still(version) {
                return Rule::of(words).filter(|rule| rule.calls & calls != 0).map(|rule| (version, rule));
            }
        }
        None
    }

    /// Whether the rule of this version is about anything, or this is its target; false where it is another by now.
    #[inline]
    pub(crate) fn is_for(&self, version: u32, is: impl FnOnce(&Target) -> bool) -> bool {
        let is_narrowed = TELLING.iter().any(|at| self.target[*at].load(Ordering::Relaxed) != 0);
        if is_narrowed { self.is_for_a_target(version, is) } else { self.is_still(version) }
    }

    /// A function of its own: what it needs of the stack is not needed where there is no target.
    #[inline(never)]
    fn is_for_a_target(&self, version: u32, is: impl FnOnce(&Target) -> bool) -> bool {
        let target = Target::of(&loaded(&self.target));
        self.is_still(version) && target.is_some_and(|target| is(&target))
    }

    /// Whether what was read before this is of that version.
    fn is_still(&self, version: u32) -> bool {
        fence(Ordering::Acquire);
        self.version.load(Ordering::Relaxed) == version
    }

    /// The word that changes when its rule does.
    pub(crate) fn version(&self) -> &AtomicU32 {
        &self.version
    }

    /// Writes a rule, or none. One process writes, one after the other.
    pub(crate) fn write(&self, rule: Option<(&Rule, &Target)>) {
        let (rule, target) = rule
            .map_or(([0; rule::WORDS], [0; target::WORDS]), |(rule, target)| (rule.words(), target.words()));
        self.version.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::Release);
        store(&self.rule, rule);
        store(&self.target, target);
        self.version.fetch_add(1, Ordering::Release);
    }
}

#[inline(always)]
fn loaded<const WORDS: usize>(from: &[AtomicU64; WORDS]) -> [u64; WORDS] {
    from.each_ref().map(|word| word.load(Ordering::Relaxed))
}

fn store<const WORDS: usize>(to: &[AtomicU64; WORDS], from: [u64; WORDS]) {
    to.iter().zip(from).for_each(|(to, from)| to.store(from, Ordering::Relaxed));
}
