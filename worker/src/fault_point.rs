//! Fault points: the places in an application's own code at which Chaos Kitty may hold it or make it fail.

use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use crate::board;
use crate::fault::Fault;

const UNKNOWN: u8 = 0; // never hit: not on the board yet
const IDLE: u8 = 1;
const ARMED: u8 = 2;

/// One place in the code, made by [`fault_point!`](crate::fault_point); a `static`, since the board refers to it for
/// as long as the process lives.
///
/// Unarmed it costs one relaxed load and a branch. A `static` inside generic code is one point for all of its
/// instances, and a shared library that links this crate itself has points (and a board) of its own.
#[derive(Debug)]
pub struct FaultPoint {
    name: &'static str,
    state: AtomicU8,
}

impl FaultPoint {
    /// A point of this name. Several places may share one name; an effect on it reaches all of them.
    pub const fn new(name: &'static str) -> FaultPoint {
        FaultPoint { name, state: AtomicU8::new(UNKNOWN) }
    }

    /// The name by which the option `point:` finds it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Passes at once, unless an effect is armed here: then it blocks the thread until the delay is over, and returns
    /// (or panics with) the fault that is due.
    #[inline]
    pub fn hit(&'static self) -> Result<(), Fault> {
        if self.is_idle() { Ok(()) } else { board::hit(self) }
    }

    /// As [`hit`](FaultPoint::hit), but a delay suspends the task only. Works under any async runtime.
    #[inline]
    pub fn hit_async(&'static self) -> Hit {
        // Looked at here and not at the first poll: where nothing is armed, the caller's future has nothing to keep.
        Hit(if self.is_idle() { None } else { Some(Box::pin(board::hit_async(self))) })
    }

    // Relaxed suffices: the state only says whether it is worth asking the board, and the board has a lock. A point
    // that sees an effect an instant late is a point that was hit an instant earlier.
    #[inline]
    fn is_idle(&self) -> bool {
        self.state.load(Ordering::Relaxed) == IDLE
    }

    /// True the first time.
    pub(crate) fn is_unknown(&self) -> bool {
        self.state.load(Ordering::Relaxed) == UNKNOWN
    }

    pub(crate) fn set_armed(&self, armed: bool) {
        self.state.store(if armed { ARMED } else { IDLE }, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn is_armed(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ARMED
    }
}

/// The future of [`FaultPoint::hit_async`].
#[must_use = "nobody is held before it is awaited"]
pub struct Hit(Option<Stay>);

type Stay = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

impl Future for Hit {
    type Output = Result<(), Fault>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            None => Poll::Ready(Ok(())),
            Some(stay) => stay.as_mut().poll(context),
        }
    }
}

/// A place at which Chaos Kitty may hold the application or make it fail: `Result<(), Fault>`, or, with a closure
/// that converts the [`Fault`], `Result<(), E>`.
///
/// ```
/// use chaos_kitty_worker::fault_point;
///
/// fn charge() -> Result<u32, Box<dyn std::error::Error>> {
///     fault_point!("checkout.charge")?;
///     Ok(12)
/// }
///
/// fn refund() -> Result<u32, String> {
///     fault_point!("checkout.refund", |fault| format!("no refund: {fault}"))?;
///     Ok(12)
/// }
/// # assert_eq!(charge().unwrap() + refund().unwrap(), 24);
/// ```
///
/// The name is a `&'static str` and convention is `noun.verb`, so that `point: "checkout.*"` finds a family.
#[macro_export]
macro_rules! fault_point {
    ($name:expr) => {{
        static POINT: $crate::FaultPoint = $crate::FaultPoint::new($name);
        POINT.hit()
    }};
    ($name:expr, $convert:expr) => {
        $crate::fault_point!($name).map_err($convert)
    };
}

/// [`fault_point!`](crate::fault_point) for async code: a future, which needs no particular runtime.
///
/// ```
/// use chaos_kitty_worker::fault_point_async;
///
/// async fn charge() -> Result<u32, Box<dyn std::error::Error>> {
///     fault_point_async!("checkout.charge").await?;
///     fault_point_async!("checkout.log", |fault| std::io::Error::other(fault)).await?;
///     Ok(12)
/// }
/// ```
#[macro_export]
macro_rules! fault_point_async {
    ($name:expr) => {{
        static POINT: $crate::FaultPoint = $crate::FaultPoint::new($name);
        POINT.hit_async()
    }};
    ($name:expr, $convert:expr) => {{
        let hit = $crate::fault_point_async!($name);
        async move { hit.await.map_err($convert) }
    }};
}
