//! Two parameters that bound a third.

use std::fmt::Display;

use crate::{Error, Result};

/// Refuses a lower bound that is above the upper one, by the lower one's name.
///
/// ```
/// # use chaos_kitty_plugin::ordered;
/// let error = ordered(("min_delay", 6.0), ("max_delay", 5.0)).unwrap_err();
/// assert_eq!(error.to_string(), "min_delay: 6 is more than max_delay, which is 5");
/// ```
///
/// # Errors
/// [`Error::parameter`] naming both.
pub fn ordered<T: PartialOrd + Display>(low: (&str, T), high: (&str, T)) -> Result<()> {
    if low.1 <= high.1 {
        return Ok(());
    }
    Err(Error::parameter(low.0, format!("{} is more than {}, which is {}", low.1, high.0, high.1)))
}
