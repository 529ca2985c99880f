//! Where everything is written down that happens in a run: a file of JSON lines, the log, and whoever watches.
//!
//! docs/journal.md describes the file for its users.

mod abridged;
mod backlog;
mod beginning;
mod chain;
mod comings;
mod desk;
mod ending;
mod file;
mod gap;
mod handed_in;
#[allow(clippy::module_inception, reason = "the journal of the journal's folder")]
mod journal;
mod last_run;
mod log;
mod pieces;
mod reader;
mod record;
mod recovered;
mod steering;
mod teller;
mod verification;
mod writer;

pub(crate) use abridged::{abridge, shorten};
pub use beginning::{Beginning, ConfigurationMark, InstanceMark};
pub use chain::{Hash, Link, Sealed};
pub use comings::{Arrival, Departure};
pub use ending::Ending;
pub use gap::{Gap, Missing};
pub(crate) use handed_in::Receipt;
pub use journal::{Journal, Standing};
pub use reader::{Line, Reader};
pub use record::{Mark, Record, VictimMark};
pub use recovered::{Recovered, Remains, Unfinished};
pub use steering::{Hand, Steering};
pub use verification::{Damage, Verification, WholeRun};

#[cfg(test)]
mod properties;
