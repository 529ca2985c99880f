//! What shrinking comes to: a file that `replay` takes.

use crate::journal::Record;
use crate::replay::Part;
use serde::Serialize;
use std::path::PathBuf;

/// The first line of the file: where its strikes are from, and what they do.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "record", rename = "shrunk")]
pub struct Shrunk {
    /// The version of the record's form.
    pub schema: u32,
    /// The journal that they are from.
    pub journal: PathBuf,
    /// The run.
    pub run: String,
    /// How many strikes it had.
    pub of: usize,
    /// How many are left.
    pub strikes: usize,
    /// What fails after them.
    pub probe: String,
    /// The command between two tests.
    pub reset: Option<String>,
    /// For how many seconds after the last strike the probe was asked.
    pub settle: f64,
    /// How many tests were made.
    pub tests: usize,
    /// How the probe failed.
    pub failure: String,
    /// Whether it failed once more, with the strikes that are left.
    pub confirmed: bool,
    /// Whether none of them can be left out; false where the search has not come to its end.
    pub smallest: bool,
}

impl Shrunk {
    /// The file: this, and then each strike's decision and outcome. The first is at offset 0.
    pub fn file(&self, parts: &[Part]) -> String {
        let mut file = line(self);
        for part in parts {
            let shift = part.at.as_secs_f64() - part.decision.mark.offset;
            let mut decision = part.decision.clone();
            decision.mark.offset = part.at.as_secs_f64();
            file += &line(&Record::Decision(decision));
            if let Some(mut outcome) = part.then.clone() {
                outcome.mark.offset += shift;
                file += &line(&Record::Outcome(outcome));
            }
        }
        file
    }
}

fn line(record: &impl Serialize) -> String {
    // What comes from JSON can be written as such.
    serde_json::to_string(record).unwrap_or_default() + "\n"
}
