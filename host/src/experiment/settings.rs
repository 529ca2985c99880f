//! What an experiment's file asks for.

use super::gathering::Gathering;
use super::probe_settings::{self, ProbeSettings};
use super::reading::time;
use crate::configuration::{Configuration, Problem, Problems, Section, Source, array_of_tables};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml_edit::Document;

/// The keys of the file that are the experiment's own; the others are a configuration's.
pub const KEYS: &[&str] = &["title", "hypothesis", "duration", "recovery", "victims", "probe"];

/// How long the probes get to hold again where nothing is said.
const RECOVERY: Duration = Duration::from_secs(30);
const AN_INSTANT: Duration = Duration::from_millis(100);

/// An experiment, as its file has it. Operations, limits and the host are in the configuration that the same file is.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The file.
    pub file: PathBuf,
    /// What it is called.
    pub title: String,
    /// What is believed to stay so, in a sentence.
    pub hypothesis: String,
    /// For how long there is chaos.
    pub duration: Duration,
    /// How long the probes get to hold again, from the end of chaos.
    pub recovery: Duration,
    /// Who is to be there before it begins.
    pub victims: Gathering,
    /// What is asked, before, during and after.
    pub probes: Vec<ProbeSettings>,
}

impl Experiment {
    /// Reads a file: what could be understood of it, and everything that is wrong with it, in the file's order.
    pub fn read(file: &Path) -> (Self, Vec<Problem>) {
        let (configuration, mut problems) = Configuration::read_among(file, KEYS);
        let source = configuration.source;
        let source = source.unwrap_or_else(|| Source { file: file.to_owned(), text: String::new() });
        let (experiment, own) = Self::parse(&source);
        // Of a text that is no TOML everything has been said.
        problems.extend(own.into_iter().flatten());
        problems.sort_by_key(Problem::position);
        (experiment, problems)
    }

