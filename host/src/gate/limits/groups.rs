//! Victims that share a value of a label.

use crate::by_id::ById;
use std::collections::HashMap;

/// The groups of one label. One that nobody is in is not kept: values come and go.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) label: String,
    groups: ById<Group>,
    /// By the label's value.
    numbers: HashMap<String, u64>,
    last: u64,
}

/// Those who have a value of a label.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) value: String,
    /// How many are in it.
    pub(super) size: usize,
    /// Of them.
    pub(super) healthy: usize,
}

/// The number of the group that somebody is in; none where it has no such label. It is looked up once, so that no decision
/// has to read labels.
pub(super) type Membership = Option<u64>;

impl Groups {
    /// Of this label, and nobody is in them yet.
    pub(super) fn of(label: &str) -> Self {
        Self { label: label.to_owned(), groups: ById::default(), numbers: HashMap::new(), last: 0 }
    }

    /// Somebody comes who has this value.
    pub(super) fn arrive(&mut self, value: Option<&String>, is_healthy: bool) -> Membership {
        let value = value?;
        let number = self.numbers.get(value).copied().unwrap_or_else(|| {
            self.last += 1;
            self.groups.insert(self.last, Group { value: value.clone(), size: 0, healthy: 0 });
            self.numbers.insert(value.clone(), self.last);
            self.last
        });
        let group = self.groups.get_mut(&number)?;
        group.size += 1;
        group.healthy += usize::from(is_healthy);
        Some(number)
    }

    pub(super) fn leave(&mut self, of: Membership, was_healthy: bool) {
        let Some((number, group)) = of.and_then(|number| Some((number, self.groups.get_mut(&number)?)))
        else {
            return;
        };
        group.size -= 1;
        group.healthy -= usize::from(was_healthy);
        if group.size == 0 {
            self.numbers.remove(&group.value);
            self.groups.remove(&number);
        }
    }

    /// One of them is healthy now, or is not any more.
    pub(super) fn turn(&mut self, of: Membership, is_healthy: bool) {
        let Some(group) = of.and_then(|number| self.groups.get_mut(&number)) else { return };
        if is_healthy {
            group.healthy += 1;
        } else {
            group.healthy -= 1;
        }
    }

    pub(super) fn get(&self, of: Membership) -> Option<&Group> {
        self.groups.get(&of?)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }
}
