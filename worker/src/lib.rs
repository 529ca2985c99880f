//! Makes a process a victim of Chaos Kitty.
//!
//! A [`Worker`] runs beside the application on one thread, registers with the host, and does to its own process what the
//! host asks: delay it, make it fail, take memory or CPU, collect. Whether there is a host at all is nothing that the
//! application notices.
//!
//! ```no_run
//! use chaos_kitty_worker::{Worker, fault_point};
//!
//! fn charge(cents: u32) -> Result<u32, Box<dyn std::error::Error>> {
//!     fault_point!("checkout.charge")?; // here Yowl and Hairball land
//!     Ok(cents)
//! }
//!
//! let worker = Worker::builder().name("web").label("tier", "api").on_collect(|| println!("cache cleared")).start();
//! charge(1200).unwrap();
//! worker.stop();
//! ```
//!
//! A host may ask a linked worker for `delay`, `raise_error`, `allocate_memory`, `cpu_spin`, `trigger_gc`, `take_descriptors`,
//! for methods of the application's own ([`Builder::method`]), and for `end` and `effects`. Delays and errors land at fault points
//! ([`fault_point!`], [`fault_point_async!`]); an application without any can still be struck with memory, CPU and signals.
//!
//! Every effect has a lease and ends by itself: on its deadline, when the host says so, and when the connection is lost.
//! Only a host of the same uid, or of root, is obeyed. What the host asked is answered together with what was observed.
//!
//! The feature `cli` (on by default) is for the binary `chaos-kitty-worker`; an application says `default-features = false`.
//! The example `linked` is a whole application in fifty lines.

mod aside;
mod available;
mod backoff;
mod ballast;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod beside;
mod board;
mod builder;
mod clock;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod demo_work;
mod descriptors;
mod effects;
mod fault;
mod fault_point;
mod hold;
mod hooks;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod inside;
mod lease;
mod link;
mod linked;
mod methods;
mod offer;
mod options;
mod own_method;
mod pattern;
mod presence;
mod refusal;
mod registration;
mod timer;
mod trap;
mod victim;
mod worker;

pub use builder::Builder;
pub use chaos_kitty_bus::{Exception, Request, Value};
pub use fault::Fault;
pub use fault_point::{FaultPoint, Hit};
pub use worker::Worker;
