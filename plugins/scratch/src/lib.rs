//! Signals
