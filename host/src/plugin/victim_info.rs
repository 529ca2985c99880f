//! Who a victim is, as a plugin is told.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a plugin learns of a victim.
#[derive(Clone, Debug, Serialize)]
pub struct VictimInfo<'a> {
    /// Its number, from 1.
    pub id: u64,
    /// Its unique name.
    pub name: &'a str,
    /// Its process id as the host sees it; 0 where there is none that the host would vouch for.
    pub process_id: u32,
    /// Its labels.
    pub labels: &'a BTreeMap<String, String>,
    /// The methods that it declared.
    pub methods: Vec<&'a str>,
}
