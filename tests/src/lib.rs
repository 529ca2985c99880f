//! What the end-to-end tests stand on: a host, victims and an operator, each a real process.
//!
//! Whoever waits here waits for an event (a line, a message, an exit), for at most [`PATIENCE`], and fails with
//! everything that was heard so far. Whatever is started here ends when its handle is dropped, also by a panic.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod clock;
mod control_group;
mod debian;
pub mod descriptors;
mod disk;
mod draw;
mod host;
mod inhabitants;
mod job;
mod journal;
mod log;
mod nest;
mod operator;
mod orphans;
mod page;
mod process;
mod reader;
pub mod recording;
mod ruby_worker;
mod seen;
mod site;
mod skip;
mod stranger;
mod target;
mod teller;
mod victim;
pub mod vitals;
mod wire;
mod workspace;

pub use clock::{PATIENCE, comes_true, let_pass, wall};
pub use control_group::ControlGroup;
pub use debian::Package;
pub use disk::Disk;
pub use draw::Draw;
pub use host::{Host, HostPlan, Registered};
pub use job::{Job, JobPlan};
pub use journal::{Journal, sha256};
pub use log::Log;
pub use nest::Nest;
pub use operator::{Answer, Operator};
pub use orphans::Orphans;
pub use page::{Block, Page};
pub use process::Process;
pub use reader::Reader;
pub use ruby_worker::RubyWorker;
pub use rustix::process::Signal;
pub use seen::is_seen;
pub use serde_json::{Value as Json, json};
pub use site::Site;
pub use skip::skipped;
pub use stranger::{NOBODY, can_be_nobody};
pub use target::Target;
pub use teller::Teller;
pub use victim::{Victim, VictimPlan};
pub use wire::Wire;
pub use workspace::Workspace;
