//! How answers look: tables for people, JSON for programs.

use super::one_line::one_line;
use chaos_kitty_bus::Value;
use comfy_table::{ContentLineStyle, LineStyle, Table, TableStyle};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// A table without frames: columns, and a line under their names.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none());

/// A table with these columns; `none` is what stands there without rows.
pub(super) fn table<const N: usize>(
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    none: &str,
) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(columns.to_vec());
    table.add_rows(rows.into_iter().map(|row| row.to_vec()));
    if table.is_empty() { none.to_owned() } else { table.trim_fmt() }
}

/// Whether something was printed: of this process, which is one command.
static SAID: AtomicBool = AtomicBool::new(false);

/// Whether the command has printed something. Who was given an answer needs no other one.
pub(super) fn has_said() -> bool {
    SAID.load(Ordering::Relaxed)
}

/// Prints a line. A reader that went away (`| head`) is no reason to end in a panic, as `println!` does.
pub(super) fn line(text: impl Display) {
    SAID.store(true, Ordering::Relaxed);
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a line from a format, as `println!` does.
macro_rules! say {
    ($($argument:tt)*) => { $crate::command::output::line(format_args!($($argument)*)) };
}
pub(super) use say;

/// Prints a value as JSON, on several lines.
pub(super) fn json(value: &impl Serialize) {
    line(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Seconds as people say them: `0.512 s`, `3 min 4 s`, `2 h 5 min`.
pub(super) fn time(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0..=9 => format!("{seconds:.3} s"),
        10..=59 => format!("{seconds:.1} s"),
        60..=3599 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A number of things: `1 victim`, `2 victims`.
pub(super) fn count(number: impl TryInto<u64>, thing: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A map's entries in a line: `duration 0.5, hits 3`.
pub(super) fn entries(value: &Value) -> String {
    match value.as_map() {
        Some(entries) if !entries.is_empty() => entries
            .iter()
            .map(|(key, value)| format!("{} {}", plain(key), plain(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(_) => "nothing".to_owned(),
        None => plain(value),
    }
}

/// A value in a few characters. A victim's words may hold what a terminal obeys: that is shown, and not done.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Nil => "nothing".to_owned(),
        Value::String(text) => one_line(&format_args!("{text}")),
        Value::Symbol(name) => one_line(&format_args!("{name}")),
        Value::Float(number) => {
            let text = format!("{number:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Value::Array(values) if values.len() == 2 && values.iter().all(|value| value.as_f64().is_some()) => {
            format!("{} to {}", plain(&values[0]), plain(&values[1]))
        }
        Value::Exception(exception) => one_line(&format_args!("{exception}")),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_its_rows_under_its_columns() {
        let rows = [["1".to_owned(), "web".to_owned()]];
        let shown = table(["id", "name"], rows, "nobody");
        let lines: Vec<&str> = shown.lines().map(str::trim).collect();
        assert_eq!((lines[0], lines[2]), ("id   name", "1    web"), "{shown}");
        assert_eq!(table(["id"], [], "nobody"), "nobody");
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(time(0.5), "0.500 s");
        assert_eq!(time(184.0), "3 min 4 s");
        assert_eq!(time(7500.0), "2 h 5 min");
        assert_eq!(plain(&"boo\u{1b}[2J".into()), "boo\\u{1b}[2J");
        let value = Value::map([("delay_range", Value::from(vec![0.5, 5.0])), ("victims", Value::from(3))]);
        assert_eq!(entries(&value), "delay_range 0.5 to 5, victims 3");
    }
}
