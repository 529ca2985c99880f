//! CPU spikes
