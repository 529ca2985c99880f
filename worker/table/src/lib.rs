//! The table: the memory that a wrapper and the library inside its program share.
//!
//! The wrapper writes rules, the library reads them at each call that it hooks and counts what they hit. Rules are in
//! pages that the program cannot write, counters in others. It works in a signal's handler and at any moment of a
//! program's life: nothing here allocates, locks or touches errno once the table is mapped.
//!
//! What has to be taken inside the program, memory or CPU time or descriptors, is a task: an order of the wrapper's, and a
//! report of the library's.
//!
//! A rule ends by itself: at its deadline, and when the wrapper has not been heard of for [`HEARTBEAT`]. So does a task.

mod call;
mod counters;
mod deed;
mod glob;
mod lapses;
mod mapping;
mod order;
mod ordered;
mod report;
mod rule;
mod rules;
mod slot;
mod table;
mod target;
mod task;
mod text;
mod time;

pub use call::{Call, SHIFT};
pub use counters::{Counters, Tally};
pub use deed::Deed;
pub use glob::matches;
pub use lapses::Lapses;
pub use mapping::Mapped;
pub use order::{Order, TASKS};
pub use ordered::Ordered;
pub use report::{Haul, Report, Stage};
pub use rule::Rule;
pub use rules::{HEARTBEAT, Rules, SLOTS};
pub use table::{Armed, Table};
pub use target::Target;
pub use task::{Take, Task};
pub use text::Text;
pub use time::{now, recent};
