//! A calendar at work: whether it is open now.

use crate::configuration::Calendar;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// A calendar, with what it said last. That holds until the minute is over: hours begin and end with one, and so do the
/// changes of every zone's clocks.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) calendar: Calendar,
    zone: TimeZone,
    /// The minute since the Unix epoch, and whether it was open in it.
    last: Option<(u64, bool)>,
}

impl Opening {
    /// `zone` is where the calendar names none.
    pub(super) fn of(calendar: Calendar, zone: &TimeZone) -> Self {
        let zone = calendar.zone.clone().unwrap_or_else(|| zone.clone());
        Self { calendar, zone, last: None }
    }

    /// Whether it is open; `wall` is the time since the Unix epoch.
    pub(super) fn is_open(&mut self, wall: Duration) -> bool {
        let minute = wall.as_secs() / 60;
        match self.last {
            Some((last, is_open)) if last == minute => is_open,
            _ => {
                let is_open = self.clocks(wall).is_some_and(|clocks| self.calendar.is_open(clocks));
                self.last = Some((minute, is_open));
                is_open
            }
        }
    }

    /// What its clocks show, and when it opens next, for people.
    pub(super) fn told(&self, wall: Duration) -> (String, String) {
        let shown = |clocks: Option<DateTime>| {
            clocks
                .map_or_else(|| "never".to_owned(), |clocks| clocks.strftime("%a %Y-%m-%d %H:%M").to_string())
        };
        let now = self.clocks(wall);
        (shown(now), shown(now.and_then(|now| self.calendar.next_opening(now))))
    }

    /// The zone's name.
    pub(super) fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("the system's time zone")
    }

    fn clocks(&self, wall: Duration) -> Option<DateTime> {
        let wall = SignedDuration::try_from(wall).ok()?;
        Some(self.zone.to_datetime(Timestamp::from_duration(wall).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::calendar;

    fn berlin(hours: &str) -> Opening {
        Opening::of(calendar(&[], &[hours]), &TimeZone::get("Europe/Berlin").unwrap())
    }

    fn utc(text: &str) -> Duration {
        let time: Timestamp = format!("2026-{text}Z").parse().unwrap();
        Duration::from_secs(time.as_second().unsigned_abs())
    }

    #[test]
    fn it_is_open_by_the_clocks_of_its_zone_and_to_the_minute() {
        let mut opening = berlin("09:00-17:00");
        let at = ["11-26T07:59:59", "11-26T08:00:00", "11-26T15:59:59", "11-26T16:00:00"];
        assert_eq!(at.map(|at| opening.is_open(utc(at))), [false, true, true, false]);
        assert!(opening.is_open(utc("11-26T15:59:59")), "also when the clock was set back");
        let (now, next) = opening.told(utc("11-26T18:20:00"));
        assert_eq!((now.as_str(), next.as_str()), ("Thu 2026-11-26 19:20", "Fri 2026-11-27 09:00"));
    }

    #[test]
    fn an_hour_that_a_zone_leaves_out_is_not_there_and_one_that_it_has_twice_is_open_twice() {
        let mut opening = berlin("02:00-03:00");
        // From 02:00 to 03:00 on this day, at 01:00 UTC.
        let spring = ["03-29T00:59:59", "03-29T01:00:00", "03-29T01:59:59"];
        assert_eq!(spring.map(|at| opening.is_open(utc(at))), [false, false, false]);
        // From 03:00 back to 02:00, at 01:00 UTC.
        let autumn = [
            "10-24T23:59:59",
            "10-25T00:00:00",
            "10-25T00:59:59",
            "10-25T01:00:00",
            "10-25T01:59:59",
            "10-25T02:00:00",
        ];
        assert_eq!(autumn.map(|at| opening.is_open(utc(at))), [false, true, true, true, true, false]);
    }
}
