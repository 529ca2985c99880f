use super::probed::Seen;
use super::*;
use crate::experiment::{Sighting, Tolerance, Vigil};
use crate::gate::{Rule, Verdict as Came};
use chaos_kitty_bus::Value;

/// An experiment of half a minute with so many probes and strikes.
pub(crate) fn report(verdict: Verdict, probes: usize, strikes: usize) -> Report {
    let spans = [
        (Phase::Gathering, 0.0, 1.5),
        (Phase::Before, 1.5, 5.0),
        (Phase::During, 5.0, 35.0),
        (Phase::After, 35.0, 41.0),
    ];
    let probes = (0..probes).map(|probe| {
        let sightings: Vec<Sighting> = (0..80u32)
            .map(|number| {
                let at = 1.5 + f64::from(number) / 2.0;
                let phase = if at < 5.0 {
                    Phase::Before
                } else if at < 35.0 {
                    Phase::During
                } else {
                    Phase::After
                };
                let is_slow = phase == Phase::During && (number + probe as u32) % 9 > 5;
                let fails = verdict == Verdict::Refuted && (60..66).contains(&number) && probe == 1;
                Sighting {
                    probe,
                    phase,
                    at,
                    latency: if fails {
                        1.0
                    } else if is_slow {
                        0.31
                    } else {
                        0.012 + f64::from(number % 5) / 1000.0
                    },
                    failure: fails.then(|| "no answer within 1 s <script>alert(1)</script> \u{7}".to_owned()),
                }
            })
            .collect();
        let mut phases = BTreeMap::new();
        for phase in Phase::PROBED {
            let mut vigil = Vigil::new(Tolerance::default());
            sightings.iter().filter(|one| one.phase == phase).for_each(|one| vigil.note(one));
            phases.insert(phase, Seen::of(&vigil, &sightings, phase));
        }
        ProbeReport {
            name: if probe == 2 {
                "a probe whose name is as long as somebody with much to say makes it".to_owned()
            } else {
                format!("probe-{probe}")
            },
            question: format!("http://127.0.0.1:8080/health?check=database&number={probe}"),
            interval: 0.5,
            timeout: 1.0,
            latency: (probe == 0).then_some(0.5),
            steady: 3,
            tolerance: Tolerance::default(),
            phases,
            asked_under_chaos: if verdict == Verdict::Unasked && probe == 0 { 0 } else { 60 },
            recovered_after: (verdict != Verdict::NotRecovered).then_some(0.43),
            sightings,
        }
    });
    let strikes: Vec<Strike> = (0..strikes)
        .map(|number| {
            let at = 5.0 + number as f64 * 29.0 / strikes as f64;
            let (operation, method) =
                [("hairball", "delay"), ("zoomies", "cpu_spin"), ("yowl", "raise_error")][number % 3];
            Strike {
                strike: number as u64 + 1,
                origin: format!("{operation}-{}", number % 2),
                operation: operation.to_owned(),
                victim: format!("web<{}>", number % 4),
                method: method.to_owned(),
                asked: Value::map([("duration", 0.8)]),
                at,
                ended: Some(at + 0.2 + (number % 7) as f64 / 5.0),
                dry_run: false,
                verdict: Some([Came::Effective, Came::Partial, Came::None, Came::Unknown][number % 5 % 4]),
                observed: Some(Value::map([("seconds_held", 0.81)])),
                seen: None,
                error: None,
            }
        })
        .collect();
    let mut operations: BTreeMap<String, Tally> = BTreeMap::new();
    strikes.iter().for_each(|strike| operations.entry(strike.operation.clone()).or_default().count(strike));
    Report {
        schema: SCHEMA,
        verdict,
        why: "every probe held under 12 strikes, and after".to_owned(),
        title: "Checkout survives slow & failing <payments>".to_owned(),
        hypothesis: "Customers can pay while the payment service is slow: \"p99\" stays below 500 ms.\u{1}"
            .to_owned(),
        file: "chaos/checkout.toml".into(),
        version: "0.1.0".to_owned(),
        run: "00c0ffee00c0ffee".to_owned(),
        seed: 42,
        dry_run: false,
        journal: None,
        interrupted: None,
        started: "2026-11-26T18:00:00Z".to_owned(),
        duration: 30.0,
        recovery: 30.0,
        phases: spans.map(|(phase, from, to)| Span { phase, from, to }).to_vec(),
        victims: (0..4).map(|number| format!("web<{number}>")).collect(),
        probes: probes.collect(),
        operations,
        strikes,
        refused: vec![Refused {
            origin: "hairball-1".to_owned(),
            rule: Rule::NotDeclared,
            count: 12,
            reason: "web does not offer delay".to_owned(),
        }],
        missed: 0,
        unquiet: false,
    }
}

