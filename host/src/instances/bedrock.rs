//! What the grounds of all instances stand on.

use super::ground::HostGround;
use super::turns::Turns;
use crate::configuration::InstanceSettings;
use crate::gate::Gate;
use crate::roster::Roster;
use crate::run::Run;
use std::sync::Arc;

/// The host's run, roster and gate, and whose turn it is.
#[derive(Debug)]
pub(super) struct Bedrock {
    pub(super) run: Arc<Run>,
    pub(super) roster: Arc<Roster>,
    pub(super) gate: Arc<Gate>,
    pub(super) turns: Turns,
}

impl Bedrock {
    pub(super) fn new(run: Arc<Run>, roster: Arc<Roster>, gate: Arc<Gate>) -> Arc<Self> {
        Arc::new(Self { run, roster, gate, turns: Turns::default() })
    }

    /// The ground for one generation of an instance.
    pub(super) fn ground(self: &Arc<Self>, settings: &InstanceSettings) -> Arc<HostGround> {
        let InstanceSettings { name, operation, .. } = settings;
        Arc::new(HostGround::new(Arc::clone(self), operation, self.turns.of(name)))
    }
}
