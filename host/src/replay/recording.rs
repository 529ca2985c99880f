//! What a journal holds of one run: its decisions, and what each came to.

use crate::gate::{Decision, Outcome};
use crate::journal::{Reader, Record};
use std::collections::BTreeMap;
use std::io;
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
    /// The file cannot be read, is no journal, holds no such decision, or holds some of several runs whose ids begin so.
    pub fn read(
        file: &Path,
        run: Option<&str>,
        kind: &str,
        is_wanted: impl Fn(&Decision) -> bool,
    ) -> Result<Self, String> {
        let shown = file.display();
        let unreadable = |error: io::Error| {
            let what = match error.kind() {
                io::ErrorKind::NotFound => format!("there is no {shown}"),
                _ => format!("{shown}: {error}"),
            };
            format!("{what}: name a journal, or what `shrink` printed")
        };
        let mut recording = Self::default();
        let is_meant = |of: &str| run.is_none_or(|run| of.starts_with(run));
        let mut others: Vec<String> = Vec::new();
        let mut take = |record: Record| match record {
            // What a probe asked was no chaos.
            Record::Decision(decision)
                if is_meant(&decision.mark.run) && !decision.origin.is_probe() && is_wanted(&decision) =>
            {
                let of = &*decision.mark.run;
                if run.is_some() && !recording.decisions.is_empty() && recording.run != of {
                    if !others.iter().any(|other| other == of) {
                        others.push(of.to_owned());
                    }
                    return;
                }
                recording.turn_to(of);
                recording.decisions.push(decision);
            }
            Record::Outcome(outcome) if *recording.run == *outcome.mark.run => {
                recording.outcomes.insert(outcome.strike, outcome);
            }
            _ => {}
        };
        let mut lines = Reader::open(file).map_err(unreadable)?;
        for line in lines.by_ref() {
            let line = line.map_err(unreadable)?;
            match line.record() {
                Ok(record) => take(record),
                // Records of another kind may be added to the journal; what is no record is not to be passed by.
                Err(error) if !is_object(&line.text) => {
                    let place = format!("{}:{}", line.file.display(), line.number);
                    return Err(format!("{place}: this is no record of a journal: {error}"));
                }
                Err(_) => {}
            }
        }
        // A whole record without a line break is one that somebody's editor has left so.
        if let Ok(record) = serde_json::from_slice(lines.rest()) {
            take(record);
        }
        if let (Some(run), false) = (run, others.is_empty()) {
            let all = [&[recording.run], others.as_slice()].concat().join(" and ");
            return Err(format!(
                "{shown}: --run {run} is the beginning of more than one run: {all}. Name one"
            ));
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

#[cfg(test)]
mod tests {
    use super::super::part::Part;
    use super::*;
    use std::time::Duration;

    fn decision(run: &str, strike: u64, offset: f64, origin: &str, options: &str, ruling: &str) -> String {
        format!(
            r#"{{"record":"decision","schema":1,"run":"{run}","boot":"b","at":1.5,"offset":{offset},"strike":{strike},"origin":{origin},"victim":{{"id":3,"name":"web","pid":42,"start_time":99}},"effect":{{"method":"delay","options":{options},"lease_seconds":0.5,"inverse":"end"}},"ruling":{ruling}}}"#
        )
    }

    const INSTANCE: &str = r#"{"instance":{"name":"slow","operation":"hairball"}}"#;
    const REPLAY: &str = r#"{"replay":{"run":"aaaa","strike":1}}"#;
    const HALF: &str = r#"{"duration":0.5}"#;

    fn strike(run: &str, number: u64, offset: f64) -> String {
        decision(run, number, offset, INSTANCE, HALF, "\"strike\"")
    }

    fn read(text: &str, run: Option<&str>) -> Result<Recording, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        Recording::read(file.path(), run, "strike", Part::is_wanted)
            .map_err(|error| error.replace(&file.path().display().to_string(), "FILE"))
    }

    fn numbers(recording: &Recording, from: u64, until: u64) -> Vec<u64> {
        let within = Duration::from_secs(from)..=Duration::from_secs(until);
        Part::all(recording, within).unwrap().iter().map(Part::number).collect()
    }

    #[test]
    fn it_is_the_last_run_that_struck_anybody_or_the_one_that_is_named() {
        let refused = r#"{"refused":{"rule":"paused","reason":"chaos is paused"}}"#;
        let lines = [
            strike("aaaa", 1, 1.0),
            r#"{"record":"of another kind","run":"aaaa"}"#.to_owned(),
            strike("aaaa", 2, 3.0),
            strike("abab", 1, 0.5),
            strike("bbbb", 1, 1.0),
            strike("bbbb", 2, 2.5),
            decision("bbbb", 3, 2.7, INSTANCE, HALF, refused),
            decision("cccc", 1, 1.0, INSTANCE, HALF, "\"dry_run\""),
            decision("dddd", 1, 1.0, REPLAY, HALF, "\"strike\""),
        ];
        let text = lines.join("\n") + "\n";
        let last = read(&text, None).unwrap();
        assert_eq!((last.run.as_str(), numbers(&last, 0, 9)), ("bbbb", vec![1, 2]));
        assert_eq!((numbers(&last, 2, 9), numbers(&last, 0, 1)), (vec![2], vec![1]));
        assert_eq!(numbers(&read(&text, Some("aa")).unwrap(), 0, 9), [1, 2]);
        assert_eq!(numbers(&read(&text, Some("ab")).unwrap(), 0, 9), [1]);
        assert_eq!(read(&text, Some("cc")).unwrap_err(), "FILE holds no strike of a run cc");
        assert_eq!(
            read(&text, Some("a")).unwrap_err(),
            "FILE: --run a is the beginning of more than one run: aaaa and abab. Name one"
        );
    }

    #[test]
    fn a_last_line_that_is_whole_counts_also_without_its_end_and_half_a_one_does_not() {
        let two = [strike("aaaa", 1, 1.0), strike("aaaa", 2, 3.0)].join("\n");
        assert_eq!(numbers(&read(&two, None).unwrap(), 0, 9), [1, 2]);
        assert_eq!(numbers(&read(&two[..two.len() - 1], None).unwrap(), 0, 9), [1]);
        let error = read("strikes\n", None).unwrap_err();
        assert!(error.starts_with("FILE:1: this is no record of a journal: "), "{error}");
    }

    #[test]
    fn what_the_journal_has_left_out_cannot_be_made_again() {
        let long = decision("aaaa", 7, 1.0, INSTANCE, r#""left out: 5000 bytes""#, "\"strike\"");
        let recording = read(&(long + "\n"), None).unwrap();
        let error = Part::all(&recording, Duration::ZERO..=Duration::MAX).unwrap_err();
        assert!(error.starts_with("strike 7 at 1.000 s: delay on web: it cannot be made again"), "{error}");
    }
}
