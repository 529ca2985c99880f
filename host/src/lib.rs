//! The Chaos Kitty daemon and the operator's command line

pub mod plugin;
