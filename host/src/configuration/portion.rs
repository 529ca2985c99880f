//! How many of those that are there: a number, or a share of them.

use std::fmt;
use std::str::FromStr;
use toml_edit::Item;

/// A share of one is kept in millionths: `12.5%` is exact, and so is what it comes to.
const WHOLE: u64 = 1_000_000;

/// A number from 1, or a share above 0 % and below 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// So many, however many there are.
    Number(usize),
    /// A share of those that are there.
    Share(Share),
}

/// More than nothing and less than all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    millionths: u32,
}

/// What may be written in place of one.
pub(super) const PORTION: &str = "a whole number from 1, or a share such as \"30%\", above 0% and below 100%";

impl Portion {
    /// How many of so many at most: a share is rounded down, but to no fewer than one. So it is all of them only where
    /// all is one.
    pub fn most(self, all: usize) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Share(share) => usize::try_from(share.of(all) / WHOLE).unwrap_or(usize::MAX).max(1),
        }
    }

    /// How many of so many at least: a share is rounded up.
    pub fn least(self, all: usize) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Share(share) => usize::try_from(share.of(all).div_ceil(WHOLE)).unwrap_or(usize::MAX),
        }
    }

    pub(super) fn read(item: &Item) -> Option<Self> {
        match (item.as_integer(), item.as_str()) {
            (Some(number), _) => usize::try_from(number).ok().filter(|number| *number > 0).map(Self::Number),
            (_, Some(text)) => text.parse().ok().map(Self::Share),
            _ => None,
        }
    }
}

impl Share {
    fn of(self, all: usize) -> u64 {
        u64::from(self.millionths).saturating_mul(all as u64)
    }
}

impl FromStr for Share {
    type Err = ();

    /// A text such as `30%` or `12.5%`, with four decimals at most.
    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.strip_suffix('%').ok_or(())?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
            return Err(());
        }
        let millionths: u32 = format!("{whole}{decimals:0<4}").parse().map_err(drop)?;
        let is_between = 0 < millionths && u64::from(millionths) < WHOLE;
        is_between.then_some(Self { millionths }).ok_or(())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:04}", self.millionths / 10_000, self.millionths % 10_000);
        write!(out, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl serde::Serialize for Portion {
    /// As people read it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Portion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Share(share) => write!(out, "{share}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(text: &str) -> Option<Portion> {
        text.parse().ok().map(Portion::Share)
    }

    #[test]
    fn a_share_is_above_nothing_and_below_all() {
        for text in ["30%", "12.5%", "0.0001%", "99.9999%", "5 %"] {
            assert!(share(text).is_some(), "{text}");
        }
        for text in
            ["0%", "0.00%", "100%", "250%", "30", "%", ".5%", "-3%", "1e1%", "0.00001%", "9999%", "٣%"]
        {
            assert_eq!(share(text), None, "{text}");
        }
        assert_eq!(
            ["30%", "12.50%", "0.01%"].map(|text| share(text).unwrap().to_string()),
            ["30%", "12.5%", "0.01%"]
        );
    }

    #[test]
    fn few_are_rounded_to_no_fewer_than_one_and_to_no_more_than_the_share() {
        let third = share("34%").unwrap();
        assert_eq!([1, 2, 3, 5, 6, 10].map(|all| third.most(all)), [1, 1, 1, 1, 2, 3]);
        assert_eq!([1, 2, 3, 5, 6, 10].map(|all| third.least(all)), [1, 1, 2, 2, 3, 4]);
        assert_eq!(share("99.9%").unwrap().most(10), 9);
        assert_eq!((Portion::Number(3).most(1), Portion::Number(3).least(1)), (3, 3));
    }

    proptest! {
        #[test]
        fn a_share_of_some_is_rounded_down_and_all_only_where_all_is_one(millionths in 1..1_000_000_u32, all in 1..100_000_usize) {
            let share = Share { millionths };
            let most = Portion::Share(share).most(all);
            prop_assert!((1..=all).contains(&most) && (most < all || all == 1));
            // As near to the share as a whole number comes from below, unless that is none.
            let exact = all as f64 * f64::from(millionths) / 1e6;
            prop_assert!(most == 1 || most as f64 <= exact + 1e-9);
            prop_assert!(most as f64 > exact - 1.0 - 1e-9);
            let least = Portion::Share(share).least(all);
            prop_assert!((1..=all).contains(&least) && least as f64 >= exact - 1e-9);
            prop_assert_eq!(share.to_string().parse(), Ok(share), "it is read as it is written");
        }
    }
}
