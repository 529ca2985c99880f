//! One table of limits: `[limits]`, or `[limits.operations.NAME]`.

use super::calendar::Calendar;
use super::portion::{PORTION, Portion};
use super::section::{Problems, Section};
use super::selector::Selector;
use jiff::tz::TimeZone;
use serde::Serialize;
use toml_edit::Item;

/// The most strikes per minute that can be asked for: each is kept in mind for a minute.
const MOST_STRIKES: i64 = 1_000_000;

/// What must hold of every strike that the table is about. What it does not say is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// The most effects at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<usize>,
    /// The most victims under an effect at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub victims: Option<Portion>,
    /// The least healthy victims left, of each group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub healthy: Vec<Healthy>,
    /// The most strikes in any 60 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strikes_per_minute: Option<usize>,
    /// When it may strike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// Whom it never strikes: any of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<Selector>,
    /// Labels that a victim must have to be struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opt_in: Option<Selector>,
}

/// So many of the victims that share a value of a label stay healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Healthy {
    /// The label whose values make the groups; victims without it are in none.
    pub label: String,
    /// Of each group.
    pub least: Portion,
}

impl Bounds {
    /// `zone` is the one of its days and hours; none is the system's.
    pub(super) fn read(section: &Section<'_>, zone: Option<TimeZone>, problems: &Problems<'_>) -> Self {
        let count = |key, most: i64| {
            section.get(key, &format!("a whole number from 1 to {most}"), |item| {
                let number = item.as_integer().filter(|number| (1..=most).contains(number))?;
                usize::try_from(number).ok()
            })
        };
        let selectors = |item: &Item| {
            super::tables::one_or_more_tables(item)?
                .into_iter()
                .map(|(table, span)| {
                    let selector = Selector::read(Section::new("`protected`", table, problems));
                    if selector == Selector::default() {
                        problems.add(span, "`protected` names nobody: give it `names` or `labels`");
                    }
                    Some(selector)
                })
                .collect()
        };
        Self {
            effects: count("effects", i64::from(u32::MAX)),
            victims: section.get("victims", PORTION, Portion::read),
            healthy: section
                .get("healthy", "a table with `label` and `least`, or an array of such", |item| {
                    let tables = super::tables::one_or_more_tables(item)?;
                    Some(
                        tables
                            .into_iter()
                            .filter_map(|(table, span)| Healthy::read(table, span, problems))
                            .collect(),
                    )
                })
                .unwrap_or_default(),
            strikes_per_minute: count("strikes_per_minute", MOST_STRIKES),
            calendar: Calendar::read(section, zone),
            protected: section
                .get("protected", "a table with `names` and `labels`, or an array of such", selectors)
                .unwrap_or_default(),
            opt_in: opt_in(section, problems),
        }
    }
}

fn opt_in(section: &Section<'_>, problems: &Problems<'_>) -> Option<Selector> {
    let labels = section.labels("opt_in")?;
    if labels.is_empty() {
        problems
            .add(section.span("opt_in"), "`opt_in` names no label: give it one, such as { chaos = \"yes\" }");
    }
    Some(Selector { names: Vec::new(), labels })
}

impl Healthy {
    fn read(
        table: &dyn toml_edit::TableLike,
        span: Option<std::ops::Range<usize>>,
        problems: &Problems<'_>,
    ) -> Option<Self> {
        let section = Section::new("`healthy`", table, problems);
        let label = section.string("label").map(str::to_owned);
        let least = section.get("least", PORTION, Portion::read);
        for key in ["label", "least"].into_iter().filter(|key| !section.has(key)) {
            let message = format!("`healthy` needs `{key}`, such as {{ label = \"tier\", least = 2 }}");
            problems.add(span.clone(), message);
        }
        section.finish();
        Some(Self { label: label?, least: least? })
    }
}
