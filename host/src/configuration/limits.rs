//! The `[limits]` table.

use super::bounds::Bounds;
use super::calendar;
use super::instance_settings::InstanceSettings;
use super::section::{Problems, Section, advice, described};
use serde::Serialize;
use toml_edit::Item;

/// Limits: of everything that comes to the gate, and of some operations or instances.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Of everyone: instances, operators, replays.
    pub everyone: Bounds,
    /// Of some, in the file's order.
    pub operations: Vec<Own>,
}

/// The limits of an operation, all instances of it together, or of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Own {
    /// Whom they are about.
    pub whose: Whose,
    /// What must hold.
    pub bounds: Bounds,
}

/// Whom limits are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// All instances of this operation, together.
    Operation(String),
    /// The instance of this name.
    Instance(String),
}

impl Limits {
    /// Reads the table. A name in `operations` is an operation's, or else an instance's, of those given.
    pub(super) fn read(item: &Item, instances: &[InstanceSettings], problems: &Problems<'_>) -> Option<Self> {
        let section = Section::new("[limits]", item.as_table_like()?, problems);
        let zone = calendar::zone(&section);
        let everyone = Bounds::read(&section, zone.clone(), problems);
        let operations = section.get("operations", "a table of tables: [limits.operations.NAME]", |item| {
            let tables = item.as_table_like()?;
            let mut all = Vec::with_capacity(tables.len());
            for (name, item) in tables.iter() {
                let title = format!("[limits.operations.{name}]");
                let Some(table) = item.as_table_like() else {
                    problems.add(item.span(), format!("{title} must be a table, not {}", described(item)));
                    continue;
                };
                let section = Section::new(&title, table, problems);
                let zone = calendar::zone(&section).or_else(|| zone.clone());
                let bounds = Bounds::read(&section, zone, problems);
                section.finish();
                match Whose::of(name, instances) {
                    Ok(whose) => all.push(Own { whose, bounds }),
                    Err(why) => {
                        problems.add(
                            tables.key(name).and_then(toml_edit::Key::span).or_else(|| item.span()),
                            why,
                        );
                    }
                }
            }
            Some(all)
        });
        section.finish();
        Some(Self { everyone, operations: operations.unwrap_or_default() })
    }
}

impl Whose {
    /// An operation comes before an instance of the same name, as everywhere.
    fn of(name: &str, instances: &[InstanceSettings]) -> Result<Self, String> {
        if instances.iter().any(|one| one.operation == name) {
            return Ok(Self::Operation(name.to_owned()));
        }
        if instances.iter().any(|one| one.name == name) {
            return Ok(Self::Instance(name.to_owned()));
        }
        let mut known: Vec<&str> = instances.iter().flat_map(|one| [&*one.operation, &*one.name]).collect();
        known.sort_unstable();
        known.dedup();
        Err(format!("no operation or instance is called `{name}`{}", advice(name, &known)))
    }

