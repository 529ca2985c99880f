//! What a host may ask of every victim: one file for each method.

mod allocate_memory;
mod cpu_spin;
mod delay;
mod raise_error;
mod take_descriptors;
mod trigger_gc;

pub(crate) use allocate_memory::allocate_memory;
#[cfg(feature = "cli")]
pub(crate) use allocate_memory::{FILLING, GRANTED, Grant, MIB};
pub(crate) use cpu_spin::cpu_spin;
#[cfg(feature = "cli")]
pub(crate) use cpu_spin::{WAITING, processors};
pub(crate) use delay::delay;
pub(crate) use raise_error::raise_error;
pub(crate) use take_descriptors::take_descriptors;
pub(crate) use trigger_gc::trigger_gc;
