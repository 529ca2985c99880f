//! One who has left, and counts as if it were there.

use super::attendance::Attendee;
use super::groups::Membership;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is kept of it: nothing that holds its process or its connection.
#[derive(Debug)]
pub(super) struct Departed {
    pub(super) name: Arc<str>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) groups: Box<[Membership]>,
    /// Strikes of which it may have ended, as long as they count. Not one: it is forgotten.
    pub(super) endings: u32,
}

impl Departed {
    pub(super) fn of(attendee: &Attendee) -> Self {
        let Attendee { victim, groups, endings, .. } = attendee;
        let (name, labels) = (victim.name_handle(), victim.labels().clone());
        Self { name, labels, groups: groups.clone(), endings: *endings }
    }
}
