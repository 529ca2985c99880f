//! The report as one page, which needs nothing but itself: it can be mailed, printed, and kept.

use super::probed::Seen;
use super::timeline::{self, came_to};
use super::words::{entries, milliseconds, seconds, shortened};
use super::{ProbeReport, Report};
use crate::experiment::{Phase, Strike};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// From so many strikes on their table is folded.
const MANY: usize = 40;
/// The most rows; `report.json` has all of them.
const MOST: usize = 2000;

pub(super) fn write(report: &Report) -> String {
    let verdict = report.verdict;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (verdict) ": " (report.title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    span class=(format!("badge {verdict}")) { (verdict.headline()) }
                    h1 { (report.title) }
                    p.why { (report.why) }
                    p.hypothesis { (report.hypothesis) }
                    (warnings(report))
                }
                section {
                    h2 { "What happened when" }
                    div.wide { (timeline::draw(report)) }
                    (legend())
                }
                section { h2 { "Probes" } (probes(report)) }
                section { h2 { "Strikes" } (operations(report)) (strikes(report)) (refused(report)) }
                section { h2 { "The run" } (facts(report)) }
            }
        }
    };
    page.into_string()
}

fn warnings(report: &Report) -> Markup {
    html! {
        @if report.dry_run { p.bad { "This was a dry run: everything was decided, and nobody was struck." } }
        @if report.unquiet {
            p.bad { "Some effect had not ended when chaos was over: it ends on its lease. What came after may be its doing." }
        }
        @if report.missed > 0 {
            p.bad { (report.missed) " records came faster than they were read, and are missing here; the log has them." }
        }
    }
}

fn legend() -> Markup {
    let swatch = |class: &str, name: &str| {
        html! {
            span { svg viewBox="0 0 16 12" { rect class=(class) x="1" y="2" width="14" height="8" rx="1.5" {} } (name) }
        }
    };
    html! {
        div.legend {
            (swatch("strike effective", "strike, effective"))
            (swatch("strike partial", "partial"))
            (swatch("strike none", "none"))
            (swatch("strike unknown", "unknown"))
            (swatch("strike dry-run", "dry run"))
            span { svg viewBox="0 0 16 12" {
                polyline.latency points="0,9 8,4 16,7" {} circle.answer cx="8" cy="4" r="2.2" {}
            } "a probe's latency" }
            span { svg viewBox="0 0 16 12" { path.failure d="M4 2l8 8m0 -8l-8 8" {} } "a probe failed" }
            span { svg viewBox="0 0 16 12" { path.back d="M8 1v10m0 -10l6 3.5l-6 3.5" {} } "held again" }
        }
    }
}

fn probes(report: &Report) -> Markup {
    html! {
        div.wide { table {
            thead { tr {
                th { "probe" } th { "asks" } th { "bears" }
                th.number { "failed before" } th.number { "during" } th.number { "after" }
                th.number { "median" } th.number { "slowest" } th.number { "held again after" }
            } }
            tbody { @for probe in &report.probes { (row(report, probe)) } }
        } }
    }
}

fn row(report: &Report, probe: &ProbeReport) -> Markup {
    let during = probe.phases.get(&Phase::During).or_else(|| probe.phases.get(&Phase::Before));
    let latency = |of: fn(&Seen) -> Option<f64>| during.and_then(of).map_or("–".to_owned(), milliseconds);
    html! { tr {
        td.text { (probe.name) }
        td.asks { code { (probe.question) } }
        td.text { (probe.tolerance) }
        @for phase in Phase::PROBED {
            td.number { @match probe.phases.get(&phase) {
                None => { "–" }
                Some(seen) => { span.bad[seen.failed > 0] { (seen.failed) } " of " (seen.asked) }
            } }
        }
        td.number { (latency(|seen| seen.median)) }
        td.number { (latency(|seen| seen.slowest)) }
        td.number { @match probe.recovered_after {
            Some(after) => { span.well { (seconds(after)) } }
            None if report.phase(Phase::After).is_some() => { span.bad { "not within " (seconds(report.recovery)) } }
            None => { "–" }
        } }
    } }
}

fn operations(report: &Report) -> Markup {
    if report.operations.is_empty() {
        return html! { p.quiet { "Nobody was struck." } };
    }
    html! {
        div.wide { table {
            thead { tr {
                th { "operation" } th.number { "strikes" } th.number { "effective" } th.number { "partial" }
                th.number { "none" } th.number { "unknown" } th.number { "dry run" }
            } }
            tbody { @for (name, tally) in &report.operations { tr {
                td { (name) }
                @for count in [tally.strikes, tally.effective, tally.partial, tally.none, tally.unknown, tally.dry_run] {
                    td.number { (count) }
                }
            } } }
        } }
    }
}

fn strikes(report: &Report) -> Markup {
    let all = &report.strikes;
    let table = html! {
        div.wide { table {
            thead { tr {
                th.number { "no." } th.number { "at" } th { "by" } th { "victim" } th { "what" } th { "came to" }
                th.number { "took" } th { "observed" }
            } }
            tbody { @for strike in all.iter().take(MOST) { (struck(strike)) } }
        } }
        @if all.len() > MOST {
            p.quiet { "The first " (MOST) " of " (all.len()) ": report.json has all of them." }
        }
    };
    html! {
        @match all.len() {
            0 => {}
            1..MANY => { (table) }
            many => { details { summary { "All " (many) " strikes" } (table) } }
        }
    }
}

fn struck(strike: &Strike) -> Markup {
    html! { tr {
        td.number { (strike.strike) }
        td.number { (seconds(strike.at)) }
        td { (strike.origin) }
        td { (strike.victim) }
        td.text { (strike.method) " " span.quiet { (shortened(&entries(&strike.asked), 120)) } }
        td { (came_to(strike)) }
        td.number { (strike.ended.map_or("–".to_owned(), |ended| seconds(ended - strike.at))) }
        td.text { @match (&strike.error, &strike.observed) {
            (Some(error), _) => { span.bad { (shortened(error, 200)) } }
            (None, Some(observed)) => { (shortened(&entries(observed), 200)) }
            (None, None) => {}
        } }
    } }
}

fn refused(report: &Report) -> Markup {
    if report.refused.is_empty() {
        return html! {};
    }
    html! {
        h2 { "Refused" }
        div.wide { table {
            thead { tr { th { "by" } th { "rule" } th.number { "times" } th { "what was said first" } } }
            tbody { @for refused in &report.refused { tr {
                td { (refused.origin) }
                td { (refused.rule) }
                td.number { (refused.count) }
                td.text { (refused.reason) }
            } } }
        } }
    }
}

fn facts(report: &Report) -> Markup {
    let victims = match report.victims.len() {
        0 => "none".to_owned(),
        few @ 1..=12 => format!("{few}: {}", report.victims.join(", ")),
        many => format!("{many}: {}, …", report.victims[..12].join(", ")),
    };
    let fact = |name: &str, value: &str| html! { dt { (name) } dd { (value) } };
    html! { dl {
        (fact("started", &report.started))
        (fact("chaos", &format!("{} were asked for", seconds(report.duration))))
        (fact("victims", &victims))
        (fact("seed", &report.seed.to_string()))
        (fact("run", &report.run))
        @if let Some(journal) = &report.journal { (fact("journal", &journal.display().to_string())) }
        (fact("file", &report.file.display().to_string()))
        (fact("chaos-kitty", &report.version))
    } }
}
