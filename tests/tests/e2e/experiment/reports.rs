//! What remains of an experiment is readable by those who read it: a program, a CI system, a person.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::SHORT;
use super::stage::{Done, Stage};

/// The elements of a name, with their attributes; the whole text is read, and so it is well-formed.
fn elements(xml: &str, name: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    let attributes = |tag: &BytesStart<'_>| {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let pairs = tag.attributes().map(Result::unwrap);
        pairs.map(|pair| (text(pair.key.as_ref()), text(&pair.value))).collect::<Vec<_>>()
    };
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}")) {
            Event::Eof => return found,
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == name.as_bytes() => {
                found.push(attributes(&tag));
            }
            _ => {}
        }
    }
}

fn attribute<'a>(element: &'a [(String, String)], name: &str) -> &'a str {
    &element.iter().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no {name}: {element:?}")).1
}

fn is_self_contained(done: &Done) {
    // What is shown as text may name other places; nothing is loaded from them.
    for forbidden in ["<script", "<link", "<img", "src=", "href=", "@import", "url("] {
        assert!(!done.page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn a_good_run_has_its_strikes_in_the_picture_and_all_its_cases_passed() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let done = stage.run(&stage.file("duration = \"1s\"", "", SHORT), &[]);
    done.came_to("held");
    let bars = done.page.matches("<rect class=\"strike ").count();
    assert_eq!(bars, done.strikes().len() + 5, "one for each strike, and five in the legend");
    assert!(done.page.contains("The hypothesis held") && done.page.contains("web · hairball"));
    is_self_contained(&done);
    let cases = elements(&done.xml, "testcase");
    let names: Vec<_> =
        cases.iter().map(|case| (attribute(case, "classname"), attribute(case, "name"))).collect();
    let expected = [
        ("The site.before", "site"),
        ("The site.during", "site"),
        ("The site.during", "there was an effect"),
        ("The site.during", "everything was put back"),
        ("The site.after", "site"),
    ];
    assert_eq!(names, expected);
    assert_eq!(elements(&done.xml, "failure").len(), 0);
    let suite = &elements(&done.xml, "testsuite")[0];
    assert_eq!(["tests", "failures", "skipped"].map(|name| attribute(suite, name)), ["5", "0", "0"]);
}

#[test]
fn a_bad_run_says_which_probe_failed_when_and_why() {
    let stage = Stage::new();
    let _web = stage.nest.victim("web").start();
    let running = stage.begin(&stage.file("duration = \"10m\"\nrecovery = 0", "", SHORT), &[]);
    running.enters("during");
    stage.site.answers(503);
    let done = running.done();
    done.came_to("refuted");
    let failures = elements(&done.xml, "failure");
    let messages: Vec<_> = failures.iter().map(|failure| attribute(failure, "message")).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages[0].starts_with("it answered 503") && messages[1].contains("did not hold again"),
        "{messages:?}"
    );
    let failed = done.report["probes"][0]["sightings"].as_array().unwrap();
    let failed = failed.iter().filter(|sighting| !sighting["failure"].is_null()).count();
    assert_eq!(done.page.matches("<path class=\"failure\"").count(), failed + 1, "and one in the legend");
    assert!(done.page.contains("The hypothesis is refuted"));
    is_self_contained(&done);
}
