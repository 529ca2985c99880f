//! The report as JUnit's XML, which every CI system reads: a case for each probe in each phase, one for the effect,
//! and one for its end.

use super::{ProbeReport, Report};
use crate::experiment::{Phase, Verdict};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Cursor};

/// One test, as CI shows it.
struct Case {
    phase: Phase,
    name: String,
    seconds: f64,
    end: End,
}

/// How it ended.
enum End {
    Passed,
    /// Why, in a line and at length.
    Failed(String),
    Skipped(String),
}

pub(super) fn write(report: &Report) -> io::Result<Vec<u8>> {
    let cases = cases(report);
    let count = |is: fn(&End) -> bool| cases.iter().filter(|case| is(&case.end)).count().to_string();
    let (tests, failures) = (cases.len().to_string(), count(|end| matches!(end, End::Failed(_))));
    let skipped = count(|end| matches!(end, End::Skipped(_)));
    let seconds = format!("{:.3}", report.phases.last().map_or(0.0, |span| span.to));
    let title = clean(&report.title);
    let mut writer = Writer::new_with_indent(Cursor::new(Vec::new()), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let totals = [
        ("name", &*title),
        ("tests", &*tests),
        ("failures", &*failures),
        ("errors", "0"),
        ("skipped", &*skipped),
        ("time", &*seconds),
    ];
    writer.create_element("testsuites").with_attributes(totals).write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attributes(totals);
        suite.with_attribute(("timestamp", &*report.started)).write_inner_content(|writer| {
            writer.create_element("properties").write_inner_content(|writer| {
                for (name, value) in [
                    ("verdict", report.verdict.to_string()),
                    ("why", clean(&report.why)),
                    ("hypothesis", clean(&report.hypothesis)),
                    ("run", report.run.clone()),
                    ("seed", report.seed.to_string()),
                ] {
                    let property = writer.create_element("property");
                    property.with_attributes([("name", name), ("value", &*value)]).write_empty()?;
                }
                Ok(())
            })?;
            cases.iter().try_for_each(|case| case.write(writer, &title))
        })?;
        Ok(())
    })?;
    let mut text = writer.into_inner().into_inner();
    text.push(b'\n');
    Ok(text)
}

impl Case {
    fn write(&self, writer: &mut Writer<Cursor<Vec<u8>>>, title: &str) -> io::Result<()> {
        let (class, seconds) = (format!("{title}.{}", self.phase), format!("{:.3}", self.seconds));
        let case = writer.create_element("testcase");
        let name = clean(&self.name);
        let case = case.with_attributes([("classname", &*class), ("name", &*name), ("time", &*seconds)]);
        match &self.end {
            End::Passed => case.write_empty()?,
            End::Failed(why) => case.write_inner_content(|writer| {
                let why = clean(why);
                let failure = writer.create_element("failure").with_attribute(("message", &*why));
                failure.write_text_content(BytesText::new(&why)).map(drop)
            })?,
            End::Skipped(why) => case.write_inner_content(|writer| {
                writer
                    .create_element("skipped")
                    .with_attribute(("message", &*clean(why)))
                    .write_empty()
                    .map(drop)
            })?,
        };
        Ok(())
    }
}

fn cases(report: &Report) -> Vec<Case> {
    let mut cases = Vec::new();
    for phase in Phase::PROBED {
        let seconds = report.phase(phase).map_or(0.0, |span| span.to - span.from);
        for probe in &report.probes {
            let end = end(report, probe, phase);
            cases.push(Case { phase, name: probe.name.clone(), seconds, end });
        }
        if phase == Phase::During {
            let end = match report.verdict {
                Verdict::NoEffect => End::Failed(report.why.clone()),
                _ if report.phase(phase).is_none() => End::Skipped(skipped(report)),
                _ => End::Passed,
            };
            cases.push(Case { phase, name: "there was an effect".to_owned(), seconds, end });
            let end = match report.unquiet {
                true => End::Failed(
                    "some effect had not ended when chaos was over: it ends on its lease".to_owned(),
                ),
                false if report.phase(phase).is_none() => End::Skipped(skipped(report)),
                false => End::Passed,
            };
            cases.push(Case { phase, name: "everything was put back".to_owned(), seconds, end });
        }
    }
    cases
}

fn end(report: &Report, probe: &ProbeReport, phase: Phase) -> End {
    let Some(seen) = probe.phases.get(&phase) else { return End::Skipped(skipped(report)) };
    if let Some(why) = &seen.failing
        && phase != Phase::After
    {
        return End::Failed(format!("{why} ({} of {} questions failed)", seen.failed, seen.asked));
    }
    let is_cut = report.interrupted.is_some() && report.phases.last().is_some_and(|last| last.phase == phase);
    match phase {
        _ if is_cut => End::Skipped(skipped(report)),
        Phase::After if probe.recovered_after.is_none() => {
            let last = probe.sightings.iter().rev().find_map(|sighting| sighting.failure.as_deref());
            let last = last.unwrap_or("it was not asked often enough");
            End::Failed(format!("it did not hold again within {} s: {last}", report.recovery))
        }
        Phase::Before if report.verdict == Verdict::Unsteady && seen.asked < probe.steady => {
            End::Skipped(skipped(report))
        }
        Phase::During if report.verdict == Verdict::Unasked && probe.asked_under_chaos == 0 => {
            End::Failed("it was not asked once between the first strike and the end of chaos".to_owned())
        }
        Phase::During if report.verdict != Verdict::NoEffect && probe.asked_under_chaos == 0 => {
            End::Skipped("it was not asked under chaos".to_owned())
        }
        _ if seen.asked == 0 => End::Skipped("it was not asked in this phase".to_owned()),
        _ => End::Passed,
    }
}

fn skipped(report: &Report) -> String {
    format!("it did not come to that: {}: {}", report.verdict, report.why)
}

/// XML has no place for control characters, not even escaped.
fn clean(text: &str) -> String {
    let is_allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r') || c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }).collect()
}
