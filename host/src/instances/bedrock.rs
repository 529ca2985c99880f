//! What the grounds of all instances stand on.

use super::ground::HostGround;
use super::order::Order;
use super::pace::Pace;
use super::turns::Turns;
use crate::configuration::InstanceSettings;
use crate::gate::Gate;
use crate::roster::Roster;
use crate::run::Run;
use std::sync::Arc;

/// The host's run, roster and gate, whose turn it is, and who comes first.
#[derive(Debug)]
pub(super) struct Bedrock {
    pub(super) run: Arc<Run>,
    pub(super) roster: Arc<Roster>,
    pub(super) gate: Arc<Gate>,
    pub(super) turns: Turns,
    order: Arc<Order>,
}

impl Bedrock {
    pub(super) fn new(run: Arc<Run>, roster: Arc<Roster>, gate: Arc<Gate>) -> Arc<Self> {
        let order = Order::new(run.chance);
        Arc::new(Self { run, roster, gate, turns: Turns::default(), order })
    }

    /// The ground for one generation of an instance.
    pub(super) fn ground(self: &Arc<Self>, settings: &InstanceSettings) -> Arc<HostGround> {
        let InstanceSettings { name, operation, .. } = settings;
        let pace = Pace::new(self.turns.of(name), self.order.stand(name));
        Arc::new(HostGround::new(Arc::clone(self), operation, pace))
    }
}
