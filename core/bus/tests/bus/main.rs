//! What users of the bus rely on, on real sockets.

mod conformance;
mod recording;
