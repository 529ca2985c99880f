//! Hostile peers: what each of them is told, what the log says, that memory stays bounded, and that others are struck on time
//! meanwhile. [`table`] has them all.
//!
//! `cargo test -p chaos-kitty-tests --test hostile`, with `-- --nocapture` for the times and MiB of each row.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod arena;
mod boasts;
mod calls;
mod case;
mod crowds;
mod frames;
mod identity;
mod liar;
mod objects;
mod planted;
mod registration;
mod table;
mod told;
mod victims;
