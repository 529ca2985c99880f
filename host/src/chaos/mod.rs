//! The objects that the host serves on a connection: `chaos`, and what `chaos[id]` answers.

mod answer;
mod attaching;
mod controller;
mod noting;
mod registration;
mod steering;
mod undoing;
mod victim_object;

pub use controller::ChaosController;
pub(crate) use undoing::EFFECTS_AT_A_TIME;
