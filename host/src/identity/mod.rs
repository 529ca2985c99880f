//! Who is there, as the kernel says it: a pid that a peer claims is checked, never believed.

mod chosen;
mod claim;
mod fate;
mod peer;
mod proc;
mod process;
mod processes;
mod rules;
mod stat;

pub(crate) use chosen::chosen;
pub use claim::claim;
pub use fate::Fate;
pub use peer::Peer;
pub(crate) use proc::{says_it_has_ended, unseen};
pub use process::Process;
pub use processes::Processes;
pub use rules::Rules;
pub(crate) use stat::Stat;
