//! The configuration file: TOML, `version = 1`. docs/configuration.md describes it for its users.

mod bounds;
mod calendar;
mod host_settings;
mod instance_settings;
mod journal_settings;
mod limits;
mod parameters;
mod portion;
mod problem;
mod section;
mod selector;
mod tables;

pub use bounds::{Bounds, Healthy};
pub use calendar::Calendar;
#[cfg(test)]
pub(crate) use calendar::tests::calendar;
pub use host_settings::HostSettings;
pub use instance_settings::InstanceSettings;
pub use journal_settings::JournalSettings;
pub use limits::{Limits, Own, Whose};
pub use parameters::Parameters;
pub use portion::{Portion, Share};
pub use problem::{Problem, Source};
pub(crate) use section::{Problems, Section, advice, nearest};
pub use selector::Selector;
pub(crate) use tables::array_of_tables;

use std::path::{Path, PathBuf};
use toml_edit::{Document, Item};

/// The operations that run where no configuration says otherwise, in the order in which `status` lists them.
pub const DEFAULT_OPERATIONS: [&str; 5] = ["hairball", "floop", "zoomies", "yowl", "scratch"];

/// The largest configuration file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// What the operator wants: the host's settings, and the instances in the file's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The `[host]` table.
    pub host: HostSettings,
    /// The `[journal]` table.
    pub journal: JournalSettings,
    /// The `[[instance]]` tables.
    pub instances: Vec<InstanceSettings>,
    /// The `[limits]` table.
    pub limits: Limits,
    /// The file they were read from, to show problems in.
    pub source: Option<Source>,
}

impl Default for Configuration {
    /// The five operations at their defaults, for every victim.
    fn default() -> Self {
        let instances = DEFAULT_OPERATIONS.map(InstanceSettings::at_defaults).to_vec();
        let (host, journal, limits) = <_>::default();
        Self { host, journal, instances, limits, source: None }
    }
}

impl Configuration {
    /// Reads a file: what could be understood of it, and everything that is wrong with it, in the file's order.
    pub fn read(file: &Path) -> (Self, Vec<Problem>) {
        Self::read_among(file, &[])
    }

