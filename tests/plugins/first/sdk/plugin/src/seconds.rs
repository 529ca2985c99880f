//! A span of time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quantity::{self, Quantity};

/// Seconds, from 0 to a year. In configuration `2`, `2.5`, `"500ms"`, `"2s"`, `"1m"` or `"1h"`.
///
/// It goes back out as it was given, whole or with a fraction, because the wire tells the two apart.
#[derive(Clone, Copy, Debug)]
pub struct Seconds {
    seconds: f64,
    whole: bool,
}

/// A year: beyond it lies a slip of the keyboard, and further out arithmetic on instants that overflows.
const LONGEST: f64 = 366.0 * 24.0 * 3600.0;

impl Seconds {
    /// How many.
    pub fn as_f64(self) -> f64 {
        self.seconds
    }

    /// Given without a fraction.
    pub(crate) fn is_whole(self) -> bool {
        self.whole
    }
}

impl Quantity for Seconds {
    const EXPECTED: &'static str = "a time in seconds, such as 2, 0.5, \"500ms\", \"2s\", \"1m\" or \"1h\"";

    fn from_number(seconds: f64, whole: bool) -> Result<Self, String> {
        if seconds < 0.0 {
            return Err(format!("{seconds} seconds is a negative time"));
        }
        if seconds.is_nan() || seconds > LONGEST {
            return Err(format!("{seconds} seconds is longer than a year"));
        }
        Ok(Self { seconds, whole })
    }

    fn unit(name: &str) -> Option<f64> {
        Some(match name {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return None,
        })
    }
}

/// Whole seconds, at most a year.
impl From<u32> for Seconds {
    fn from(seconds: u32) -> Self {
        Self { seconds: f64::from(seconds).min(LONGEST), whole: true }
    }
}

/// What is negative or no number is 0, and what is beyond a year is a year.
impl From<f64> for Seconds {
    fn from(seconds: f64) -> Self {
        let seconds = if seconds.is_nan() { 0.0 } else { seconds.clamp(0.0, LONGEST) };
        Self { seconds, whole: false }
    }
}

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        Self::from(duration.as_secs_f64())
    }
}

impl From<Seconds> for f64 {
    fn from(seconds: Seconds) -> Self {
        seconds.seconds
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        Duration::from_secs_f64(seconds.seconds)
    }
}

impl PartialEq for Seconds {
    fn eq(&self, other: &Self) -> bool {
        self.seconds == other.seconds
    }
}

impl PartialOrd for Seconds {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.seconds.partial_cmp(&other.seconds)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.seconds)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.whole {
            serializer.serialize_u64(self.seconds as u64)
        } else {
            serializer.serialize_f64(self.seconds)
        }
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        quantity::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, msgpack};

    fn read(value: impl Into<Value>) -> crate::Result<Seconds> {
        msgpack::from_bytes(&msgpack::to_bytes(&value.into()).unwrap())
    }

    fn written(seconds: Seconds) -> Value {
        msgpack::from_bytes(&msgpack::to_bytes(&seconds).unwrap()).unwrap()
    }

    #[test]
    fn a_unit_may_follow_the_number() {
        for (given, seconds) in [("500ms", 0.5), ("2s", 2.0), ("1.5 m", 90.0), ("1h", 3600.0), ("7", 7.0)] {
            assert_eq!(read(given).unwrap().as_f64(), seconds, "{given}");
        }
    }

    #[test]
    fn it_goes_back_out_as_it_was_given() {
        assert_eq!(written(read(2).unwrap()), Value::Int(2));
        assert_eq!(written(read(2.0).unwrap()), Value::Float(2.0));
        assert_eq!(written(read("1m").unwrap()), Value::Int(60));
        assert_eq!(written(read("500ms").unwrap()), Value::Float(0.5));
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_forms_that_would_do() {
        let refused = |value: Value| read(value).unwrap_err().to_string();
        assert!(refused((-1).into()).contains("negative"));
        assert!(refused(1e300.into()).contains("longer than a year"));
        assert!(refused(f64::NAN.into()).contains("longer than a year"));
        assert!(refused("2 weeks".into()).contains("`2 weeks` is not a time in seconds, such as 2"));
        assert!(refused("-2s".into()).contains("such as 2"));
        assert!(refused(true.into()).contains("such as 2"));
    }
}
