//! What an experiment's tables hold: times and counts.

use crate::configuration::Section;
use crate::units;
use chaos_kitty_bus::Value;
use std::time::Duration;
use toml_edit::Item;

/// The longest time, in hours: what is longer is a slip, and no clock adds up what has no end.
const MOST_HOURS: u64 = 24;

/// A time of at least this much, and of a day at most.
pub(super) fn time(section: &Section<'_>, key: &'static str, least: Duration) -> Option<Duration> {
    let expected = match least.as_millis() {
        0 => format!("a time from 0 to {MOST_HOURS} h, such as 2, \"500ms\", \"1m\""),
        least => format!("a time from {least} ms to {MOST_HOURS} h, such as 2, \"500ms\", \"1m\""),
    };
    let most = Duration::from_secs(MOST_HOURS * 3600);
    section.get(key, &expected, |item| seconds(item).filter(|time| (least..=most).contains(time)))
}

/// A whole number of at least this much.
pub(super) fn number(section: &Section<'_>, key: &'static str, least: u32) -> Option<u32> {
    section.get(key, &format!("a whole number from {least}"), |item| {
        item.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|number| *number >= least)
    })
}

fn seconds(item: &Item) -> Option<Duration> {
    let value = match (item.as_integer(), item.as_float(), item.as_str()) {
        (Some(number), _, _) => Value::Int(number),
        (_, Some(number), _) => Value::Float(number),
        (_, _, Some(text)) => Value::from(text),
        _ => return None,
    };
    Duration::try_from_secs_f64(units::seconds(&value).ok()?.as_f64()?).ok()
}
