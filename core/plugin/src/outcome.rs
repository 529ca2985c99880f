//! What came of a strike.

use std::fmt;

use crate::Value;

/// Asked and observed, as the host found it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether there was an effect.
    pub verdict: Verdict,
    /// What was measured: a map, in the units of its keys.
    pub observed: Value,
    /// What the victim's method answered.
    pub result: Value,
    /// Everything was decided, and nothing done.
    pub dry_run: bool,
}

/// Whether a strike had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What was asked for was observed.
    Effective,
    /// Less than what was asked for.
    Partial,
    /// Nothing.
    None,
    /// The victim cannot say.
    Unknown,
}

impl Outcome {
    pub(crate) fn from_host(answer: &Value) -> Self {
        let field = |key| answer.get(key).cloned().unwrap_or(Value::Nil);
        Self {
            verdict: match answer.get("verdict").and_then(Value::as_str) {
                Some("effective") => Verdict::Effective,
                Some("partial") => Verdict::Partial,
                Some("none") => Verdict::None,
                // Also a verdict of a newer host.
                _ => Verdict::Unknown,
            },
            observed: field("observed"),
            result: field("result"),
            dry_run: answer.get("dry_run").and_then(Value::as_bool).unwrap_or(false),
        }
    }

    /// As the host would answer it.
    pub(crate) fn to_answer(&self) -> Value {
        let Self { verdict, observed, result, dry_run } = self;
        [
            ("verdict", Value::from(verdict.to_string())),
            ("observed", observed.clone()),
            ("result", result.clone()),
            ("dry_run", Value::Bool(*dry_run)),
        ]
        .into()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Effective => "effective",
            Self::Partial => "partial",
            Self::None => "none",
            Self::Unknown => "unknown",
        })
    }
}
