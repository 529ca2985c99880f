//! One who has left, and counts as if it were there.

use crate::roster::Victim;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is kept of it: nothing that holds its process or its connection.
#[derive(Debug)]
pub(super) struct Departed {
    pub(super) name: Arc<str>,
    pub(super) labels: BTreeMap<String, String>,
    /// Strikes of which it may have ended, as long as they count. Not one: it is forgotten.
    pub(super) endings: u32,
}

impl Departed {
    pub(super) fn of(victim: &Victim, endings: u32) -> Self {
        Self { name: victim.name_handle(), labels: victim.labels().clone(), endings }
    }
}
