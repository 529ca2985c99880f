//! A victim's introduction to the instances.

use std::sync::Arc;

use super::VictimInfo;

/// What instances are told of a victim, as it crosses the boundary: written once for all of them.
#[derive(Clone, Debug)]
pub struct Introduction(Arc<[u8]>);

impl Introduction {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<VictimInfo> for Introduction {
    fn from(victim: VictimInfo) -> Self {
        Self(victim.to_bytes().into())
    }
}
