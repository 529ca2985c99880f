//! Chaos Kitty as its users meet it: real hosts, workers and operators, each a process.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod aged;
mod cargo;
mod comings;
mod command_line;
mod configuration;
mod container;
mod control_groups;
mod demo;
mod described;
mod documented;
mod followed;
mod held;
mod layers;
mod live;
mod missed;
mod pausing;
mod planned;
mod plugins;
mod reactions;
mod recordings;
mod registration;
mod restart;
mod ruby;
mod seed;
mod selector;
mod socket;
mod starter;
mod stopping;
mod strikes;
mod takeover;
mod upheaval;
mod users;
mod verdicts;
mod wrapped;
