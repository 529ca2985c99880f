//! A run that is struck again: the same victims, by name, with the same effects at the same offsets.

mod canonical;
mod obstacle;
mod part;
mod playing;
mod recording;

pub use canonical::canonical;
pub use obstacle::{By, Obstacle};
pub use part::Part;
pub use playing::{Playing, Struck};
pub use recording::Recording;
