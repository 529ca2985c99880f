//! What an experiment came to.

use serde::Serialize;
use std::fmt;

/// The verdict, and with it the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The probes held under chaos that had an effect, and after it.
    Held,
    /// A probe failed under chaos.
    Refuted,
    /// A probe did not hold again in time.
    NotRecovered,
    /// A probe did not hold before there was any chaos: nobody was struck.
    Unsteady,
    /// The victims did not come in time: nobody was struck.
    NoVictims,
    /// The probes held, and nothing had happened to them.
    NoEffect,
    /// The probes held, and one of them was never asked while chaos had an effect.
    Unasked,
    /// Somebody ended it.
    Interrupted,
}

impl Verdict {
    /// 0 where the hypothesis held, 1 otherwise.
    pub fn is_held(self) -> bool {
        self == Self::Held
    }

    /// The verdict for people.
    pub fn headline(self) -> &'static str {
        match self {
            Self::Held => "The hypothesis held",
            Self::Refuted => "The hypothesis is refuted",
            Self::NotRecovered => "It did not recover",
            Self::Unsteady => "It was not steady before any chaos",
            Self::NoVictims => "The victims did not come",
            Self::NoEffect => "Chaos had no effect",
            Self::Unasked => "Nobody asked under chaos",
            Self::Interrupted => "The experiment was interrupted",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Held => "held",
            Self::Refuted => "refuted",
            Self::NotRecovered => "not_recovered",
            Self::Unsteady => "unsteady",
            Self::NoVictims => "no_victims",
            Self::NoEffect => "no_effect",
            Self::Unasked => "unasked",
            Self::Interrupted => "interrupted",
        })
    }
}
