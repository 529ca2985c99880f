//! Abridged: what a peer says, as it stands in a record. What it says may be megabytes, and a log is not its to fill.

use super::record::Record;
use crate::gate::Ruling;
use chaos_kitty_bus::Value;
use std::sync::Arc;

/// The most bytes of JSON that a value takes in a record.
const MOST: usize = 4096;
/// The most bytes of a text.
const LONGEST: usize = 1024;
/// The most positional arguments.
const FEW: usize = 16;

/// More than most records take: to grow on the way there copies what there is each time.
const USUAL: usize = 768;

impl Record {
    /// The record and its JSON, with what is too long for it cut.
    pub(super) fn in_json(self) -> (Self, String) {
        match json(&self) {
            // As almost all of them are.
            Some(json) if json.len() <= MOST => (self, json),
            _ => {
                let record = self.abridged();
                let json = json(&record).unwrap_or_default();
                (record, json)
            }
        }
    }

    fn abridged(mut self) -> Self {
        match &mut self {
            Self::Decision(decision) => {
                if let Some(effect) = &mut decision.effect {
                    let effect = Arc::make_mut(effect);
                    shorten(&mut effect.method);
                    abridge(&mut effect.options);
                    effect.arguments.iter_mut().for_each(abridge);
                    effect.arguments.truncate(FEW);
                }
                if let Ruling::Refused(refusal) = &mut decision.ruling {
                    shorten(&mut refusal.reason);
                }
            }
            Self::Outcome(outcome) => {
                shorten(&mut outcome.method);
                abridge(&mut outcome.asked);
                outcome.observed.iter_mut().for_each(abridge);
                abridge(&mut outcome.result);
                outcome.error.iter_mut().for_each(|error| shorten(error.message_mut()));
            }
            Self::Beginning(beginning) => {
                beginning.instances.iter_mut().for_each(|instance| abridge(&mut instance.parameters));
            }
            Self::Arrival(arrival) => {
                arrival.methods.iter_mut().for_each(|methods| methods.truncate(FEW));
                arrival.labels = std::mem::take(&mut arrival.labels).into_iter().take(FEW).collect();
            }
            Self::Steering(steering) => {
                steering.argument.iter_mut().for_each(shorten);
                steering.objections.iter_mut().for_each(shorten);
                steering.objections.truncate(FEW);
            }
            Self::Recovered(_) | Self::Departure(_) | Self::Gap(_) | Self::Ending(_) => {}
        }
        self
    }
}

/// What JSON cannot say (a map whose keys are maps), or not in a few lines, is left out.
pub(crate) fn abridge(value: &mut Value) {
    let why = match serde_json::to_string(value) {
        Ok(text) if text.len() <= MOST => return,
        Ok(text) => format!("left out: {} bytes", text.len()),
        Err(error) => format!("left out: {error}"),
    };
    *value = Value::from(why);
}

fn json(record: &Record) -> Option<String> {
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, record).ok()?;
    String::from_utf8(json).ok()
}

/// A text that is too long for a record, or an answer of hundreds of them, is cut.
pub(crate) fn shorten(text: &mut String) {
    if text.len() > LONGEST {
        let bytes = text.len();
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push_str(&format!("… ({bytes} bytes)"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_or_no_json_is_left_out_and_the_rest_stays() {
        let left = |value: Value| {
            let mut left = value;
            abridge(&mut left);
            left
        };
        assert_eq!(left(Value::map([("hits", 1)])), Value::map([("hits", 1)]));
        assert_eq!(left("x".repeat(5000).into()), Value::from("left out: 5002 bytes"));
        let odd = Value::Map(vec![(Value::map([("a", 1)]), Value::Nil)]);
        assert!(left(odd).as_str().unwrap().starts_with("left out: "));
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_says_how_long_it_was() {
        let mut text = "é".repeat(1000);
        shorten(&mut text);
        assert!(text.ends_with("… (2000 bytes)") && text.len() < 1100, "{}", text.len());
    }
}
