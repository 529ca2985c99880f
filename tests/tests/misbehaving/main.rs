//! Plugins that misbehave among good ones: each costs itself, is one line, and the others strike on.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod damage;
mod entries;
mod files;
mod floods;
mod hogs;
mod isolated;
mod lines;
mod links;
mod names;
mod replaced;
mod scene;
mod threads;
