//! What a host complains of, a line each.

use chaos_kitty_tests::{Host, Json};
use wildmatch::WildMatch;

/// What a log warns of, with the instance that it is about; what the gate writes down is not for worry.
pub(crate) fn complaints(lines: &[Json]) -> Vec<String> {
    let worrying = |line: &&Json| {
        let level = line["level"].as_str().unwrap_or("a page that is no line of a log");
        !matches!(level, "INFO" | "DEBUG" | "TRACE") && line["target"] != "gate"
    };
    let text = |line: &Json| match (line["instance"].as_str(), line["message"].as_str()) {
        (Some(instance), Some(message)) => format!("{instance}: {message}"),
        (None, Some(message)) => message.to_owned(),
        (_, None) => line.to_string(),
    };
    lines.iter().filter(worrying).map(text).collect()
}

/// Holds lines against the ones that should be there, in any order, wherein `*` stands for paths and numbers.
#[track_caller]
pub(crate) fn assert_lines(lines: &[String], wanted: &[&str]) {
    let mut left = lines.to_vec();
    for wanted in wanted {
        let same = left.iter().position(|line| WildMatch::new(wanted).matches(line));
        left.remove(same.unwrap_or_else(|| panic!("wanted {wanted:?}, and there is {lines:#?}")));
    }
    assert!(left.is_empty(), "nobody wanted {left:#?} besides {wanted:#?}");
    assert!(lines.iter().all(|line| line.len() < 800 && !line.contains('\n')), "a page: {lines:#?}");
}

/// Waits for a complaint like this.
#[track_caller]
pub(crate) fn wait_for(host: &Host, wanted: &str) {
    host.wait(wanted, |line| {
        complaints(std::slice::from_ref(line)).iter().any(|line| WildMatch::new(wanted).matches(line))
    });
}
