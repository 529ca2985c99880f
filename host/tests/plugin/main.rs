//! The plugin runtime with real plugins: built by cargo, loaded by dlopen, run on their threads.

mod containment;
mod crossing;
mod inspection;
mod loading;
mod outside;
mod support;
