//! What the types of parameters alone let through: two that bound a third, and a time that is none.

use std::fmt::Display;

use crate::{Error, Result, Seconds};

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

/// Refuses a time of 0, by its parameter's name, where something is to last for it: the host refuses each strike that lasts
/// for no time at all.
///
/// ```
/// # use chaos_kitty_plugin::{Seconds, lasting};
/// let error = lasting(("max_delay", Seconds::from(0))).unwrap_err();
/// assert_eq!(error.to_string(), "max_delay: 0 s is no time at all, and each strike would be refused: give a time above 0, such as \"500ms\"");
/// ```
///
/// # Errors
/// [`Error::parameter`] naming it.
pub fn lasting((name, time): (&str, Seconds)) -> Result<()> {
    if time.as_f64() > 0.0 {
        return Ok(());
    }
    let why =
        "0 s is no time at all, and each strike would be refused: give a time above 0, such as \"500ms\"";
    Err(Error::parameter(name, why))
}
