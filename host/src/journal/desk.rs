//! The desk: what is handed in is dealt with in order, by whoever is there first, for everybody.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// The most that is dealt with at once.
const AT_ONCE: usize = 64;

/// From so much on, whoever hands something in waits until it is dealt with: memory is not for what comes faster.
const FULL: usize = 4096;

/// What has been handed in, and what it takes to deal with it.
#[derive(Debug)]
pub(super) struct Desk<Item, Means> {
    items: Mutex<Vec<Item>>,
    means: Mutex<Means>,
}

impl<Item, Means: Default> Default for Desk<Item, Means> {
    fn default() -> Self {
        Self { items: Mutex::default(), means: Mutex::default() }
    }
}

impl<Item, Means> Desk<Item, Means> {
    /// Hands something in. It is dealt with once somebody works off what there is.
    pub(super) fn hand_in(&self, items: impl IntoIterator<Item = Item>) {
        lock(&self.items).extend(items);
    }

    /// Deals with what there is. Where somebody else is about it, nobody waits for them, and they deal with this too.
    pub(super) fn work_off(&self, mut deal: impl FnMut(&mut Means, Vec<Item>)) {
        loop {
            match self.waiting() {
                0 => return,
                1..FULL => match self.means.try_lock() {
                    Ok(mut means) => self.deal(&mut means, &mut deal),
                    Err(TryLockError::Poisoned(means)) => self.deal(&mut means.into_inner(), &mut deal),
                    // They look at the desk once more when they have let go of the means: ours is on it by now.
                    Err(TryLockError::WouldBlock) => return,
                },
                _ => self.deal(&mut self.means(), &mut deal),
            }
        }
    }

    /// The same, and all that has been handed in is dealt with when this comes back.
    pub(super) fn finish(&self, mut deal: impl FnMut(&mut Means, Vec<Item>)) {
        self.deal(&mut self.means(), &mut deal);
        self.work_off(deal);
    }

    /// The means, as soon as nobody else has them.
    pub(super) fn means(&self) -> MutexGuard<'_, Means> {
        lock(&self.means)
    }

    fn deal(&self, means: &mut Means, deal: &mut impl FnMut(&mut Means, Vec<Item>)) {
        loop {
            let items = self.take();
            if items.is_empty() {
                return;
            }
            deal(means, items);
        }
    }

    fn take(&self) -> Vec<Item> {
        let mut items = lock(&self.items);
        let count = items.len().min(AT_ONCE);
        items.drain(..count).collect()
    }

    fn waiting(&self) -> usize {
        lock(&self.items).len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::scope;

    #[test]
    fn everything_is_dealt_with_once_and_in_order_whoever_does_it() {
        const EACH: usize = 20_000;
        let desk = Desk::<(usize, usize), Vec<(usize, usize)>>::default();
        let deal = |dealt: &mut Vec<_>, items: Vec<_>| dealt.extend(items);
        scope(|scope| {
            for thread in 0..4 {
                let desk = &desk;
                scope.spawn(move || {
                    for number in 0..EACH {
                        desk.hand_in([(thread, number)]);
                        desk.work_off(deal);
                    }
                });
            }
        });
        // Nobody finishes: whoever was there last has left nothing.
        let dealt = desk.means();
        for thread in 0..4 {
            let numbers = dealt.iter().filter(|(of, _)| *of == thread).map(|(_, number)| *number);
            assert!(numbers.eq(0..EACH), "thread {thread}");
        }
    }

    #[test]
    fn who_works_off_waits_for_nobody_and_who_finishes_does() {
        let desk = Desk::<u8, Vec<u8>>::default();
        let deal = |dealt: &mut Vec<_>, items: Vec<_>| dealt.extend(items);
        let means = desk.means();
        desk.hand_in([1]);
        desk.work_off(deal);
        assert!(means.is_empty());
        drop(means);
        desk.finish(deal);
        assert_eq!(*desk.means(), [1]);
    }
}
