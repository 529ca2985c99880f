//! What an instance stands on.

use std::pin::Pin;
use std::time::Duration;

use chaos_kitty_bus::Value;

/// A future that can go to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What an instance may ask of the host. All of the host's rules are behind it: a plugin has nothing else.
pub trait Ground: Send + Sync + 'static {
    /// Waits until it is this generation's turn to strike, or never will be: the gate says so then. False where whoever asked
    /// has been abandoned meanwhile.
    fn turn(&self) -> BoxFuture<'static, bool>;

    /// Asks the gate for an effect. The request is a map `{method, arguments, options}`.
    ///
    /// `Ok` is the outcome's map `{verdict, observed, result, dry_run, …}`, `Err` a map `{kind, message}` whose kind is
    /// `refused`, `failed`, or `parameter` where the request cannot be understood. It runs on the host's runtime to its end, whether or not the plugin waits for it.
    fn strike(&self, instance: &str, victim: u64, request: Value)
    -> BoxFuture<'static, Result<Value, Value>>;

    /// Ends what the instance has under way or waits to do, without waiting for it: its process has ended, and nobody else would.
    fn abandon(&self, instance: &str);

    /// The victim is the instance's no more: its operation was told of it again, in a new process, and does not want it.
    fn do_without(&self, victim: u64);

    /// Waits for the next wall-clock boundary of the interval, and answers its number from the run's start.
    fn tick(&self, interval: Duration) -> BoxFuture<'static, u64>;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// In [0, 1), keyed by seed, instance, victim's name, tick and purpose.
    fn draw(&self, instance: &str, victim: u64, tick: u64, purpose: &str) -> f64;

    /// The victim of this instance's with the lowest draw for `pick`, `None` without victims.
    fn pick(&self, instance: &str, tick: u64) -> Option<u64>;
}