#[test]
fn the_page_needs_nothing_but_itself_and_escapes_what_others_say() {
    let report = report(Verdict::Refuted, 3, 30);
    let page = page::write(&report);
    for forbidden in ["<script", " src=", "href=", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("slow &amp; failing &lt;payments&gt;") && page.contains("web&lt;3&gt;"));
    assert_eq!(
        page.matches("class=\"strike ").count(),
        30 + 5,
        "a bar for each strike, and five in the legend"
    );
    assert_eq!(page.matches("class=\"failure\"").count(), 6 + 1);
}

#[test]
fn any_report_can_be_drawn() {
    for (probes, strikes) in [(1, 0), (0, 1), (1, 500), (12, 3000)] {
        let mut report = report(Verdict::Held, probes, strikes);
        assert!(!page::write(&report).contains("NaN"));
        report.phases.truncate(1);
        assert!(page::write(&report).contains("nothing to be drawn"));
    }
}

#[test]
fn junit_has_a_case_for_each_probe_in_each_phase_one_for_the_effect_and_one_for_its_end() {
    for (verdict, failures) in [
        (Verdict::Held, 0),
        (Verdict::Refuted, 1),
        (Verdict::NotRecovered, 3),
        (Verdict::NoEffect, 1),
        (Verdict::Unasked, 1),
    ] {
        let xml = String::from_utf8(junit::write(&report(verdict, 3, 5)).unwrap()).unwrap();
        assert_eq!(xml.matches("<testcase ").count(), 3 * 3 + 2, "{xml}");
        assert_eq!(xml.matches("<failure ").count(), failures, "{verdict}: {xml}");
        assert!(
            xml.contains(&format!("tests=\"11\" failures=\"{failures}\" errors=\"0\" skipped=\"0\"")),
            "{xml}"
        );
        assert!(!xml.contains(['\u{1}', '\u{7}']));
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                    tag.attributes().for_each(|attribute| drop(attribute.unwrap()));
                }
                _ => {}
            }
        }
    }
}

#[test]
fn what_it_did_not_come_to_is_skipped() {
    let mut report = report(Verdict::NoVictims, 1, 0);
    report.phases.truncate(1);
    report.probes[0].phases.clear();
    report.probes[0].recovered_after = None;
    let xml = String::from_utf8(junit::write(&report).unwrap()).unwrap();
    assert_eq!(xml.matches("<skipped ").count(), 5, "{xml}");
}

#[test]
fn a_phase_in_which_a_probe_was_not_asked_is_no_passed_case() {
    for phase in Phase::PROBED {
        let mut report = report(Verdict::NoEffect, 1, 0);
        report.probes[0].phases.get_mut(&phase).unwrap().asked = 0;
        let xml = String::from_utf8(junit::write(&report).unwrap()).unwrap();
        assert_eq!(xml.matches("<skipped ").count(), 1, "{phase}: {xml}");
    }
}

#[test]
fn an_effect_that_had_not_ended_is_a_failed_case() {
    let report = Report { unquiet: true, ..report(Verdict::NotRecovered, 1, 5) };
    let xml = String::from_utf8(junit::write(&report).unwrap()).unwrap();
    let case = xml.split("<testcase ").find(|case| case.contains("everything was put back")).unwrap();
    assert!(case.contains("<failure "), "{xml}");
}

/// To look at it: `CHAOS_KITTY_PAGES=DIRECTORY cargo test -p chaos-kitty pages_to_look_at`.
#[test]
fn pages_to_look_at() {
    let Some(directory) = std::env::var_os("CHAOS_KITTY_PAGES") else { return };
    let directory = std::path::Path::new(&directory);
    for (name, verdict, probes, strikes) in [
        ("refuted", Verdict::Refuted, 3, 30),
        ("quiet", Verdict::NoEffect, 1, 0),
        ("busy", Verdict::Held, 2, 500),
        ("late", Verdict::NotRecovered, 6, 8),
    ] {
        std::fs::write(
            directory.join(format!("{name}.html")),
            page::write(&report(verdict, probes, strikes)),
        )
        .unwrap();
    }
}
