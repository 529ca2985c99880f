//! Whose wish comes first, of those that fall on one boundary.

use crate::chance::Chance;
use crate::clock::Boundary;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How long a wish waits for those whose place is before its own. Who needs longer is passed by: it hangs, or thinks for long.
const LONGEST: Duration = Duration::from_secs(1);

/// The loops of all instances, each at its place in the run's time.
///
/// A wish that is made in a tick is put to the gate when every loop before it has had its say: limits give the last effect that
/// is left to whose place it is, not to whose thread was faster. On one boundary the order is drawn, for each boundary anew:
/// by name or by line of the configuration, one instance would take what is scarce from another every time.
#[derive(Debug)]
pub(super) struct Order {
    chance: Chance,
    places: watch::Sender<BTreeMap<Seat, Place>>,
    seats: AtomicU64,
}

/// A loop: whose, and which of its.
type Seat = (u64, Duration);

/// When it had, has or awaits its tick, and its draw for that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    offset: Duration,
    draw: u64,
    instance: Arc<str>,
}

impl Order {
    pub(super) fn new(chance: Chance) -> Arc<Self> {
        Arc::new(Self { chance, places: watch::Sender::default(), seats: AtomicU64::new(0) })
    }

    /// Where the loops of one generation of an instance stand.
    pub(super) fn stand(self: &Arc<Self>, instance: &str) -> Stand {
        let number = self.seats.fetch_add(1, Ordering::Relaxed);
        Stand { order: Arc::clone(self), instance: instance.into(), number }
    }
}

/// Where the loops of one generation stand. They leave when it is dropped.
#[derive(Debug)]
pub(super) struct Stand {
    order: Arc<Order>,
    instance: Arc<str>,
    number: u64,
}

impl Stand {
    /// The instance's name.
    pub(super) fn instance(&self) -> &str {
        &self.instance
    }

    /// The loop of this interval awaits the boundary, or has its tick open and may ask for something.
    pub(super) fn stay(&self, interval: Duration, boundary: &Boundary) {
        let place = self.place(boundary);
        self.order.places.send_modify(|places| drop(places.insert((self.number, interval), place)));
    }

    /// Nobody knows when it comes back: it is waited for no more.
    pub(super) fn go(&self, interval: Duration) {
        self.order.places.send_if_modified(|places| places.remove(&(self.number, interval)).is_some());
    }

    /// The same, of all its loops.
    pub(super) fn go_all(&self) {
        self.order.places.send_if_modified(|places| {
            let before = places.len();
            places.retain(|(number, _), _| *number != self.number);
            places.len() < before
        });
    }

    /// Waits until nobody is before who has this tick.
    pub(super) async fn turn(&self, boundary: Boundary) {
        let own = self.place(&boundary);
        let mut places = self.order.places.subscribe();
        let is_first = |places: &BTreeMap<Seat, Place>| places.values().all(|place| *place >= own);
        if tokio::time::timeout(LONGEST, places.wait_for(is_first)).await.is_err() {
            // Each keeps others waiting once, until it comes back by itself.
            self.order.places.send_modify(|places| places.retain(|_, place| *place >= own));
        }
    }

    fn place(&self, boundary: &Boundary) -> Place {
        let draw = self.order.chance.rank(&self.instance, boundary.number);
        Place { offset: boundary.offset, draw, instance: Arc::clone(&self.instance) }
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.go_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    const INTERVAL: Duration = Duration::from_millis(20);

    fn boundary(number: u32) -> Boundary {
        Boundary { number: number.into(), offset: INTERVAL * number }
    }

    /// Two, of which the first comes first at this boundary.
    fn two(order: &Arc<Order>, number: u32) -> [Stand; 2] {
        let mut two = ["hairball", "yowl"].map(|name| order.stand(name));
        two.sort_by_key(|stand| stand.place(&boundary(number)));
        two
    }

    fn waits(turn: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        turn.poll(&mut Context::from_waker(Waker::noop())) == Poll::Pending
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_later_waits_until_who_is_earlier_has_asked_for_its_next_tick() {
        let order = Order::new(Chance::from_seed(7));
        let [first, second] = two(&order, 3);
        // It awaits the boundary still: its timer has not come round to it.
        first.stay(INTERVAL, &boundary(3));
        second.stay(INTERVAL, &boundary(3));
        first.turn(boundary(3)).await;
        let mut turn = pin!(second.turn(boundary(3)));
        assert!(waits(turn.as_mut()));
        first.stay(INTERVAL, &boundary(4));
        assert!(!waits(turn));
    }

    #[tokio::test(start_paused = true)]
    async fn who_strikes_or_is_gone_is_not_waited_for() {
        let order = Order::new(Chance::from_seed(7));
        let [first, second] = two(&order, 3);
        first.stay(INTERVAL, &boundary(3));
        let mut turn = pin!(second.turn(boundary(3)));
        assert!(waits(turn.as_mut()));
        first.go(INTERVAL);
        assert!(!waits(turn));
        first.stay(INTERVAL, &boundary(2));
        let mut turn = pin!(second.turn(boundary(3)));
        assert!(waits(turn.as_mut()));
        drop(first);
        assert!(!waits(turn));
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_come_keeps_others_waiting_once() {
        let order = Order::new(Chance::from_seed(7));
        let [first, second] = two(&order, 3);
        first.stay(INTERVAL, &boundary(3));
        second.turn(boundary(3)).await;
        assert!(!waits(pin!(second.turn(boundary(4)))));
    }

    #[test]
    fn nobody_is_first_every_time() {
        let order = Order::new(Chance::from_seed(7));
        let firsts = (0..100).filter(|number| two(&order, *number)[0].instance() == "yowl").count();
        assert!((20..80).contains(&firsts), "{firsts}");
    }
}
