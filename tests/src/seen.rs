//! What a host saw of a hold.

use serde_json::Value as Json;

/// Holds it to what was observed: it saw as much, as closely as it says that it looked, or nothing, where that was between two looks.
#[track_caller]
pub fn is_seen(outcome: &Json) {
    let figure = |who: &str, key: &str| outcome[who][key].as_f64();
    let observed = figure("observed", "seconds_held").unwrap_or_else(|| panic!("{outcome}"));
    assert!(observed > 0.0, "it was stopped: {outcome}");
    let gap = figure("seen", "gap_seconds").unwrap_or_else(|| panic!("{outcome}"));
    match figure("seen", "seconds_held") {
        Some(seen) => {
            assert!(seen > 0.0, "that is no figure for what was not seen: {outcome}");
            assert!((seen - observed).abs() <= 2.0 * gap + 0.01, "{outcome}");
        }
        None => assert!(observed <= gap + 0.01, "it lasted, and is not seen: {outcome}"),
    }
}
