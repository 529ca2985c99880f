//! What the gate decided on one wish.

use super::origin::Origin;
use super::ruling::Ruling;
use crate::effect::Effect;
use crate::journal::{Mark, VictimMark};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One decision: who asked for what to be done to whom, and whether it may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When, and in which run.
    #[serde(flatten)]
    pub mark: Mark,
    /// Its number, counted from 1 in its run; the outcome of a decision has the same.
    pub strike: u64,
    /// Who asked.
    pub origin: Arc<Origin>,
    /// The tick of the instance's in which it asked, counted from 1 when chaos was first let go, 0 before that; none where it has no tick open,
    /// or several, and for everyone else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tick: Option<u64>,
    /// The victim; none where there is no such victim.
    pub victim: Option<VictimMark>,
    /// The effect; none where the wish could not be understood.
    pub effect: Option<Arc<Effect>>,
    /// Whether it may.
    pub ruling: Ruling,
}
