//! Experiments: a hypothesis about what stays well under chaos, and what came of it.
//!
//! [`Experiment`] is what a file asks for. [`Course`] is what has been seen so far, and decides from that alone how it goes on
//! and what the [`Verdict`] is; [`Conduct`] is the thin part that asks probes and lets chaos go. [`Report`] is what remains.

mod conduct;
mod course;
mod gathering;
mod phase;
mod probe_settings;
mod reading;
mod report;
mod settings;
mod sighting;
mod strikes;
mod tolerance;
mod verdict;
mod vigil;

pub use conduct::{Conduct, Observer};
pub use course::Course;
pub use gathering::Gathering;
pub use phase::Phase;
pub use probe_settings::ProbeSettings;
pub use report::{Folder, ProbeReport, Report};
pub use settings::{Experiment, KEYS};
pub use sighting::Sighting;
pub use strikes::{Refused, Strike, Strikes};
pub use tolerance::Tolerance;
pub use verdict::Verdict;
pub use vigil::Vigil;
