//! Days and hours.

use chaos_kitty_tests::{Nest, wall};

use super::{done, host, listed, refused};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The day so many days from now, in UTC.
fn day(offset: u64) -> &'static str {
    // The epoch began on a Thursday.
    DAYS[((wall().as_secs() / 86_400 + 3 + 7 + offset) % 7) as usize]
}

/// From so many minutes from now until so many, in UTC; it may be over midnight.
fn hours(from: u64, to: u64) -> String {
    let time = |offset: u64| {
        let minute = (wall().as_secs() / 60 + offset) % 1440;
        format!("{:02}:{:02}", minute / 60, minute % 60)
    };
    format!("{}-{}", time(from), time(to))
}

/// So many minutes before now.
const fn before(minutes: u64) -> u64 {
    1440 - minutes
}

const SPIN: [&str; 3] = ["web", "cpu_spin", "duration=1ms"];

#[test]
fn it_strikes_in_its_hours_only() {
    for (window, is_open) in
        [(hours(before(60), 60), true), (hours(120, 180), false), (hours(180, before(60)), false)]
    {
        let nest = Nest::new();
        let host = host(&nest, &format!("[limits]\nhours = [\"{window}\"]\ntime_zone = \"UTC\"\n"));
        let web = nest.victim("web").idle().start();
        host.registered(web.pid());
        let operator = nest.operator();
        let shown = operator.run(&["status"]).text;
        if is_open {
            done(&operator, &SPIN);
            assert!(shown.contains(&format!("{window} (UTC)")) && shown.contains("open"), "{shown}");
        } else {
            let words = [
                &*format!("in UTC, and [limits] lets chaos strike {window} (`days`, `hours`): wait until "),
                "or widen them",
            ];
            refused(&host, &operator, &SPIN, "hours", &words);
            assert_eq!(listed(&operator, "hours")["full"], true);
            assert!(shown.contains("closed"), "{shown}");
        }
        host.stop();
    }
}

#[test]
fn it_strikes_on_its_days_only() {
    // Yesterday and tomorrow, for who begins just before midnight.
    let around = format!("[\"{}\", \"{}-{}\"]", day(6), day(0), day(1));
    for (days, is_open) in [(around, true), (format!("\"{}\"", day(3)), false)] {
        let nest = Nest::new();
        let host = host(&nest, &format!("[limits]\ndays = {days}\ntime_zone = \"UTC\"\n"));
        let web = nest.victim("web").idle().start();
        host.registered(web.pid());
        if is_open {
            done(&nest.operator(), &SPIN);
        } else {
            refused(&host, &nest.operator(), &SPIN, "hours", &[day(3)]);
        }
        host.stop();
    }
}
