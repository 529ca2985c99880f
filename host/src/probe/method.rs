//! A victim, as a probe asks it: by one of its own methods.

use crate::gate::{Gate, Origin, Who, Wish};
use chaos_kitty_bus::Value;
use std::sync::Arc;
use std::time::Duration;

/// A call of a victim's own method, through the gate, which a pause does not stop.
#[derive(Debug, Clone)]
pub struct Method {
    /// The probe's name, for the record.
    pub probe: String,
    /// The victim's name.
    pub victim: String,
    /// Its method.
    pub method: String,
    /// Named arguments: a map with Symbol keys.
    pub arguments: Value,
    /// What is to be answered, where that matters; a text and a Symbol of the same letters are the same.
    pub equals: Option<Value>,
    /// The way to it; none as long as there is no host.
    pub gate: Option<Arc<Gate>>,
}

impl Method {
    pub(super) async fn ask(&self, patience: Duration) -> Result<(), String> {
        let gate = self.gate.as_ref().ok_or("there is no host here through which it could be asked")?;
        let wish = Wish {
            origin: Origin::Probe { name: self.probe.clone() },
            victim: Who::Called(self.victim.clone()),
            selected: true,
            leaving: false,
            tick: None,
            method: self.method.clone(),
            arguments: Vec::new(),
            options: self.arguments.clone(),
            lease: Some(patience),
        };
        let outcome = gate.strike(wish).await.map_err(|refusal| refusal.reason)?;
        match (outcome.error, outcome.result, &self.equals) {
            (Some(error), _, _) => Err(error.to_string()),
            (None, Value::Exception(exception), _) => Err(exception.to_string()),
            (None, result, Some(wanted)) if !is_same(&result, wanted) => {
                let shown = |value: &Value| serde_json::to_string(value).unwrap_or_default();
                Err(format!("it answered {}, and {} is expected", shown(&result), shown(wanted)))
            }
            _ => Ok(()),
        }
    }
}

/// Whether both say the same: TOML has no Symbols, and a number is the same with and without a point.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let has = |key: &Value, value: &Value| {
                other.iter().any(|(name, own)| is_same(key, name) && is_same(value, own))
            };
            one.len() == other.len() && one.iter().all(|(key, value)| has(key, value))
        }
        _ => match (one.as_str(), other.as_str(), one.as_f64(), other.as_f64()) {
            (Some(one), Some(other), _, _) => one == other,
            (_, _, Some(one), Some(other)) => one == other,
            _ => one == other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_is_the_same() {
        assert!(is_same(&Value::Symbol("ok".into()), &Value::from("ok")));
        assert!(is_same(&Value::Int(3), &Value::Float(3.0)));
        assert!(is_same(&Value::map([("up", true)]), &Value::Map(vec![(Value::from("up"), true.into())])));
        for (one, other) in [("ok", "no"), ("3", "")] {
            assert!(!is_same(&Value::from(one), &Value::from(other)));
        }
        assert!(!is_same(&Value::Int(3), &Value::from("3")) && !is_same(&Value::Nil, &Value::from(false)));
    }
}
