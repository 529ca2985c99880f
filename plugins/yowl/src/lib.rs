//! Errors at the fault points
