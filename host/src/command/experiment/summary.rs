//! What an experiment came to, in a few lines.

use crate::command::one_line::one_line;
use crate::command::output;
use crate::experiment::{Phase, ProbeReport, Report};
use std::fmt::Display;
use std::path::Path;

/// For people; `folder` is where the report is, if it could be written.
pub(super) fn text(report: &Report, folder: Option<&Path>) -> String {
    let mut lines = vec![
        format!("{}: {}", report.verdict, plain(&report.title)),
        format!("{}: {}", report.verdict.headline(), plain(&report.why)),
    ];
    if report.phase(Phase::Before).is_some() {
        lines.push(format!("\n{}", probes(report)));
    }
    if !report.operations.is_empty() {
        lines.push(format!("\n{}", operations(report)));
    }
    lines.push(String::new());
    if report.unquiet {
        lines.push("some effect had not ended when chaos was over: it ends on its lease".to_owned());
    }
    lines.push(format!("seed {}, run {}", report.seed, report.run));
    lines.extend(folder.map(|folder| format!("report: {}", folder.join("report.html").display())));
    lines.join("\n")
}

fn probes(report: &Report) -> String {
    let rows = report.probes.iter().map(|probe| {
        let failed = |phase| {
            let seen = probe.phases.get(&phase);
            seen.map_or("–".to_owned(), |seen| format!("{} of {}", seen.failed, seen.asked))
        };
        let [before, during, after] = Phase::PROBED.map(failed);
        [plain(&probe.name), before, during, after, again(report, probe)]
    });
    let columns = ["probe", "failed before", "during", "after", "held again after"];
    output::table(columns, rows, "no probes")
}

fn again(report: &Report, probe: &ProbeReport) -> String {
    match probe.recovered_after {
        Some(seconds) => output::time(seconds),
        None if report.phase(Phase::After).is_some() => {
            format!("not within {}", output::time(report.recovery))
        }
        None => "–".to_owned(),
    }
}

fn operations(report: &Report) -> String {
    let rows = report.operations.iter().map(|(name, tally)| {
        let of = |count: u32| count.to_string();
        [
            plain(name),
            of(tally.strikes),
            of(tally.effective),
            of(tally.partial),
            of(tally.none),
            of(tally.unknown),
            of(tally.dry_run),
        ]
    });
    let columns = ["operation", "strikes", "effective", "partial", "none", "unknown", "dry run"];
    output::table(columns, rows, "no strikes")
}

/// A text in one line, whoever chose its words.
fn plain(text: &dyn Display) -> String {
    one_line(&format_args!("{text}"))
}
