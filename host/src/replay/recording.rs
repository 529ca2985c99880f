//! What a journal holds of one run: its decisions, and what each came to.

use crate::gate::{Decision, Outcome};
use crate::journal::{Reader, Record};
use std::collections::BTreeMap;
use std::path::Path;

/// One run's records, in the order in which they were written.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The run.
    pub run: String,
    /// The decisions that were asked for.
    pub decisions: Vec<Decision>,
    /// What came of each, by its number, where anything is written of it.
    pub outcomes: BTreeMap<u64, Outcome>,
}

impl Recording {
    /// Reads a run's decisions of such a kind: of the run whose id begins so, or of the last one that has any.
    ///
    /// # Errors
    /// The file cannot be read, is no journal, or holds no such decision.
    pub fn read(
        file: &Path,
        run: Option<&str>,
        kind: &str,
        is_wanted: impl Fn(&Decision) -> bool,
    ) -> Result<Self, String> {
        let shown = file.display();
        let unreadable = |error| format!("{shown}: {error}: name a journal, or what `shrink` printed");
        let mut recording = Self::default();
        let is_meant = |of: &str| run.is_none_or(|run| of.starts_with(run));
        for line in Reader::open(file).map_err(unreadable)? {
            let line = line.map_err(unreadable)?;
            match line.record() {
                // What a probe asked was no chaos.
                Ok(Record::Decision(decision))
                    if !decision.origin.is_probe()
                        && is_meant(&decision.mark.run)
                        && is_wanted(&decision) =>
                {
                    recording.turn_to(&decision.mark.run);
                    recording.decisions.push(decision);
                }
                Ok(Record::Outcome(outcome)) if recording.run == outcome.mark.run => {
                    recording.outcomes.insert(outcome.strike, outcome);
                }
                Ok(_) => {}
                // Records of another kind may be added to the journal; what is no record is not to be passed by.
                Err(error) if !is_object(&line.text) => {
                    let place = format!("{}:{}", line.file.display(), line.number);
                    return Err(format!("{place}: this is no record of a journal: {error}"));
                }
                Err(_) => {}
            }
        }
        if recording.decisions.is_empty() {
            let of = run.map_or_else(String::new, |run| format!(" of a run {run}"));
            return Err(format!("{shown} holds no {kind}{of}"));
        }
        Ok(recording)
    }

    fn turn_to(&mut self, run: &str) {
        if self.run != run {
            *self = Self { run: run.to_owned(), ..Self::default() };
        }
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}
