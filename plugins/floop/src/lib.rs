//! Memory spikes
