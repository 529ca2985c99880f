//! Why a command did not do what it was asked to.

use super::output;
use chaos_kitty_bus::Value;
use serde_json::json;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// A message for standard error, and the exit code that goes with it.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Refused, or without effect: 1.
    pub(super) fn refused(message: impl fmt::Display) -> Self {
        Self { code: 1, message: message.to_string() }
    }

    /// Wrong use, or a bad configuration: 2.
    pub(super) fn wrong(message: impl fmt::Display) -> Self {
        Self { code: 2, message: message.to_string() }
    }

    /// No host there: 3.
    pub(super) fn no_host(message: impl fmt::Display) -> Self {
        Self { code: 3, message: message.to_string() }
    }

    /// Nobody waits for it any more: 130, as a shell has it of whom SIGINT has ended.
    pub(super) fn interrupted(message: impl fmt::Display) -> Self {
        Self { code: 130, message: message.to_string() }
    }

    /// The same, of a strike: where the host has gone, what is to be known of it is elsewhere.
    pub(super) fn without_an_outcome(self) -> Self {
        if self.code != 3 {
            return self;
        }
        Self::no_host(
            "the host went away before it said what became of the strike: whoever carried it out has ended it, or never began; \
             `chaos-kitty history` shows what is known",
        )
    }

    /// The same, of what had begun already: 1.
    pub(super) fn on_the_way(self) -> Self {
        Self { code: 1, ..self }
    }

    /// A file that cannot be read: 2.
    pub(super) fn unread(file: &Path, error: &io::Error) -> Self {
        let shown = file.display();
        Self::wrong(match error.kind() {
            io::ErrorKind::NotFound => {
                format!("there is no journal {shown}: name the journal, or the --socket that it is beside")
            }
            _ => format!("the journal {shown} cannot be read: {error}"),
        })
    }

    /// What the host has answered in the place of what was asked for: a refusal, with its rule; none where it did as asked.
    /// 2 where the words would be wrong of any victim, else 1.
    pub(super) fn of(answer: &Value) -> Option<Self> {
        let refused = answer.get("refused")?;
        let reason = refused.get("reason").and_then(Value::as_str).unwrap_or("the host does not say why");
        Some(match refused.get("rule").and_then(Value::as_str) {
            Some("arguments") => Self::wrong(reason),
            _ => Self::refused(format!("refused: {reason}")),
        })
    }

    /// Says it, and answers the exit code. For programs it is in JSON too, in the form in which the gate's refusals are, where
    /// nothing was printed before it.
    pub(super) fn report(self, json: bool) -> ExitCode {
        if json && !output::has_said() {
            let rule = match self.code {
                2 => "wrong_use",
                3 => "no_host",
                _ => "refused",
            };
            // Who is interrupted has been refused nothing: it goes on.
            output::json(&match self.code {
                130 => json!({ "interrupted": { "reason": self.message } }),
                _ => json!({ "refused": { "rule": rule, "reason": self.message } }),
            });
        }
        let _ = writeln!(std::io::stderr(), "error: {}", self.message);
        ExitCode::from(self.code)
    }
}

/// What a command returns that was refused or had no effect, and has said so itself.
pub(super) fn code(done: bool) -> ExitCode {
    ExitCode::from(u8::from(!done))
}
