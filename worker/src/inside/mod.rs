//! The inside of a wrapped program: rules that the library in it goes by, and what they have come to.
//!
//! `chaos-kitty-worker --inside` puts the library there (its crate is worker/inside); what a host may ask of it is decided here.

mod allocate_memory;
mod calls;
mod confined;
mod cpu_spin;
mod delay;
mod disturb;
mod errno;
mod hearing;
mod interior;
mod raise_error;
mod shift_clock;
mod take_descriptors;
mod taking;

pub use chaos_kitty_table::{Table, now};
pub use interior::Interior;
