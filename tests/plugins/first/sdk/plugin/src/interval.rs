//! How far apart ticks are.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Seconds;

/// The time between two ticks: [`Seconds`], at least a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Interval(Seconds);

const SHORTEST: f64 = 0.001;

/// Whole seconds, at least one.
impl From<u32> for Interval {
    fn from(seconds: u32) -> Self {
        Self(Seconds::from(seconds.max(1)))
    }
}

/// Seconds; what is too short is a millisecond.
impl From<f64> for Interval {
    fn from(seconds: f64) -> Self {
        Self(Seconds::from(seconds.max(SHORTEST)))
    }
}

impl From<Interval> for Duration {
    fn from(interval: Interval) -> Self {
        interval.0.into()
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = Seconds::deserialize(deserializer)?;
        if seconds.as_f64() < SHORTEST {
            return Err(serde::de::Error::custom(format!(
                "an interval of {seconds} is too short: at least \"1ms\""
            )));
        }
        Ok(Self(seconds))
    }
}
