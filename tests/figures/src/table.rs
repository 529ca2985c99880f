//! The table: all figures of the last runs, for people and for programs.

use crate::{Figure, Growth, Machine, plot};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fs;
use std::path::Path;

/// Where README.md shows it.
const BEGIN: &str = "<!-- figures: written by `cargo bench -p chaos-kitty-figures -- --write` -->";
const END: &str = "<!-- figures end -->";

const ABOUT: &str = "\
Measured by `cargo bench -p chaos-kitty-figures`; with `-- --write` this page, [figures.json](figures.json) and the README's
table are written anew, and with the names of groups (`-- bus worker`) only those. Each figure is a median of rounds in which
it took turns with what stands beside it; wake-ups are counted once. `✓`: the target is met. `falls short`: it is not.
";

/// Figures, and where they were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Where.
    pub machine: Machine,
    /// What.
    pub figures: Vec<Figure>,
    /// How it changes with how many there are.
    #[serde(default)]
    pub growths: Vec<Growth>,
}

impl Table {
    /// An empty one for this machine.
    pub fn new() -> Self {
        Self { machine: Machine::this(), figures: Vec::new(), growths: Vec::new() }
    }

    /// Adds a figure of today, and says it.
    pub fn add(&mut self, mut figure: Figure) {
        figure.date = Machine::today();
        println!("{}", row(&figure));
        self.figures.push(figure);
    }

    /// Adds a growth of today, and says it.
    pub fn grow(&mut self, mut growth: Growth) {
        growth.date = Machine::today();
        println!("{growth}");
        self.growths.push(growth);
    }

    /// Takes the figures of groups that were not measured now from an earlier table of the same machine.
    pub fn keep(&mut self, earlier: Self, measured: &[&str]) {
        if earlier.machine == self.machine {
            let kept = |group: &str| !measured.contains(&group);
            self.figures.extend(earlier.figures.into_iter().filter(|figure| kept(&figure.group)));
            self.growths.extend(earlier.growths.into_iter().filter(|growth| kept(&growth.group)));
        }
    }

    /// Puts the groups into this order.
    pub fn sort(&mut self, groups: &[&str]) {
        let place = |group: &str| groups.iter().position(|name| *name == group);
        self.figures.sort_by_key(|figure| place(&figure.group));
        self.growths.sort_by_key(|growth| place(&growth.group));
    }

    /// What README.md shows: the figures that have a target.
    pub fn summary(&self) -> String {
        let promised = self.figures.iter().filter(|figure| figure.target.is_some());
        format!("{}\n{}", self.heading(), rows(promised))
    }

    /// What docs/figures.md shows: all of them, with their notes and the plot.
    pub fn page(&self) -> String {
        let mut text = format!("# Figures\n\n{}\n{ABOUT}\n{}", self.heading(), rows(&self.figures));
        let noted: Vec<_> = self.figures.iter().filter(|figure| figure.note.is_some()).collect();
        for alike in noted.chunk_by(|one, next| one.note == next.note) {
            let whats: Vec<_> = alike.iter().map(|figure| &*figure.what).collect();
            let note = alike[0].note.as_deref().unwrap_or_default();
            text += &format!("\n- **{}**: {note}.", whats.join("; "));
        }
        if !self.growths.is_empty() {
            text += "\n\n## With how many victims\n\n![Figures by how many victims there are](victims.svg)\n";
        }
        text.trim_end().to_owned() + "\n"
    }

    fn heading(&self) -> String {
        let Machine { processor, cpus, kernel, rustc } = &self.machine;
        let dates = self.figures.iter().map(|figure| figure.date.as_str());
        let newest = dates.max().unwrap_or_default();
        format!("Measured on {newest}: {processor}, {cpus} CPUs, Linux {kernel}, {rustc}, release build.\n")
    }

