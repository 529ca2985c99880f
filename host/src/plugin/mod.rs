//! Plugins: found in directories, looked at before they are loaded, and run as instances that cannot harm each other.
//!
//! What is promised: a plugin that is damaged, foreign, old, panicking, failing or hogging costs itself, is reported in
//! one line by name, and everything else goes on.

mod bridge;
mod commands;
mod construct_error;
mod copy;
mod description;
mod dialect;
pub mod directory;
mod fault;
mod generation;
mod ground;
mod inspected;
mod inspection;
mod instance;
mod interview;
mod introduction;
mod isolated;
mod library;
mod life;
mod line;
mod log;
mod manifest;
pub(crate) mod near;
mod operation;
mod patience;
mod platform;
mod private_directory;
mod rejection;
mod repeats;
mod run_thread;
mod shelf;
mod state;
mod trial;
mod unknown;
mod victim_info;
mod watchdog;

pub use construct_error::ConstructError;
pub use copy::PrivateCopy;
pub use description::{Choice, Kind, Parameter};
pub use fault::Fault;
pub use ground::{BoxFuture, Ground};
pub use inspected::Inspected;
pub use instance::Instance;
pub use interview::Interview;
pub use introduction::Introduction;
pub use isolated::Child;
pub use library::Library;
pub use manifest::Manifest;
pub use operation::Operation;
pub use patience::PATIENCE;
pub use private_directory::PrivateDirectory;
pub use rejection::Rejection;
pub use shelf::Shelf;
pub use state::State;
pub use trial::Trial;
pub use unknown::Unknown;
pub use victim_info::VictimInfo;
