//! The picture of an experiment: strikes above, each probe's latency below, on one axis of time.

use super::scale::{Scale, round_up};
use super::words::{entries, milliseconds, seconds, shortened};
use super::{ProbeReport, Report, Span};
use crate::experiment::{Phase, Strike};
use maud::{Markup, html};

const WIDTH: f64 = 1000.0;
/// Where the names end, and the picture begins.
const LEFT: f64 = 190.0;
const RIGHT: f64 = 940.0;
/// The line of the phases' names.
const TOP: f64 = 24.0;
const LANE: f64 = 20.0;
const PANEL: f64 = 88.0;
const GAP: f64 = 14.0;
/// Names are cut to so many characters beside the picture, and whole where one points at them.
const NAME: usize = 27;
/// The most lanes. With more of them a victim has none of its own, and then an instance.
const LANES: usize = 24;
/// From so many questions on a probe's are a line, and only its failures are points.
const POINTS: usize = 600;
/// The narrowest bar that is still seen.
const NARROWEST: f64 = 2.5;

/// The strikes that share a line.
struct Lane<'a> {
    name: String,
    strikes: Vec<&'a Strike>,
}

pub(super) fn draw(report: &Report) -> Markup {
    let Some((time, phases)) = axis(report) else {
        return html! { p.quiet { "There is nothing to be drawn: it did not come to the first question." } };
    };
    let lanes = lanes(&report.strikes);
    // Of chaos.
    let end = report.phase(Phase::After).map(|span| span.from);
    let lanes_end = TOP + GAP + LANE * lanes.len().max(1) as f64;
    let bottom = lanes_end + (PANEL + GAP) * report.probes.len() as f64 + GAP;
    let panel_top = |number: usize| lanes_end + GAP + (PANEL + GAP) * number as f64;
    html! {
        svg.timeline viewBox=(format!("0 0 {WIDTH} {}", bottom + 34.0)) role="img" aria-label="timeline" {
            @for span in &phases { (phase(span, &time, bottom)) }
            @for mark in time.marks(8.0) {
                @let x = at(time.place(mark));
                line.grid x1=(x) x2=(x) y1=(at(TOP)) y2=(at(bottom)) {}
                text.mark x=(x) y=(at(bottom + 14.0)) text-anchor="middle" { (round(mark)) }
            }
            text.mark x=(at(RIGHT)) y=(at(bottom + 29.0)) text-anchor="end" { "seconds since the run began" }
            @if lanes.is_empty() {
                text.name x="8" y=(at(TOP + GAP + 12.0)) { "no strikes" }
            }
            @for (number, lane) in lanes.iter().enumerate() {
                (self::lane(lane, TOP + GAP + LANE * number as f64, &time))
            }
            @for (number, probe) in report.probes.iter().enumerate() {
                (panel(probe, panel_top(number), &time, end))
            }
        }
    }
}

/// The axis of time, from the first question to the end, and the phases on it.
fn axis(report: &Report) -> Option<(Scale, Vec<Span>)> {
    let phases: Vec<Span> =
        report.phases.iter().filter(|span| span.phase != Phase::Gathering).copied().collect();
    let (first, last) = (phases.first()?, phases.last()?);
    Some((Scale { from: first.from, to: last.to, start: LEFT, end: RIGHT }, phases))
}

fn phase(span: &Span, time: &Scale, bottom: f64) -> Markup {
    let (from, to) = (time.place(span.from), time.place(span.to));
    let name = span.phase.to_string();
    let has_room = to - from > 8.0 * name.len() as f64;
    html! {
        rect class=(format!("phase {name}")) x=(at(from)) y="4" width=(at(to - from)) height=(at(bottom - 4.0)) {
            title { (name) ": " (seconds(span.to - span.from)) }
        }
        @if has_room {
            text.phase-name x=(at(f64::midpoint(from, to))) y="19" text-anchor="middle" { (name) }
        }
    }
}

/// By victim and instance, as long as there are few; else by instance; else what is left over shares one.
fn lanes(strikes: &[Strike]) -> Vec<Lane<'_>> {
    let by_both = gathered(strikes, |strike| format!("{} · {}", strike.victim, strike.origin));
    if by_both.len() <= LANES {
        return by_both;
    }
    let mut by_instance = gathered(strikes, |strike| strike.origin.clone());
    if by_instance.len() > LANES {
        let rest = by_instance.split_off(LANES - 1);
        let name = format!("{} others", rest.len());
        by_instance.push(Lane { name, strikes: rest.into_iter().flat_map(|lane| lane.strikes).collect() });
    }
    by_instance
}

fn gathered(strikes: &[Strike], key: impl Fn(&Strike) -> String) -> Vec<Lane<'_>> {
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for strike in strikes {
        let name = key(strike);
        let index = *known.entry(name.clone()).or_insert(lanes.len());
        if index == lanes.len() {
            lanes.push(Lane { name, strikes: Vec::new() });
        }
        lanes[index].strikes.push(strike);
    }
    lanes.sort_by(|one, other| one.name.cmp(&other.name));
    lanes
}

