//! A victim's introduction to the instances.

use std::sync::Arc;

use rmp_serde::Serializer;
use serde::Serialize;

use super::VictimInfo;

/// Bytes: room for most.
const USUAL: usize = 256;

/// What instances are told of a victim, as it crosses the boundary: written once for all of them.
#[derive(Clone, Debug)]
pub struct Introduction(Arc<[u8]>);

impl Introduction {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&VictimInfo<'_>> for Introduction {
    fn from(victim: &VictimInfo<'_>) -> Self {
        let mut bytes = Vec::with_capacity(USUAL);
        // With its fields' names, so that what is added later is no harm to who does not know it.
        let written = victim.serialize(&mut Serializer::new(&mut bytes).with_struct_map());
        // It has no maps but those with text for keys, and memory does not refuse.
        debug_assert!(written.is_ok(), "{written:?}");
        Self(bytes.into())
    }
}
