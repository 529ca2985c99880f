//! Why an effect may not happen.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The rule that refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The operator paused chaos.
    Paused,
    /// The host is stopping.
    Stopping,
    /// There is no such victim, or no longer.
    NoVictim,
    /// The name may mean several victims.
    SeveralVictims,
    /// The generation of the instance is leaving, and has no tick open.
    Leaving,
    /// The instance's selector does not select the victim.
    NotSelected,
    /// The process runs as another user than when it registered.
    AnotherUser,
    /// The victim does not declare the method.
    NotDeclared,
    /// The victim has not answered of late.
    Silent,
    /// An argument is missing or impossible.
    Arguments,
    /// What would be done could not be put back.
    NoUndo,
    /// The decision cannot be written down.
    Journal,
    /// A probe asked for what is chaos.
    NoProbe,
    /// A limit keeps chaos off the victim.
    Protected,
    /// The victim has not the labels that a limit asks for.
    NotOptedIn,
    /// A limit lets nothing begin at this time.
    Hours,
    /// As many effects are under way as a limit allows.
    EffectsAtOnce,
    /// As many victims are under an effect as a limit allows.
    VictimsAtOnce,
    /// No more victims of its group would be left healthy than a limit keeps so.
    HealthyVictims,
    /// There were as many strikes in the last minute as a limit allows.
    StrikesPerMinute,
}

impl Rule {
    /// Whether it is one of the configuration's limits.
    pub fn is_limit(self) -> bool {
        matches!(
            self,
            Self::Protected
                | Self::NotOptedIn
                | Self::Hours
                | Self::EffectsAtOnce
                | Self::VictimsAtOnce
                | Self::HealthyVictims
                | Self::StrikesPerMinute
        )
    }
}

impl fmt::Display for Rule {
    /// As records have it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::NoVictim => "no_victim",
            Self::SeveralVictims => "several_victims",
            Self::Leaving => "leaving",
            Self::NotSelected => "not_selected",
            Self::AnotherUser => "another_user",
            Self::NotDeclared => "not_declared",
            Self::Silent => "silent",
            Self::Arguments => "arguments",
            Self::NoUndo => "no_undo",
            Self::Journal => "journal",
            Self::NoProbe => "no_probe",
            Self::Protected => "protected",
            Self::NotOptedIn => "not_opted_in",
            Self::Hours => "hours",
            Self::EffectsAtOnce => "effects_at_once",
            Self::VictimsAtOnce => "victims_at_once",
            Self::HealthyVictims => "healthy_victims",
            Self::StrikesPerMinute => "strikes_per_minute",
        })
    }
}

/// A refusal, with the rule and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The rule that refused.
    pub rule: Rule,
    /// To whom, why, and what to do.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(rule: Rule, reason: impl Into<String>) -> Self {
        Self { rule, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "refused: {}", self.reason)
    }
}

impl std::error::Error for Refusal {}