    /// The same for a file that says more, under these keys, which somebody else reads.
    pub fn read_among(file: &Path, others: &[&'static str]) -> (Self, Vec<Problem>) {
        let source = |text| Source { file: file.to_owned(), text };
        match text(file) {
            Ok(text) => Self::parse_among(source(text), others),
            Err(why) => {
                let source = source(String::new());
                let problem = source.problem(None, format!("the configuration cannot be read: {why}"));
                (Self::nothing(source), vec![problem])
            }
        }
    }

    /// A path that the file names: a relative one is meant from where the file is.
    pub fn beside(&self, path: &Path) -> PathBuf {
        let base = self.source.as_ref().and_then(|source| source.file.parent());
        base.map_or_else(|| path.to_owned(), |base| base.join(path))
    }

    /// The file in which the places of these settings are; none where they are not this configuration's.
    pub(crate) fn source_of(&self, settings: &InstanceSettings) -> Option<&Source> {
        self.source.as_ref().filter(|_| self.instances.contains(settings))
    }

    /// Reads a text: what could be understood of it, and everything that is wrong with it.
    pub fn parse(source: Source) -> (Self, Vec<Problem>) {
        Self::parse_among(source, &[])
    }

    /// The same for a text that says more, under these keys, which somebody else reads.
    pub(crate) fn parse_among(source: Source, others: &[&'static str]) -> (Self, Vec<Problem>) {
        let document = match Document::parse(source.text.clone()) {
            Ok(document) => document,
            Err(error) => {
                let problem = source.problem(error.span(), first_line(error.message()));
                return (Self::nothing(source), vec![problem]);
            }
        };
        let problems = Problems::of(&source);
        let section = Section::new("the configuration", document.as_table(), &problems);
        section.leave(others);
        match section.get("version", "1", Item::as_integer) {
            None if !section.has("version") => {
                problems.add(Some(0..0), "`version = 1` is missing: write it as the first line");
            }
            Some(version) if version != 1 => problems.add(
                section.span("version"),
                format!("version {version} is not known: this host reads version 1"),
            ),
            _ => {}
        }
        let host = section.get("host", "a table: [host]", |item| {
            Some(HostSettings::read(Section::new("[host]", item.as_table_like()?, &problems)))
        });
        let journal = section.get("journal", "a table: [journal]", |item| {
            Some(JournalSettings::read(Section::new("[journal]", item.as_table_like()?, &problems)))
        });
        let instances =
            section.get("instance", "an array of tables: [[instance]]", |item| instances(item, &problems));
        let instances = instances.unwrap_or_else(|| Self::default().instances);
        let limits = section
            .get("limits", "a table: [limits]", |item| Limits::read(item, &instances, &problems))
            .unwrap_or_default();
        section.finish();
        let problems = problems.into_sorted();
        let (host, journal) = (host.unwrap_or_default(), journal.unwrap_or_default());
        (Self { host, journal, instances, limits, source: Some(source) }, problems)
    }

    /// A configuration of which nothing could be understood.
    fn nothing(source: Source) -> Self {
        let (host, journal, limits) = <_>::default();
        Self { host, journal, instances: Vec::new(), limits, source: Some(source) }
    }
}

fn text(file: &Path) -> std::io::Result<String> {
    let length = std::fs::metadata(file)?.len();
    if length > LARGEST_FILE {
        let why = format!("{length} bytes are no configuration (the most is {LARGEST_FILE})");
        return Err(std::io::Error::other(why));
    }
    std::fs::read_to_string(file)
}

fn instances(item: &Item, problems: &Problems<'_>) -> Option<Vec<InstanceSettings>> {
    let tables = array_of_tables(item)?;
    let mut instances: Vec<InstanceSettings> = Vec::with_capacity(tables.len());
    for (table, span) in tables {
        let section = Section::new("[[instance]]", table, problems);
        let name_span = section.span("name").or_else(|| section.span("operation"));
        let Some(instance) = InstanceSettings::read(section, span, problems) else { continue };
        if instances.iter().any(|other| other.name == instance.name) {
            let message =
                format!("a second instance is called `{}`: give it a `name` of its own", instance.name);
            problems.add(name_span, message);
        }
        instances.push(instance);
    }
    Some(instances)
}

fn first_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_bus::Value;

    fn parse(text: &str) -> Result<Configuration, Vec<String>> {
        let source = Source { file: "chaos.toml".into(), text: text.to_owned() };
        let (configuration, problems) = Configuration::parse(source);
        let place = |problem: &Problem| {
            let (line, column) = problem.position().unwrap();
            format!("{line}:{column} {}", problem.message)
        };
        if problems.is_empty() { Ok(configuration) } else { Err(problems.iter().map(place).collect()) }
    }

    #[test]
    fn without_instances_the_five_run_at_their_defaults() {
        let configuration = parse("version = 1\n[host]\nseed = 7\n").unwrap();
        let names: Vec<_> = configuration.instances.iter().map(|instance| &instance.name).collect();
        assert_eq!(names, DEFAULT_OPERATIONS.iter().collect::<Vec<_>>());
        assert_eq!(configuration.host.seed, Some(7));
    }

    #[test]
    fn instances_keep_their_order_names_victims_and_parameters() {
        let text = r#"
            version = 1
            [[instance]]
            operation = "hairball"
            name = "slow-api"
            victims = { names = ["api-*"], labels = { tier = "web" } }
            [instance.parameters]
            interval = "10s"
            [[instance]]
            operation = "hairball"
        "#;
        let instances = parse(text).unwrap().instances;
        assert_eq!((instances[0].name.as_str(), instances[1].name.as_str()), ("slow-api", "hairball"));
        assert_eq!(instances[0].victims.names, ["api-*"]);
        assert_eq!(instances[0].parameters.value().get("interval").and_then(Value::as_str), Some("10s"));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_with_its_place() {
        let text = "version = 2\n[host]\nsede = 3\nseed = -1\n[[instance]]\nname = 5\n[[instance]]\noperation = \"floop\"\nvictims = { nmaes = [] }\n[[instance]]\noperation = \"floop\"\n";
        assert_eq!(
            parse(text).unwrap_err(),
            [
                "1:11 version 2 is not known: this host reads version 1",
                "3:1 unknown key `sede` in [host], did you mean `seed`",
                "4:8 `seed` in [host] must be a whole number from 0, not -1 (integer)",
                "5:1 an [[instance]] needs `operation = \"NAME\"`, such as \"hairball\"",
                "6:8 `name` in [[instance]] must be a text that is not empty, not 5 (integer)",
                "9:13 unknown key `nmaes` in `victims`, did you mean `names`",
                "11:13 a second instance is called `floop`: give it a `name` of its own",
            ]
        );
    }

    #[test]
    fn a_text_that_is_no_toml_is_shown_with_its_line() {
        let problems = parse("version = 1\nfloop = = 3\n").unwrap_err();
        assert!(problems[0].starts_with("2:9 "), "{problems:?}");
        assert!(parse("").unwrap_err()[0].contains("`version = 1` is missing"));
    }

    #[test]
    fn an_operations_complaint_leads_to_the_parameters_line() {
        let text = "version = 1\n[[instance]]\noperation = \"yowl\"\n[instance.parameters]\nmessages = [\"a\",\n  3]\nrange = { low = 1 }\n";
        let configuration = parse(text).unwrap();
        let source = configuration.source.clone().unwrap();
        let parameters = &configuration.instances[0].parameters;
        let place = |path| parameters.problem(&source, path, false, "wrong").position().unwrap();
        assert_eq!(place(Some("messages[1]")), (6, 3));
        assert_eq!(place(Some("range.low")), (7, 17));
        assert_eq!(place(Some("range.high")), (7, 9));
        assert_eq!(place(Some("missing")), (4, 1));
        let unknown = parameters.problem(&source, Some("messages"), true, "unknown");
        assert_eq!(unknown.position(), Some((5, 1)));
        assert_eq!(place(None), (4, 1));
    }
}
