//! Chaos Kitty as its users meet it: real hosts, workers and operators, each a process.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod command_line;
mod configuration;
mod layers;
mod registration;
mod socket;
