//! The end of a run, in order.

use super::record::Mark;
use serde::{Deserialize, Serialize};

/// The last record of a run that was not cut short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// When, and which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// How many wishes were decided on, refusals among them.
    pub decisions: u64,
    /// How many strikes were still under way, and have no outcome: who carries them out ends them by itself.
    pub under_way: usize,
}
