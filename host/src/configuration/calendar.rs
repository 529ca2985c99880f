//! When chaos may strike: days and hours, by the clock on the wall of a time zone.

use super::section::Section;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use std::fmt;

const MINUTES_OF_A_DAY: u16 = 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days of the week, and hours of those days.
///
/// What counts is the time that the zone's clocks show: an hour that a zone has twice in autumn is open twice, and one
/// that it leaves out in spring is not there to be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Open, from Monday.
    days: [bool; 7],
    hours: Vec<Hours>,
    /// None: the system's.
    pub zone: Option<TimeZone>,
}

/// From one minute of a day to another, which is not in it any more. Where that is not later, it is of the day after:
/// the hours belong to the day on which they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hours {
    from: u16,
    to: u16,
}

impl Calendar {
    /// Whether it is open when the zone's clocks show this.
    pub fn is_open(&self, clocks: DateTime) -> bool {
        let minute = minute_of_the_day(clocks);
        let today = clocks.weekday();
        self.hours.iter().any(|hours| {
            let Hours { from, to } = *hours;
            if from < to {
                self.is_day(today) && (from..to).contains(&minute)
            } else {
                self.is_day(today) && minute >= from || self.is_day(today.previous()) && minute < to
            }
        })
    }

    /// When it begins to be open after this, as the zone's clocks show it; none behind the end of all calendars.
    pub fn next_opening(&self, clocks: DateTime) -> Option<DateTime> {
        let mut date = clocks.date();
        // Some day of the week is open: at the latest the same one a week later.
        for _ in 0..=7 {
            if self.is_day(date.weekday()) {
                let begins = self.hours.iter().map(|hours| at(date, hours.from));
                if let Some(next) = begins.filter(|begin| *begin > clocks).min() {
                    return Some(next);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn is_day(&self, day: Weekday) -> bool {
        self.days[day.to_monday_zero_offset() as usize]
    }

    /// None where neither days nor hours are given.
    pub(super) fn read(section: &Section<'_>, zone: Option<TimeZone>) -> Option<Self> {
        let days = section.texts_as("days", "a day or days such as \"mon\" or \"mon-fri\"", days);
        let hours = section.texts_as("hours", "hours such as \"09:00-17:00\" or \"22:00-06:00\"", hours);
        if days.is_none() && hours.is_none() {
            return None;
        }
        let mut open = [days.is_none(); 7];
        for day in days.into_iter().flatten().flatten() {
            open[day] = true;
        }
        let hours = hours.unwrap_or_else(|| vec![Hours { from: 0, to: MINUTES_OF_A_DAY }]);
        Some(Self { days: open, hours, zone })
    }
}

/// The zone of this name, such as `Europe/Berlin`.
pub(super) fn zone(section: &Section<'_>) -> Option<TimeZone> {
    section.get("time_zone", "a time zone's name such as \"Europe/Berlin\" or \"UTC\"", |item| {
        TimeZone::get(item.as_str()?).ok()
    })
}

/// The days of `mon`, `mon-fri` or `sat-mon`, from Monday, which is 0.
fn days(text: &str) -> Option<Vec<usize>> {
    let day = |text: &str| DAYS.iter().position(|day| day.eq_ignore_ascii_case(text.trim()));
    let (from, to) = match text.split_once('-') {
        None => (day(text)?, day(text)?),
        Some((from, to)) => (day(from)?, day(to)?),
    };
    let count = (to + 7 - from) % 7;
    Some((from..=from + count).map(|day| day % 7).collect())
}

fn hours(text: &str) -> Option<Hours> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < MINUTES_OF_A_DAY && from != to).then_some(Hours { from, to })
}

/// Minutes since midnight of a text such as `09:30`; `24:00` is the end of a day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let is_one = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_one { text.parse::<u16>().ok() } else { None }
    };
    let (hour, minute) = (number(hour)?, number(minute).filter(|_| minute.len() == 2)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= MINUTES_OF_A_DAY).then_some(minutes)
}

fn minute_of_the_day(clocks: DateTime) -> u16 {
    u16::from(clocks.hour().unsigned_abs()) * 60 + u16::from(clocks.minute().unsigned_abs())
}

fn at(date: jiff::civil::Date, minute: u16) -> DateTime {
    date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0)
}

impl serde::Serialize for Calendar {
    /// As people read it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != [true; 7] {
            let open = DAYS.iter().zip(self.days).filter(|(_, open)| *open).map(|(day, _)| *day);
            write!(out, "{} ", open.collect::<Vec<_>>().join(" "))?;
        }
        let hours: Vec<String> = self.hours.iter().map(ToString::to_string).collect();
        write!(out, "{}", hours.join(" "))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(out, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jiff::civil::date;

    /// A calendar for tests.
    pub(crate) fn calendar(open: &[&str], spans: &[&str]) -> Calendar {
        let mut open_days = [open.is_empty(); 7];
        open.iter().flat_map(|text| days(text).unwrap()).for_each(|day| open_days[day] = true);
        let spans = spans.iter().map(|text| hours(text).unwrap()).collect();
        Calendar { days: open_days, hours: spans, zone: None }
    }

    #[test]
    fn it_is_open_in_its_hours_on_its_days_and_not_a_minute_longer() {
        let calendar = calendar(&["mon-fri"], &["09:00-12:00", "13:00-17:00"]);
        // A Thursday.
        let at = |hour, minute| calendar.is_open(date(2026, 11, 26).at(hour, minute, 59, 0));
        assert_eq!(
            [at(8, 59), at(9, 0), at(11, 59), at(12, 0), at(13, 0), at(17, 0)],
            [false, true, true, false, true, false]
        );
        assert!(!calendar.is_open(date(2026, 11, 28).at(10, 0, 0, 0)), "a Saturday");
        let next =
            |day, hour| calendar.next_opening(date(2026, 11, day).at(hour, 0, 0, 0)).unwrap().to_string();
        assert_eq!(next(26, 12), "2026-11-26T13:00:00");
        assert_eq!(next(27, 17), "2026-11-30T09:00:00");
        assert_eq!(next(28, 9), "2026-11-30T09:00:00");
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
        let calendar = calendar(&["fri"], &["22:00-06:00"]);
        let at = |day, hour| calendar.is_open(date(2026, 11, day).at(hour, 0, 0, 0));
        assert_eq!(
            [at(27, 5), at(27, 22), at(28, 5), at(28, 6), at(28, 22)],
            [false, true, true, false, false]
        );
    }

    #[test]
    fn days_and_hours_are_read_as_people_write_them() {
        assert_eq!(days("Sat-mon").unwrap(), [5, 6, 0]);
        assert_eq!(days("wed").unwrap(), [2]);
        assert_eq!(days("mon-sun").unwrap().len(), 7);
        for text in ["", "monday", "mon-", "mon-fri-sun", "1"] {
            assert_eq!(days(text), None, "{text}");
        }
        assert_eq!(hours("9:00-24:00"), Some(Hours { from: 540, to: 1440 }));
        for text in [
            "",
            "9-17",
            "09:00",
            "09:00-09:00",
            "24:00-06:00",
            "09:60-10:00",
            "09:0-10:00",
            "-1:00-02:00",
            "09:00-24:01",
        ] {
            assert_eq!(hours(text), None, "{text}");
        }
        assert_eq!(calendar(&["sat-mon"], &["22:00-06:00"]).to_string(), "mon sat sun 22:00-06:00");
        assert_eq!(calendar(&[], &["09:00-24:00"]).to_string(), "09:00-24:00");
    }
}
