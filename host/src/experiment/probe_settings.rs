//! One `[[probe]]` table.

use super::reading::{number, time};
use super::tolerance::Tolerance;
use crate::configuration::{Parameters, Problems, Section, Source, array_of_tables};
use crate::effect::Effect;
use crate::probe::{CommandLine, Http, Method, Probe, Question, Tcp};
use chaos_kitty_bus::{Symbol, Value};
use std::ops::Range;
use std::time::Duration;
use toml_edit::{Item, TableLike};

/// What a probe may ask, by the key that says so.
const KINDS: [&str; 5] = ["http", "tcp", "command", "shell", "method"];

const SECOND: Duration = Duration::from_secs(1);
const LEAST: Duration = Duration::from_millis(10);
const STEADY: u32 = 3;

/// A probe, how often it asks, and what is borne of it.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// Unique; what it asks where the file gives none.
    pub name: String,
    /// The question.
    pub probe: Probe,
    /// From one question to the next, unless the answer takes longer.
    pub interval: Duration,
    /// After how many successes in a row it holds.
    pub steady: u32,
    /// What is borne before it fails.
    pub tolerance: Tolerance,
}

/// The array of them, where there is to be chaos for so long.
pub(super) fn read_all(
    item: &Item,
    source: &Source,
    chaos: Option<Duration>,
    problems: &Problems<'_>,
) -> Option<Vec<ProbeSettings>> {
    let mut probes = Vec::new();
    // Also of those that make no sense otherwise, so that everything is said at once.
    let mut names: Vec<String> = Vec::new();
    for (table, span) in array_of_tables(item)? {
        let section = Section::new("[[probe]]", table, problems);
        let name_span = section.span("name").or_else(|| span.clone());
        let interval_span = section.span("interval").or_else(|| span.clone());
        let probe = read(section, table, span, source, problems);
        if let (Some(ProbeSettings { interval, .. }), Some(chaos)) = (&probe, chaos)
            && *interval > chaos
        {
            let (interval, chaos) = (interval.as_secs_f64(), chaos.as_secs_f64());
            let message = format!(
                "an `interval` of {interval} s is longer than the `duration` of {chaos} s: write one in which it is asked \
                 under chaos"
            );
            problems.add(interval_span, message);
        }
        let given = table.get("name").and_then(Item::as_str);
        let Some(name) = probe.as_ref().map(|probe| &*probe.name).or(given) else { continue };
        if names.iter().any(|other| other == name) {
            problems
                .add(name_span, format!("a second probe is called `{name}`: give it a `name` of its own"));
        }
        names.push(name.to_owned());
        probes.extend(probe);
    }
    Some(probes)
}

/// None where it does not say what to ask.
fn read(
    section: Section<'_>,
    table: &dyn TableLike,
    whole: Option<Range<usize>>,
    source: &Source,
    problems: &Problems<'_>,
) -> Option<ProbeSettings> {
    let name = section.string("name");
    let interval = time(&section, "interval", LEAST).unwrap_or(SECOND);
    let timeout = time(&section, "timeout", LEAST).unwrap_or(SECOND);
    let slowest = time(&section, "latency", Duration::ZERO);
    let steady = number(&section, "steady", 1).unwrap_or(STEADY);
    let tolerance = section.get("tolerance", "a table with `failures`, or `share` and `last`", |item| {
        Some(Tolerance::read(Section::new("`tolerance`", item.as_table_like()?, problems)))
    });
    section.leave(&KINDS);
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| section.has(kind)).collect();
    let question = match *kinds {
        [] => {
            let message = format!("a [[probe]] needs one of `{}`", KINDS.join("`, `"));
            problems.add(whole, message);
            None
        }
        [kind, ..] => question(&section, kind, name, table, source, problems),
    };
    if let [one, other, ..] = *kinds {
        let message = format!("a [[probe]] asks one thing: this one has `{one}` and `{other}`");
        problems.add(section.span(other), message);
    }
    section.finish();
    let question = question?;
    let name = name.map_or_else(|| question.shown(), str::to_owned);
    let probe = Probe { question, timeout, slowest };
    Some(ProbeSettings { name, probe, interval, steady, tolerance: tolerance.unwrap_or_default() })
}

fn question(
    section: &Section<'_>,
    kind: &str,
    name: Option<&str>,
    table: &dyn TableLike,
    source: &Source,
    problems: &Problems<'_>,
) -> Option<Question> {
    let told = |key: &str, error: String| problems.add(section.span(key), error);
    match kind {
        "http" => {
            let (statuses, contains) = (statuses(section), section.string("contains").map(str::to_owned));
            let http = Http::get(section.string("http")?).map_err(|error| told("http", error)).ok()?;
            Some(Question::Http(Http { statuses: statuses.unwrap_or_default(), contains, ..http }))
        }
        "tcp" => {
            let tcp = Tcp::to(section.string("tcp")?).map_err(|error| told("tcp", error));
            tcp.ok().map(Question::Tcp)
        }
        "shell" => Some(Question::Command(beside(CommandLine::shell(section.string("shell")?), source))),
        "command" => {
            let words =
                section.get("command", "an array of texts: the program and its arguments", |item| {
                    let words = item.as_array()?.iter();
                    let words: Option<Vec<String>> =
                        words.map(|word| word.as_str().map(str::to_owned)).collect();
                    words.filter(|words| !words.is_empty())
                })?;
            let (program, arguments) = words.split_first()?;
            let (program, arguments) = (program.clone(), arguments.to_vec());
            Some(Question::Command(beside(CommandLine { program, arguments, directory: None }, source)))
        }
        _ => method(section, name, table, problems).map(Question::Method),
    }
}

fn method(
    section: &Section<'_>,
    name: Option<&str>,
    table: &dyn TableLike,
    problems: &Problems<'_>,
) -> Option<Method> {
    let method = section.string("method");
    let victim = section.string("victim");
    section.leave(&["equals"]);
    let arguments = section.get("arguments", "a table", |item| item.as_table_like().map(drop));
    if !section.has("victim") {
        problems.add(section.span("method"), "a probe of a victim's method needs `victim = \"NAME\"`");
    }
    let (method, victim) = (method?, victim?);
    if Effect::is_chaos(method) {
        let message = format!("{method} is chaos, and a probe is none: name a method of the victim's own");
        problems.add(section.span("method"), message);
    }
    let values = Parameters::read(table, None).value();
    let arguments = arguments.and_then(|()| values.get("arguments")).and_then(Value::as_map);
    let named = arguments
        .unwrap_or_default()
        .iter()
        .map(|(key, value)| (Value::Symbol(Symbol::from(key.as_str().unwrap_or_default())), value.clone()));
    Some(Method {
        probe: name.map_or_else(|| format!("{victim}.{method}"), str::to_owned),
        victim: victim.to_owned(),
        method: method.to_owned(),
        arguments: Value::Map(named.collect()),
        equals: values.get("equals").cloned(),
        gate: None,
    })
}

/// Like every path in the file, a command is meant from where the file is.
fn beside(mut command: CommandLine, source: &Source) -> CommandLine {
    command.directory = source.file.parent().map(std::path::Path::to_owned);
    command
}

fn statuses(section: &Section<'_>) -> Option<Vec<u16>> {
    let status = |number: i64| u16::try_from(number).ok().filter(|status| (100..=599).contains(status));
    section.get("status", "a status from 100 to 599, or an array of them", |item| {
        if let Some(number) = item.as_integer() {
            return Some(vec![status(number)?]);
        }
        let all = item.as_array()?.iter().map(|value| status(value.as_integer()?));
        all.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
    })
}