    /// The name, as the configuration has it.
    pub fn name(&self) -> &str {
        match self {
            Self::Operation(name) | Self::Instance(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Configuration, Problem, Source};
    use super::*;

    fn parse(text: &str) -> Result<Limits, Vec<String>> {
        let text = format!("version = 1\n{text}");
        let (configuration, problems) = Configuration::parse(Source { file: "chaos.toml".into(), text });
        let place = |problem: &Problem| {
            let (line, column) = problem.position().unwrap();
            format!("{line}:{column} {}", problem.message)
        };
        if problems.is_empty() { Ok(configuration.limits) } else { Err(problems.iter().map(place).collect()) }
    }

    #[test]
    fn what_is_not_said_is_not_limited() {
        assert_eq!(parse("").unwrap(), Limits::default());
        assert_eq!(
            parse("[limits]\n[limits.operations.yowl]\n").unwrap().operations[0].bounds,
            Bounds::default()
        );
    }

    #[test]
    fn every_limit_is_read_for_everyone_and_for_one() {
        let limits = parse(
            r#"
            [[instance]]
            operation = "hairball"
            name = "slow-api"
            [[instance]]
            operation = "yowl"
            name = "hairball"
            [limits]
            effects = 3
            victims = "30%"
            healthy = [{ label = "tier", least = 2 }, { label = "zone", least = "50%" }]
            strikes_per_minute = 10
            days = "mon-fri"
            hours = ["09:00-12:00", "13:00-17:00"]
            time_zone = "Europe/Berlin"
            protected = { names = ["database-*"] }
            opt_in = { chaos = "yes" }
            [limits.operations.hairball]
            hours = "10:00-11:00"
            [limits.operations.slow-api]
            victims = 1
            "#,
        )
        .unwrap();
        let Limits { everyone, operations } = limits;
        assert_eq!((everyone.effects, everyone.victims.unwrap().to_string()), (Some(3), "30%".to_owned()));
        assert_eq!((everyone.healthy.len(), everyone.strikes_per_minute), (2, Some(10)));
        assert_eq!(everyone.protected[0].names, ["database-*"]);
        assert!(everyone.opt_in.unwrap().labels.contains_key("chaos"));
        assert_eq!(operations[0].whose, Whose::Operation("hairball".to_owned()), "operations come first");
        assert_eq!(operations[1].whose, Whose::Instance("slow-api".to_owned()));
        let zone = operations[0].bounds.calendar.as_ref().and_then(|calendar| calendar.zone.clone());
        assert_eq!(zone.unwrap().iana_name(), Some("Europe/Berlin"), "the one of [limits] holds here too");
    }

    #[test]
    fn what_would_limit_nobody_or_everybody_is_wrong() {
        let problems =
            parse("limits = { opt_in = {}, hours = [], operations = { yowl = 3 } }\n").unwrap_err();
        let words = [
            "2:21 `opt_in` names no label",
            "2:33 `hours` in [limits] must be hours such as",
            "2:59 [limits.operations.yowl] must be a table, not 3 (integer)",
        ];
        assert!(problems.len() == 3, "{problems:?}");
        problems
            .iter()
            .zip(words)
            .for_each(|(problem, words)| assert!(problem.starts_with(words), "{problem}"));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        let text = "[limits]\neffects = 0\nvictims = \"100%\"\nhealthy = { label = \"tier\" }\nhours = [\"09:00-12:00\", \"9-5\"]\n\
                    days = \"weekdays\"\ntime_zone = \"Europe/Berln\"\nprotected = {}\nopt_in = [\"chaos\"]\nvictms = 2\n\
                    [limits.operations.hairbal]\neffects = 1\n";
        let problems = parse(text).unwrap_err();
        assert_eq!(
            problems,
            [
                "3:11 `effects` in [limits] must be a whole number from 1 to 4294967295, not 0 (integer)",
                "4:11 `victims` in [limits] must be a whole number from 1, or a share such as \"30%\", above 0% and below 100%, not \"100%\" (string)",
                "5:11 `healthy` needs `least`, such as { label = \"tier\", least = 2 }",
                "6:25 `hours` in [limits] must be hours such as \"09:00-17:00\" or \"22:00-06:00\", not \"9-5\" (string)",
                "7:8 `days` in [limits] must be a day or days such as \"mon\" or \"mon-fri\", not \"weekdays\" (string)",
                "8:13 `time_zone` in [limits] must be a time zone's name such as \"Europe/Berlin\" or \"UTC\", not \"Europe/Berln\" (string)",
                "9:13 `protected` names nobody: give it `names` or `labels`",
                "10:10 `opt_in` in [limits] must be a table of texts, not an array",
                "11:1 unknown key `victms` in [limits], did you mean `victims`",
                "12:20 no operation or instance is called `hairbal`, did you mean `hairball`",
            ]
        );
    }
}
