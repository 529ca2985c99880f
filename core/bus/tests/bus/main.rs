//! What users of the bus rely on, on real sockets.
#![allow(clippy::unwrap_used, reason = "what fails here says where")]

mod any;
mod blocks;
mod bounds;
mod calls;
mod codec;
mod conformance;
mod endings;
mod hostile;
mod objects;
mod peer;
mod recording;
mod sessions;
mod thing;
mod types;
