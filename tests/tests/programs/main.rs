//! Chaos in programs that no one here wrote: real ones, from Debian. What is seen here is told in docs/programs.md.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod attached;
mod curl;
mod git;
mod http;
mod killed;
mod nginx;
mod node;
mod operations;
mod postgres;
mod python;
mod redis;
mod resp;
mod scene;
mod sqlite;
mod strike;
