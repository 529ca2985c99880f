//! Victims that share a value of a label.

use std::collections::HashMap;

/// The groups of one label, by its value. One that nobody is in is not kept: values come and go.
#[derive(Debug, Default)]
pub(super) struct Groups(HashMap<String, Group>);

/// How many are in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) size: usize,
    /// Of them.
    pub(super) healthy: usize,
}

impl Groups {
    pub(super) fn arrive(&mut self, value: Option<&String>, is_healthy: bool) {
        let Some(value) = value else { return };
        let group = self.0.entry(value.clone()).or_default();
        group.size += 1;
        group.healthy += usize::from(is_healthy);
    }

    pub(super) fn leave(&mut self, value: Option<&String>, was_healthy: bool) {
        let Some((value, group)) = value.and_then(|value| Some((value, self.0.get_mut(value)?))) else {
            return;
        };
        group.size -= 1;
        group.healthy -= usize::from(was_healthy);
        if group.size == 0 {
            self.0.remove(value);
        }
    }

    /// One of them is healthy now, or is not any more.
    pub(super) fn turn(&mut self, value: Option<&String>, is_healthy: bool) {
        let Some(group) = value.and_then(|value| self.0.get_mut(value)) else { return };
        if is_healthy {
            group.healthy += 1;
        } else {
            group.healthy -= 1;
        }
    }

    pub(super) fn of(&self, value: &str) -> Group {
        self.0.get(value).copied().unwrap_or_default()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Group)> {
        self.0.iter().map(|(value, group)| (value.as_str(), *group))
    }
}
