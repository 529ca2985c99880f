//! Who a victim is, as a plugin is told.

use chaos_kitty_bus::Value;

use super::dialect;

/// What a plugin learns of a victim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VictimInfo {
    /// Its number, from 1.
    pub id: u64,
    /// Its unique name.
    pub name: String,
    /// Its process id as the host sees it; 0 where there is none that the host would vouch for.
    pub process_id: u32,
    /// Labels, in their order.
    pub labels: Vec<(String, String)>,
    /// The methods that it declared.
    pub methods: Vec<String>,
}

impl VictimInfo {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let text = |text: &String| Value::String(text.clone());
        let labels = self.labels.iter().map(|(key, value)| (text(key), text(value))).collect();
        let entries = [
            ("id", Value::from(self.id)),
            ("name", text(&self.name)),
            ("process_id", Value::from(self.process_id)),
            ("labels", Value::Map(labels)),
            ("methods", Value::Array(self.methods.iter().map(text).collect())),
        ];
        // String keys: a struct in the plugin cannot be read from symbols.
        let map = entries.map(|(key, value)| (Value::from(key), value));
        dialect::encode(Value::Map(map.into()))
    }
}
