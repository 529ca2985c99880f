//! What a strike has come to, in a word or two.

use std::fmt;

/// What a strike has come to: a verdict, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Ended {
    /// Done as asked.
    Effective,
    /// Done in part.
    Partial,
    /// Without effect.
    None,
    /// Nobody can say.
    Unknown,
    /// The gate refused.
    Refused,
    /// The last step was left out.
    DryRun,
    /// It has no outcome yet.
    UnderWay,
    /// Its run is over, and nobody has told what it came to.
    Untold,
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Effective => "effective",
            Self::Partial => "partial",
            Self::None => "none",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::DryRun => "dry run",
            Self::UnderWay => "under way",
            Self::Untold => "untold",
        })
    }
}
