//! The table: all figures of the last runs, for people and for programs.

use crate::{Figure, Machine};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::io;
use std::path::Path;

/// Where README.md shows it.
const BEGIN: &str = "<!-- figures: written by `cargo bench -p chaos-kitty-figures -- --write` -->";
const END: &str = "<!-- figures end -->";

/// Figures, and where they were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Where.
    pub machine: Machine,
    /// What.
    pub figures: Vec<Figure>,
}

impl Table {
    /// An empty one for this machine.
    pub fn new() -> Self {
        Self { machine: Machine::this(), figures: Vec::new() }
    }

    /// Adds a figure of today, and says it.
    pub fn add(&mut self, mut figure: Figure) {
        figure.date = Machine::today();
        println!("{}", row(&figure));
        self.figures.push(figure);
    }

    /// Takes the figures of groups that were not measured now from an earlier table of the same machine.
    pub fn keep(&mut self, earlier: Self, measured: &[&str]) {
        if earlier.machine == self.machine {
            let kept =
                earlier.figures.into_iter().filter(|figure| !measured.contains(&figure.group.as_str()));
            self.figures.extend(kept);
        }
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let Machine { processor, cpus, kernel, rustc } = &self.machine;
        let newest = self.figures.iter().map(|figure| figure.date.as_str()).max().unwrap_or_default();
        let mut text = format!(
            "Measured on {newest}: {processor}, {cpus} CPUs, Linux {kernel}, {rustc}, release build.\n\n"
        );
        text.push_str("| | ours | rival in the same run | ratio | target | |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
        for figure in &self.figures {
            let _ = writeln!(text, "{}", row(figure)); // a String takes everything
        }
        text
    }

    /// Writes docs/figures.json and docs/figures.md below `root`, and the table into README.md.
    ///
    /// # Errors
    /// A file cannot be read or written, or README.md has no place for it.
    pub fn write(&self, root: &Path) -> io::Result<()> {
        std::fs::write(root.join("docs/figures.json"), serde_json::to_string_pretty(self)? + "\n")?;
        std::fs::write(root.join("docs/figures.md"), format!("# Figures\n\n{}", self.markdown()))?;
        let readme = std::fs::read_to_string(root.join("README.md"))?;
        let place =
            readme.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let (before, after) =
            place.ok_or_else(|| io::Error::other(format!("README.md has no {BEGIN} … {END}")))?;
        std::fs::write(root.join("README.md"), format!("{before}{BEGIN}\n{}{END}{after}", self.markdown()))
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

fn row(figure: &Figure) -> String {
    let unit = figure.unit;
    let rival = figure
        .rival
        .as_ref()
        .map_or_else(String::new, |(name, rival)| format!("{name}: {}", unit.show(*rival)));
    let ratio = figure.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let holds = figure.holds().map_or("", |holds| if holds { "✓" } else { "falls short" });
    format!(
        "| {} | {} | {rival} | {ratio} | {} | {holds} |",
        figure.what,
        unit.show(figure.ours),
        figure.target_text()
    )
}
