//! A strike among those that are under way.

use super::origin::Origin;
use super::recall::Recall;
use crate::effect::Effect;
use crate::roster::Victim;
use std::sync::Arc;
use std::time::Duration;

/// A strike under way, or one that is just being decided on.
#[derive(Debug)]
pub(super) struct Member {
    /// Whose it is.
    pub(super) origin: Arc<Origin>,
    /// Who is struck.
    pub(super) victim: Arc<Victim>,
    /// With what; none where that is impossible.
    pub(super) effect: Option<Arc<Effect>>,
    /// When it was decided, since the start of the run.
    pub(super) began: Duration,
    /// How it is told to end.
    pub(super) recall: Arc<Recall>,
}
