//! That an effect ended before its time, in words.

use super::output;
use crate::gate::EndedBy;
use chaos_kitty_bus::{Value, from_value};

/// Who had it end; none where it ended by itself. A word of a newer host's is told as it is.
pub(super) fn early(outcome: &Value) -> Option<String> {
    let by = outcome.get("ended_by").filter(|by| **by != Value::Nil)?;
    Some(from_value::<EndedBy>(by.clone()).map_or_else(|_| output::plain(by), |by| by.to_string()))
}
