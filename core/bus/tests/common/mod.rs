//! What the tests of this crate share: the recordings, and a peer that speaks raw bytes.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod recording;