    fn parse(source: &Source) -> (Self, Option<Vec<Problem>>) {
        let mut experiment = Self {
            file: source.file.clone(),
            title: String::new(),
            hypothesis: String::new(),
            duration: Duration::ZERO,
            recovery: RECOVERY,
            victims: Gathering::default(),
            probes: Vec::new(),
        };
        if source.text.is_empty() {
            return (experiment, None);
        }
        let Ok(document) = Document::parse(source.text.clone()) else { return (experiment, None) };
        let problems = Problems::of(source);
        let section = Section::new("the experiment", document.as_table(), &problems);
        let missing = |key: &str, example: &str| {
            if !section.has(key) {
                problems.add(Some(0..0), format!("`{key}` is missing: write {example}"));
            }
        };
        let text = |key| section.string(key).map(str::to_owned).unwrap_or_default();
        experiment.title = text("title");
        missing("title", "what the experiment is called");
        experiment.hypothesis = text("hypothesis");
        missing("hypothesis", "what is to stay so under chaos, in a sentence");
        let duration = time(&section, "duration", AN_INSTANT);
        experiment.duration = duration.unwrap_or_default();
        missing("duration", "for how long there is chaos, such as \"30s\"");
        experiment.recovery = time(&section, "recovery", Duration::ZERO).unwrap_or(RECOVERY);
        let victims = section.get("victims", "a table: [victims]", |item| {
            Some(Gathering::read(Section::new("[victims]", item.as_table_like()?, &problems)))
        });
        experiment.victims = victims.unwrap_or_default();
        let probes = section.get("probe", "an array of tables: [[probe]]", |item| {
            probe_settings::read_all(item, source, duration, &problems)
        });
        experiment.probes = probes.unwrap_or_default();
        let is_without =
            |probes: &toml_edit::Item| array_of_tables(probes).is_some_and(|tables| tables.is_empty());
        if document.as_table().get("probe").is_none_or(is_without) {
            problems.add(Some(0..0), "a [[probe]] is missing: without one nobody can say what stays well");
        }
        (experiment, Some(problems.into_sorted()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("experiment.toml");
        std::fs::write(&file, text).unwrap();
        let place = |problem: &Problem| {
            let (line, column) = problem.position().unwrap_or_default();
            format!("{line}:{column} {}", problem.message)
        };
        Experiment::read(&file).1.iter().map(place).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_with_its_place() {
        let text = r#"version = 1
titel = "x"
hypothesis = ""
duration = "soon"
[host]
sede = 1
[victims]
least = -1
[[probe]]
interval = 0
[[probe]]
name = "a"
http = "nowhere"
tcp = "localhost:80"
tolerance = { share = 2 }
[[probe]]
name = "a"
method = "delay"
victim = "web"
"#;
        assert_eq!(
            problems(text),
            [
                "1:1 `title` is missing: write what the experiment is called",
                "2:1 unknown key `titel` in the configuration, did you mean `title`",
                "3:14 `hypothesis` in the experiment must be a text that is not empty, not \"\" (string)",
                "4:12 `duration` in the experiment must be a time from 100 ms to 24 h, such as 2, \"500ms\", \"1m\", not \"soon\" (string)",
                "6:1 unknown key `sede` in [host], did you mean `seed`",
                "8:9 `least` in [victims] must be a whole number from 0, not -1 (integer)",
                "9:1 a [[probe]] needs one of `http`, `tcp`, `command`, `shell`, `method`",
                "10:12 `interval` in [[probe]] must be a time from 10 ms to 24 h, such as 2, \"500ms\", \"1m\", not 0 (integer)",
                "13:8 `nowhere` is no URL of a page: write http://HOST/… or https://HOST/…",
                "14:7 a [[probe]] asks one thing: this one has `http` and `tcp`",
                "15:23 `share` in `tolerance` must be a number from 0 to 1, not 2 (integer)",
                "17:8 a second probe is called `a`: give it a `name` of its own",
                "18:10 delay is chaos, and a probe is none: name a method of the victim's own",
            ]
        );
    }

    #[test]
    fn no_time_is_longer_than_a_day() {
        let text = "version = 1\ntitle = \"t\"\nhypothesis = \"h\"\nduration = \"24h\"\nrecovery = \"25h\"\n\
                    [victims]\nwithin = 9e9\n\
                    [[probe]]\ntcp = \"localhost:80\"\ntimeout = 1e19\nlatency = 86401\ninterval = \"24h\"\n";
        let told = problems(text);
        assert_eq!(told.len(), 4, "{told:?}");
        for (problem, place) in
            told.iter().zip(["5:12 `recovery`", "7:10 `within`", "10:11 `timeout`", "11:11 `latency`"])
        {
            assert!(problem.starts_with(place) && problem.contains("to 24 h"), "{problem}");
        }
    }

    #[test]
    fn who_would_be_asked_less_than_once_under_chaos_is_told() {
        let head = "version = 1\ntitle = \"t\"\nhypothesis = \"h\"\nduration = \"500ms\"\n";
        let probes = "[[probe]]\ntcp = \"localhost:80\"\ninterval = \"1h\"\n[[probe]]\nshell = \"true\"\n\
                      [[probe]]\nshell = \"false\"\ninterval = 0.5\n";
        let told = |place: &str, interval: u32| {
            format!(
                "{place} an `interval` of {interval} s is longer than the `duration` of 0.5 s: write one in which it is asked \
                 under chaos"
            )
        };
        assert_eq!(problems(&format!("{head}{probes}")), [told("7:12", 3600), told("8:1", 1)]);
    }

    #[test]
    fn what_cannot_be_read_or_is_no_toml_is_said_once() {
        assert_eq!(problems("title = = 1").len(), 1);
        let (_, problems) = Experiment::read(Path::new("/nowhere/experiment.toml"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].to_string().contains("cannot be read"), "{problems:?}");
    }
}
