//! Random delays
