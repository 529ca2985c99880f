//! Moments: how people write them, and how they are shown to them, in the time zone of the machine.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::time::Duration;

/// What a moment may be written as, for a message.
pub(super) const FORMS: &str = "`2026-11-26`, `2026-11-26T18:30`, RFC 3339, how long ago (`90s`, `10m`, `2h`, `3d`), or since the run's start (`+12.5`)";

/// A moment, as somebody names it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moment {
    /// Seconds since the Unix epoch.
    At(f64),
    /// Seconds since the start of a run.
    Offset(f64),
}

impl Moment {
    /// Reads one; `now` is the wall clock's time, since the Unix epoch.
    pub(super) fn parse(text: &str, now: Duration) -> Option<Self> {
        let zone = TimeZone::system();
        if let Some(offset) = text.strip_prefix('+') {
            return span(offset)
                .or_else(|| offset.parse().ok())
                .filter(|offset| *offset >= 0.0)
                .map(Self::Offset);
        }
        let local = |time: DateTime| Some(zone.to_timestamp(time).ok()?.as_duration().as_secs_f64());
        let parsed = text.parse::<Timestamp>().ok().map(|at| at.as_duration().as_secs_f64());
        parsed
            .or_else(|| is_long(text).then(|| text.parse::<DateTime>().ok()).flatten().and_then(local))
            .or_else(|| text.parse::<Date>().ok().and_then(|date| local(date.at(0, 0, 0, 0))))
            .or_else(|| span(text).map(|ago| now.as_secs_f64() - ago))
            .map(Self::At)
    }

    /// Whether something at this time, and at this offset of its run, is no earlier.
    pub(super) fn is_reached(&self, at: f64, offset: f64) -> bool {
        match self {
            Self::At(moment) => at >= *moment,
            Self::Offset(moment) => offset >= *moment,
        }
    }
}

/// Whether a date has a time of the day too.
fn is_long(text: &str) -> bool {
    text.contains(['T', 't', ' '])
}

/// Seconds, from a number with a unit.
fn span(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e-3), ("min", 60.0), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)];
    let (number, unit) =
        UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    number
        .trim_end()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
        .map(|number| number * unit)
}

/// A time in seconds since the Unix epoch, to the millisecond and with the zone's offset: RFC 3339.
pub(super) fn moment(at: f64) -> String {
    shown(at, "%Y-%m-%dT%H:%M:%S%.3f%:z")
}

/// The hour that a time is in.
pub(super) fn hour(at: f64) -> String {
    shown(at, "%Y-%m-%dT%H:00%:z")
}

fn shown(at: f64, form: &str) -> String {
    let timestamp = Timestamp::from_microsecond((at * 1e6) as i64).unwrap_or_default();
    timestamp.to_zoned_datetime(TimeZone::system()).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<f64> {
        match Moment::parse(text, Duration::from_secs(1_000_000)) {
            Some(Moment::At(at)) => Some(at),
            _ => None,
        }
    }

    #[test]
    fn moments_are_read_in_every_form() {
        assert_eq!(at("1970-01-02T00:00:00Z"), Some(86400.0));
        assert_eq!(at("1970-01-01T01:00:00.5+01:00"), Some(0.5));
        assert_eq!(at("10m"), Some(999_400.0));
        assert_eq!(at("1.5h"), Some(994_600.0));
        assert_eq!(at("3d"), Some(1_000_000.0 - 3.0 * 86400.0));
        let local = at("2026-11-26T18:30").unwrap();
        assert_eq!(local - at("2026-11-26").unwrap(), 18.5 * 3600.0);
        assert_eq!(at("2026-11-26 18:30"), Some(local));
        assert_eq!(moment(local)[..16], *"2026-11-26T18:30");
        assert_eq!(hour(local)[..16], *"2026-11-26T18:00");
        assert_eq!(Moment::parse("+12.5", Duration::ZERO), Some(Moment::Offset(12.5)));
        assert_eq!(Moment::parse("+2m", Duration::ZERO), Some(Moment::Offset(120.0)));
        for wrong in ["", "soon", "10", "-3h", "2026-13-01", "+", "+x", "nand", "18:30"] {
            assert_eq!(Moment::parse(wrong, Duration::ZERO), None, "{wrong}");
        }
    }
}