    /// Writes docs/figures.json, docs/figures.md and docs/victims.svg below `root`, and the summary into README.md.
    ///
    /// # Errors
    /// A file cannot be read or written, or README.md has no place for it.
    pub fn write(&self, root: &Path) -> Result<(), Box<dyn Error>> {
        let docs = root.join("docs");
        fs::write(docs.join("figures.json"), serde_json::to_string_pretty(&self.json()?)? + "\n")?;
        fs::write(docs.join("figures.md"), self.page())?;
        if !self.growths.is_empty() {
            plot::draw(&self.growths, &docs.join("victims.svg"))?;
        }
        let readme = fs::read_to_string(root.join("README.md"))?;
        let place =
            readme.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let (before, after) = place.ok_or_else(|| format!("README.md has no {BEGIN} … {END}"))?;
        let summary = self.summary();
        Ok(fs::write(root.join("README.md"), format!("{before}{BEGIN}\n{summary}{END}{after}"))?)
    }

    /// Itself, with what follows from each figure beside it.
    fn json(&self) -> serde_json::Result<serde_json::Value> {
        let mut json = serde_json::to_value(self)?;
        for (at, figure) in self.figures.iter().enumerate() {
            json["figures"][at]["ratio"] = figure.ratio().into();
            json["figures"][at]["holds"] = figure.holds().into();
        }
        Ok(json)
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

fn rows<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> String {
    let head = "| | ours | beside it | ratio | target | |\n| --- | ---: | ---: | ---: | ---: | --- |\n";
    figures.into_iter().fold(head.to_owned(), |text, figure| text + &row(figure) + "\n")
}

fn row(figure: &Figure) -> String {
    let unit = figure.unit;
    let rival = figure
        .rival
        .as_ref()
        .map_or_else(String::new, |(name, rival)| format!("{name} {}", unit.show(*rival)));
    let ratio = figure.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let holds = figure.holds().map_or("", |holds| if holds { "✓" } else { "falls short" });
    format!(
        "| {} | {} | {rival} | {ratio} | {} | {holds} |",
        figure.what,
        unit.show(figure.ours),
        figure.target_text()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Target, Unit};

    fn table() -> Table {
        let mut table = Table::new();
        let promised = Figure::new("bus", "a call", 3e-6, Unit::Seconds).beside("bare", 2e-6);
        table.add(promised.target(Target::RatioAtMost(1.4)).note("two wake-ups"));
        table.add(Figure::new("abi", "a crossing", 2e-9, Unit::Seconds));
        table.grow(Growth::new("victims", "memory", Unit::Bytes, [(10, 1e5), (100, 1e6), (1000, 2e7)]));
        table
    }

    #[test]
    fn readme_shows_what_was_promised_and_the_page_all_of_it() {
        let table = table();
        let promise = "| a call | 3.00 µs | bare 2.00 µs | 1.50 | ≤ 1.4 × | falls short |";
        assert!(table.summary().contains(promise), "{}", table.summary());
        assert!(!table.summary().contains("crossing"));
        let page = table.page();
        assert!(page.contains(promise) && page.contains("| a crossing | 2.00 ns |"), "{page}");
        assert!(page.contains("- **a call**: two wake-ups."), "{page}");
    }

    #[test]
    fn it_is_written_between_its_marks_and_read_again() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("docs")).unwrap();
        let readme = root.path().join("README.md");
        fs::write(&readme, format!("before\n{BEGIN}\nold\n{END}\nafter\n")).unwrap();
        let table = table();
        table.write(root.path()).unwrap();
        let text = fs::read_to_string(&readme).unwrap();
        assert!(
            text.starts_with("before\n") && text.ends_with("\nafter\n") && !text.contains("old"),
            "{text}"
        );
        let json = fs::read_to_string(root.path().join("docs/figures.json")).unwrap();
        assert!(json.contains("\"holds\": false"), "{json}");
        let earlier: Table = serde_json::from_str(&json).unwrap();
        assert_eq!(earlier, table);
        let svg = fs::read_to_string(root.path().join("docs/victims.svg")).unwrap();
        assert!(svg.contains("<svg") && svg.contains("memory"), "{svg}");

        let mut again = Table { machine: table.machine.clone(), figures: Vec::new(), growths: Vec::new() };
        again.keep(earlier, &["bus"]);
        assert_eq!((again.figures.len(), again.growths.len()), (1, 1), "what was measured anew is not kept");
    }
}
