//! How likely a strike is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quantity::{self, Quantity};

/// From 0 (never) to 1 (always).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    /// As a number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// What is outside of 0 to 1 is the nearer end, and what is no number is 0.
impl From<f64> for Probability {
    fn from(probability: f64) -> Self {
        Self(if probability.is_nan() { 0.0 } else { probability.clamp(0.0, 1.0) })
    }
}

impl Serialize for Probability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl Quantity for Probability {
    const EXPECTED: &'static str = "a probability: a number from 0 to 1, such as 0.5";

    fn from_number(number: f64, _: bool) -> Result<Self, String> {
        if (0.0..=1.0).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!("{number} is not {}", Self::EXPECTED))
        }
    }

    /// A number in quotes is a text.
    fn unit(_: &str) -> Option<f64> {
        None
    }
}

impl<'de> Deserialize<'de> for Probability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        quantity::deserialize(deserializer)
    }
}
