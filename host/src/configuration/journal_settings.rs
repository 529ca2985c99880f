//! The `[journal]` table.

use super::section::Section;
use crate::units;
use chaos_kitty_bus::Value;
use std::path::PathBuf;
use toml_edit::Item;

/// What the configuration says of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalSettings {
    /// The file; without one it is beside the socket.
    pub file: Option<PathBuf>,
    /// How many bytes a file takes before the next one begins.
    pub size: u64,
    /// How many files are kept, the one that is written among them.
    pub keep: usize,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { file: None, size: 64 << 20, keep: 10 }
    }
}

impl JournalSettings {
    pub(super) fn read(section: Section<'_>) -> Self {
        let default = Self::default();
        let settings = Self {
            file: section.string("file").map(PathBuf::from),
            size: section.get("size", "a size above 0, such as \"64MiB\"", bytes).unwrap_or(default.size),
            keep: section
                .get("keep", "a whole number from 2", |item| {
                    item.as_integer().and_then(|keep| usize::try_from(keep).ok()).filter(|keep| *keep >= 2)
                })
                .unwrap_or(default.keep),
        };
        section.finish();
        settings
    }
}

/// A size in MiB, or with its unit; at least a byte.
fn bytes(item: &Item) -> Option<u64> {
    let given = match item.as_str() {
        Some(text) => Value::from(text),
        None => item.as_integer().map(Value::from).or_else(|| item.as_float().map(Value::from))?,
    };
    let mebibytes = units::mebibytes(&given).ok()?.as_f64()?;
    // What is more than fits is as large as can be.
    Some((mebibytes * f64::from(1 << 20)) as u64).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{Configuration, Source};

    fn read(table: &str) -> (JournalSettings, Vec<String>) {
        let source = Source { file: "chaos.toml".into(), text: format!("version = 1\n[journal]\n{table}") };
        let (configuration, problems) = Configuration::parse(source);
        let shown = |problem: &crate::configuration::Problem| {
            let (line, column) = problem.position().unwrap();
            format!("{line}:{column} {}", problem.message)
        };
        (configuration.journal, problems.iter().map(shown).collect())
    }

    #[test]
    fn sizes_take_units_and_what_is_left_out_is_as_by_default() {
        let (settings, problems) = read("file = \"a/b.journal\"\nsize = \"1.5GiB\"\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            settings,
            JournalSettings { file: Some("a/b.journal".into()), size: 1536 << 20, keep: 10 }
        );
        assert_eq!(read("size = 2").0.size, 2 << 20);
        assert_eq!(
            read("size = \"0.5\"\nkeep = 2").0,
            JournalSettings { file: None, size: 1 << 19, keep: 2 }
        );
        assert_eq!(read("").0, JournalSettings::default());
    }

    #[test]
    fn what_cannot_be_is_shown_at_its_line() {
        let (_, problems) = read("size = \"64MB\"\nkeep = 1\nflie = \"x\"\n");
        assert_eq!(
            problems,
            [
                "3:8 `size` in [journal] must be a size above 0, such as \"64MiB\", not \"64MB\" (string)",
                "4:8 `keep` in [journal] must be a whole number from 2, not 1 (integer)",
                "5:1 unknown key `flie` in [journal], did you mean `file`",
            ]
        );
        assert_eq!(read("size = 0").1.len(), 1);
    }
}