fn lane(lane: &Lane<'_>, top: f64, time: &Scale) -> Markup {
    html! {
        (name(&lane.name, top + 13.0))
        line.lane x1=(at(LEFT)) x2=(at(RIGHT)) y1=(at(top + 9.0)) y2=(at(top + 9.0)) {}
        @for strike in &lane.strikes {
            @let (from, to) = (time.place(strike.at), time.place(strike.ended.unwrap_or(time.to)));
            @let width = (to - from).max(NARROWEST);
            rect class=(format!("strike {}", came_to(strike))) x=(at(from.min(RIGHT - width))) y=(at(top + 3.0))
                width=(at(width)) height="12" rx="1.5" {
                title { (told(strike)) }
            }
        }
    }
}

/// What a strike came to: the name of its colour.
pub(super) fn came_to(strike: &Strike) -> String {
    match strike.verdict {
        _ if strike.dry_run => "dry-run".to_owned(),
        Some(verdict) => verdict.to_string(),
        None => "unknown".to_owned(),
    }
}

fn told(strike: &Strike) -> String {
    let Strike { strike: number, origin, victim, method, asked, .. } = strike;
    let asked = entries(asked);
    let mut text = format!("strike {number}: {origin} → {victim}: {method} {asked}\n{}", came_to(strike));
    if let Some(ended) = strike.ended {
        text += &format!(", at {} for {}", seconds(strike.at), seconds(ended - strike.at));
    }
    if let Some(error) = &strike.error {
        text += &format!("\n{error}");
    }
    text
}

fn panel(probe: &ProbeReport, top: f64, time: &Scale, end: Option<f64>) -> Markup {
    let answered = || probe.sightings.iter().filter(|sighting| sighting.failure.is_none());
    let failed = || probe.sightings.iter().filter(|sighting| sighting.failure.is_some());
    let slowest = answered().map(|sighting| sighting.latency).chain(probe.latency).fold(0.001, f64::max);
    // Failures have a line of their own above the answers.
    let latency = Scale { from: 0.0, to: round_up(slowest), start: top + PANEL, end: top + 18.0 };
    let point = |sighting: &crate::experiment::Sighting| {
        (time.place(sighting.answered()), latency.place(sighting.latency))
    };
    let lines = unbroken(probe);
    let is_few = probe.sightings.len() <= POINTS;
    html! {
        rect.panel x=(at(LEFT)) y=(at(top)) width=(at(RIGHT - LEFT)) height=(at(PANEL)) {}
        (name(&probe.name, top + 14.0))
        text.detail x="8" y=(at(top + 30.0)) {
            (shortened(&probe.question, 30)) title { (probe.question) }
        }
        @for value in [0.0, latency.to] {
            @let y = latency.place(value);
            line.grid x1=(at(LEFT)) x2=(at(RIGHT)) y1=(at(y)) y2=(at(y)) {}
            text.mark x=(at(RIGHT + 6.0)) y=(at(y + 4.0)) { (milliseconds(value)) }
        }
        @if let Some(most) = probe.latency {
            @let y = at(latency.place(most));
            line.most x1=(at(LEFT)) x2=(at(RIGHT)) y1=(y) y2=(y) {
                title { "slower than " (milliseconds(most)) " is a failure" }
            }
        }
        @for line in &lines {
            @let points: Vec<String> = line.iter().map(|sighting| {
                let (x, y) = point(sighting);
                format!("{},{}", at(x), at(y))
            }).collect();
            polyline.latency points=(points.join(" ")) {}
        }
        @if is_few {
            @for sighting in answered() {
                @let (x, y) = point(sighting);
                circle.answer cx=(at(x)) cy=(at(y)) r="2.2" {
                    title { "at " (seconds(sighting.at)) ": " (milliseconds(sighting.latency)) }
                }
            }
        }
        @if let (Some(end), Some(after)) = (end, probe.recovered_after) {
            @let x = at(time.place(end + after));
            path.back d=(format!("M{x} {}v{}m0 -{}l7 4l-7 4", at(top + 1.0), at(PANEL - 1.0), at(PANEL - 1.0))) {
                title { "held again after " (seconds(after)) }
            }
        }
        @for sighting in failed() {
            @let (x, y) = (time.place(sighting.at), top + 9.0);
            path.failure d=(format!("M{} {}l7 7m0 -7l-7 7", at(x - 3.5), at(y - 3.5))) {
                title { "at " (seconds(sighting.at)) ": " (sighting.failure.as_deref().unwrap_or_default()) }
            }
        }
    }
}

/// The answers in a row: a failure interrupts the line.
fn unbroken(probe: &ProbeReport) -> Vec<Vec<&crate::experiment::Sighting>> {
    let rows = probe.sightings.split(|sighting| sighting.failure.is_some());
    rows.filter(|row| row.len() > 1).map(|row| row.iter().collect()).collect()
}

/// A name beside the picture.
fn name(name: &str, y: f64) -> Markup {
    html! { text.name x="8" y=(at(y)) { (shortened(name, NAME)) title { (name) } } }
}

/// A place: a tenth of a pixel is enough.
fn at(place: f64) -> String {
    format!("{place:.1}")
}

/// A mark without the digits that only computers see.
fn round(mark: f64) -> f64 {
    (mark * 1e6).round() / 1e6
}
