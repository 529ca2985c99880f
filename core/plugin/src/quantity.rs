//! A number that may carry a unit, as configuration gives it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// What a number means without a unit, and which units there are.
pub(crate) trait Quantity: Sized {
    /// What a reader is told that would do, with an example of each form.
    const EXPECTED: &'static str;

    /// Whether there are negative ones.
    const GOES_BACK: bool = false;

    /// From a number as such; `whole` if it was written without a fraction.
    fn from_number(number: f64, whole: bool) -> Result<Self, String>;

    /// How many of the base unit one of these is, `None` for an unknown unit.
    fn unit(name: &str) -> Option<f64>;
}

/// Reads `2`, `2.5` or `"500ms"`.
pub(crate) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(deserializer: D) -> Result<Q, D::Error> {
    struct Any<Q>(PhantomData<Q>);

    impl<Q: Quantity> Visitor<'_> for Any<Q> {
        type Value = Q;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(Q::EXPECTED)
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Q, E> {
            Q::from_number(number as f64, true).map_err(E::custom)
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Q, E> {
            Q::from_number(number as f64, true).map_err(E::custom)
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Q, E> {
            Q::from_number(number, false).map_err(E::custom)
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Q, E> {
            parse(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_any(Any(PhantomData))
}

fn parse<Q: Quantity>(text: &str) -> Result<Q, String> {
    let wrong = || format!("`{text}` is not {}", Q::EXPECTED);
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-').filter(|_| Q::GOES_BACK) {
        Some(text) => (-1.0, text.trim_start()),
        None => (1.0, text),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().map_err(|_| wrong())?;
    let product = sign * number * Q::unit(text[end..].trim_start()).ok_or_else(wrong)?;
    Q::from_number(product, product.fract() == 0.0 && !text[..end].contains('.'))
}
