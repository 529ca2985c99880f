//! The Chaos Kitty host: a daemon that loads chaos operations as plugins, and the operator's command line.
//!
//! Data flows one way: socket → connection → [`roster`] (who is there) and [`plugin`] (who wants what) → [`gate`] (may
//! it?) → [`journal`] (written down) → [`backend`] (do it) → journal (what came of it). ARCHITECTURE.md has the map.

pub mod assembly;
mod attach;
pub mod backend;
mod by_id;
pub mod chance;
pub mod chaos;
pub mod clock;
pub mod command;
pub mod complaints;
pub mod configuration;
mod connections;
pub mod daemon;
mod descriptors;
pub mod effect;
mod errno;
pub mod experiment;
pub mod gate;
pub mod history;
pub mod host;
pub mod identity;
pub mod instances;
pub mod journal;
pub mod memory;
pub mod plugin;
pub mod probe;
pub mod replay;
pub mod roster;
pub mod run;
pub mod shrink;
mod signal;
mod slip;
pub mod socket;
pub mod starter;
pub mod temporary;
mod units;
pub mod watch;
pub mod witness;
