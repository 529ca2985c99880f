//! `chaos-kitty history`.

use super::arguments::{Arguments, History};
use super::failure::Failure;
use super::output;
use super::time::{FORMS, Moment, hour, moment};
use crate::clock::Clock;
use crate::configuration::advice;
use crate::history::{End, Filter, Past, Run, Struck, Sum, Sums};
use crate::journal::Reader;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, history: &History) -> Result<ExitCode, Failure> {
    let file = arguments.journal(history.journal.named());
    let mut chosen = Chosen::of(history, &file)?;
    let mut past = Past::read(&file).map_err(|error| Failure::unread(&file, &error))?;
    let mut sums = history.by.map(Sums::new);
    let mut rows = Vec::new();
    for struck in past.by_ref() {
        let struck = struck.map_err(|error| Failure::unread(&file, &error))?;
        if !chosen.takes(&struck) {
            continue;
        }
        match &mut sums {
            Some(sums) => sums.add(&struck, hour),
            None if history.refused
                || !matches!(struck.end, End::Refused(_))
                || history.is_about_refusals() =>
            {
                rows.push(struck);
            }
            None => {}
        }
    }
    chosen.check(&past)?;
    if past.unknown() > 0 {
        let lines = output::count(past.unknown(), "line");
        let _ = writeln!(
            std::io::stderr(),
            "warning: {lines} of {} left out, being no record that can be read (damaged, or of another version): `chaos-kitty journal verify` \
             looks at them",
            file.display()
        );
    }
    // They come in the order of their ends.
    rows.sort_by(|one, other| one.at.total_cmp(&other.at));
    let none = if history.is_about_refusals() { "no refusals" } else { "no strikes" };
    match (sums, arguments.json) {
        (Some(sums), true) => output::json(&json!({ "sums": sums.rows(), "total": sums.total() })),
        (Some(sums), false) => output::line(summed(&sums, none)),
        (None, true) => output::json(&rows),
        (None, false) => output::line(listed(&rows, none)),
    }
    Ok(ExitCode::SUCCESS)
}

/// The strikes that are meant.
struct Chosen {
    filter: Filter,
    since: Option<Moment>,
    until: Option<Moment>,
}

impl Chosen {
    fn of(history: &History, file: &Path) -> Result<Self, Failure> {
        let now = Clock::start().wall();
        let time = |option: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => Moment::parse(text, now)
                .map(Some)
                .ok_or_else(|| Failure::wrong(format!("{option} takes a time, not `{text}`: {FORMS}"))),
        };
        let run = match &*history.run {
            "all" => Run::All,
            "last" => Reader::last_run(file)
                .map_err(|error| Failure::unread(file, &error))?
                .map_or(Run::All, Run::Of),
            id => Run::Of(id.to_owned()),
        };
        let filter = Filter {
            run,
            operation: history.operation.clone(),
            victim: history.victim.clone(),
            ended: history.verdict,
            ..Filter::default()
        };
        Ok(Self { filter, since: time("--since", &history.since)?, until: time("--until", &history.until)? })
    }

    fn takes(&mut self, struck: &Struck) -> bool {
        let reached = |moment: Moment| moment.is_reached(struck.at, struck.offset);
        self.filter.takes(struck) && self.since.is_none_or(reached) && !self.until.is_some_and(reached)
    }

    /// A name that nothing in the journal has is a mistake, and not an empty answer.
    fn check(&self, past: &Past) -> Result<(), Failure> {
        if let Run::Of(id) = &self.filter.run
            && !past.runs().iter().any(|run| run.starts_with(id.as_str()))
        {
            let runs: Vec<&str> = past.runs().iter().rev().take(10).map(String::as_str).collect();
            return Err(Failure::wrong(format!("the journal has no run `{id}`{}", advice(id, &runs))));
        }
        match self.filter.unmet() {
            Some(("victim", name, _)) if past.may_have_come(&self.filter.run, name) => Ok(()),
            Some((what, name, met)) if !met.is_empty() => Err(Failure::wrong(format!(
                "no {what} called `{name}` has been about in what the journal has of these runs{}",
                advice(name, &met)
            ))),
            _ => Ok(()),
        }
    }
}

fn listed(rows: &[Struck], none: &str) -> String {
    let shown = rows.iter().map(|struck| {
        let observed = struck.observed.as_ref().map(output::entries);
        let trouble = match &struck.end {
            End::Refused(refusal) => Some(output::plain(&refusal.reason.as_str().into())),
            _ => struck.trouble.as_deref().map(|text| output::plain(&text.into())),
        };
        let early = struck.ended_by.map(|by| format!("ended early: {by}"));
        let observed: Vec<String> = [observed, trouble, early].into_iter().flatten().collect();
        let end = match &struck.end {
            End::Refused(refusal) => format!("refused: {}", refusal.rule),
            end => end.ended().to_string(),
        };
        [
            moment(struck.at),
            struck.by(),
            struck.victim.clone().unwrap_or_else(|| "nobody".to_owned()),
            struck.method.as_deref().map_or_else(String::new, |method| output::plain(&method.into())),
            output::entries(&struck.asked),
            observed.join("; "),
            end,
            struck.took.map_or_else(String::new, output::time),
        ]
    });
    let columns = ["time", "by", "victim", "method", "asked", "observed", "verdict", "took"];
    output::table(columns, shown, none)
}

fn summed(sums: &Sums, nothing: &str) -> String {
    let all = (sums.rows().len() > 1).then_some(("all", sums.total()));
    let rows = sums.rows().iter().map(|(name, sum)| (name.as_str(), sum)).chain(all);
    let shown = rows.map(|(name, sum)| {
        let Sum { strikes, effective, partial, none, unknown, dry_run, under_way, refused, .. } = sum;
        let [strikes, effective, partial, none, unknown, dry_run, under_way, refused] =
            [strikes, effective, partial, none, unknown, dry_run, under_way, refused].map(u64::to_string);
        let [held, cpu, memory] =
            [sum.seconds_held, sum.cpu_seconds, sum.resident_mb].map(|figure| format!("{figure:.3}"));
        [
            output::plain(&name.into()),
            strikes,
            effective,
            partial,
            none,
            unknown,
            dry_run,
            under_way,
            refused,
            held,
            cpu,
            memory,
        ]
    });
    let columns = [
        "",
        "strikes",
        "effective",
        "partial",
        "none",
        "unknown",
        "dry run",
        "under way",
        "refused",
        "s held",
        "CPU s",
        "MiB",
    ];
    output::table(columns, shown, nothing)
}
