//! What was done to a victim.

use std::fmt;
use std::time::Duration;

use crate::Value;

/// What an operation had done to a victim. It shows as `cat: delay duration=2.0`.
#[derive(Clone, Debug, PartialEq)]
pub struct Strike {
    /// When it began, since the start of the run.
    pub at: Duration,
    /// The victim's name.
    pub victim: String,
    /// The method.
    pub method: String,
    /// Positional arguments.
    pub arguments: Value,
    /// Keyword arguments.
    pub options: Value,
}

impl Strike {
    /// How long it takes.
    pub(super) fn duration(&self) -> Duration {
        let option = |name| self.options.get(name).and_then(Value::as_f64);
        let seconds = option("duration").or_else(|| option("hold_duration")).unwrap_or(0.0);
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { victim, method, arguments, options, .. } = self;
        write!(f, "{victim}: {method}")?;
        for given in [arguments, options] {
            if !matches!(given, Value::Array(given) if given.is_empty())
                && !matches!(given, Value::Map(given) if given.is_empty())
            {
                write!(f, " {given}")?;
            }
        }
        Ok(())
    }
}
