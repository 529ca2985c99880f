//! The steps of an effect, at each of which somebody is killed.

use crate::chaos::Length;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Moment {
    /// It has been asked for, or is about to be.
    Undecided,
    /// Its decision is written, and nothing may have been done yet.
    Decided,
    /// It can be seen at the victim.
    Begun,
    Middle,
    /// A second one is under way beside it.
    Overlapping,
    AboutToEnd,
    /// Its outcome is written.
    Over,
}

impl Moment {
    /// Those that there are in an effect of this length.
    pub(crate) fn all(length: Length) -> &'static [Moment] {
        use Moment::*;
        match length {
            Length::Long => &[Undecided, Decided, Begun, Middle, Overlapping],
            Length::Short | Length::Brief => &[AboutToEnd, Over],
            Length::None => &[Undecided, Decided, Over],
        }
    }
}
