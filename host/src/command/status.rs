//! `chaos-kitty status`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::gate::{Holder, ListedLimit, Rule};
use crate::host::Overview;
use chaos_kitty_bus::Value;
use serde::Serialize;
use std::process::ExitCode;

#[derive(Serialize)]
struct Status {
    host: Overview,
    operations: Value,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let operator = Operator::connect(arguments).await?;
    let host: Overview = operator.ask("overview").await?;
    let operations: Value =
        operator.call(chaos_kitty_bus::Request::new("status"), std::time::Duration::from_secs(10)).await?;
    if arguments.json {
        output::json(&Status { host, operations });
        return Ok(ExitCode::SUCCESS);
    }
    let state = match (host.paused, host.dry_run) {
        (true, _) if host.held_by == [Holder::Experiment] => "paused, held by the experiment",
        (true, _) => "paused",
        (false, true) => "dry run: decides, and strikes nobody",
        (false, false) => "striking",
    };
    output::say!("chaos-kitty {} (pid {}) at {}: {state}", host.version, host.pid, host.socket.display());
    output::say!(
        "run {}, seed {}, up {}, {}, {}, {} under way",
        host.run,
        host.seed,
        output::time(host.uptime),
        output::count(host.victims, "victim"),
        output::count(host.decisions, "decision"),
        output::count(host.active, "effect")
    );
    if let Some(journal) = &host.journal {
        let (file, records) = (journal.file.display(), output::count(journal.records, "record"));
        output::say!("journal {file}, {records}");
        if let Some(why) = &journal.ailment {
            let waiting = output::count(journal.waiting, "record");
            output::say!("{why}; no chaos begins until then, {waiting} kept for it");
        }
        output::say!("");
    }
    let rows = operations.as_array().unwrap_or_default().iter().flat_map(|operation| {
        operation
            .as_map()
            .unwrap_or_default()
            .iter()
            .map(|(name, status)| [name.as_str().unwrap_or("?").to_owned(), output::entries(status)])
    });
    output::line(output::table(["operation", "status"], rows, "no operations run on this host"));
    if !host.limits.is_empty() {
        let rows = host.limits.iter().map(limit);
        output::say!("\n{}", output::table(["limits in", "rule", "limit", "now"], rows, ""));
    }
    Ok(ExitCode::SUCCESS)
}

/// A limit as a row: `[limits]`, `victims_at_once`, `30%, that is 3`, `2`.
fn limit(one: &ListedLimit) -> [String; 4] {
    let ListedLimit { table, rule, limit, bound, now, full } = one;
    let limit = match bound {
        Some(bound) if limit.contains('%') => format!("{limit}, that is {bound}"),
        _ => limit.clone(),
    };
    let now = match (rule, now) {
        (Rule::Hours, _) => if *full { "closed" } else { "open" }.to_owned(),
        (Rule::Protected | Rule::NotOptedIn, Some(now)) => {
            format!("keeps chaos off {}", output::count(*now, "victim"))
        }
        (Rule::HealthyVictims, Some(now)) if *now < bound.unwrap_or_default() => format!("{now}, too few"),
        (_, Some(now)) if *full => format!("{now}, and no more"),
        (_, now) => now.map_or_else(String::new, |now| now.to_string()),
    };
    [table.clone(), rule.to_string(), limit, now]
}
