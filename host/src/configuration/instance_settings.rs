//! One `[[instance]]` table.

use super::parameters::Parameters;
use super::section::{Problems, Section};
use super::selector::Selector;
use std::ops::Range;

/// An operation with a name of its own, its victims and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceSettings {
    /// Unique; the operation's name where the configuration gives none.
    pub name: String,
    /// The operation's name, as its plugin declares it.
    pub operation: String,
    /// Whom it may strike.
    pub victims: Selector,
    /// Whether it runs in a process of its own.
    pub isolate: bool,
    /// What its operation is built from.
    pub parameters: Parameters,
    /// Where the configuration names the operation; none for an instance that no file configured.
    pub span: Option<Range<usize>>,
}

impl InstanceSettings {
    /// An instance of an operation at its defaults, for every victim.
    pub fn at_defaults(operation: &str) -> Self {
        Self {
            name: operation.to_owned(),
            operation: operation.to_owned(),
            victims: Selector::default(),
            isolate: false,
            parameters: Parameters::default(),
            span: None,
        }
    }

    /// Whether both want the same, wherever it stands in their files.
    pub fn is_same(&self, other: &Self) -> bool {
        // Named one by one, so that none is forgotten.
        let Self { name, operation, victims, isolate, parameters, span: _ } = self;
        *name == other.name
            && *operation == other.operation
            && *victims == other.victims
            && *isolate == other.isolate
            && parameters.value() == other.parameters.value()
    }

    /// None where the table does not say which operation it is.
    pub(super) fn read(
        section: Section<'_>,
        whole: Option<Range<usize>>,
        problems: &Problems<'_>,
    ) -> Option<Self> {
        let operation = section.string("operation");
        if operation.is_none() && !section.has("operation") {
            problems.add(whole.clone(), "an [[instance]] needs `operation = \"NAME\"`, such as \"hairball\"");
        }
        let name = section.string("name").or(operation);
        let victims = section.get("victims", "a table with `names` and `labels`", |item| {
            let table = item.as_table_like()?;
            Some(Selector::read(Section::new("`victims`", table, problems)))
        });
        let isolate = section.bool("isolate");
        let parameters = section.get("parameters", "a table", |item| {
            Some(Parameters::read(item.as_table_like()?, item.span().or_else(|| whole.clone())))
        });
        let span = section.span("operation");
        section.finish();
        Some(Self {
            name: name?.to_owned(),
            operation: operation?.to_owned(),
            victims: victims.unwrap_or_default(),
            isolate: isolate.unwrap_or_default(),
            parameters: parameters.unwrap_or_default(),
            span,
        })
    }
}
