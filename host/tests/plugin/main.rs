//! The plugin runtime with real plugins: built by cargo, loaded by dlopen, run on their threads.
#![allow(clippy::unwrap_used, reason = "a test's helpers may panic as its functions do")]

mod containment;
mod crossing;
mod inspection;
mod loading;
mod outside;
mod support;
