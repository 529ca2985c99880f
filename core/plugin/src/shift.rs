//! How far off a clock is.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quantity::{self, Quantity};

/// Seconds by which a clock is put forward, or back where they are negative: ten years at most. In configuration `-90`,
/// `1.5`, `"-2h"`, `"30m"` or `"1d"`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Shift(f64);

/// Ten years.
const FARTHEST: f64 = 3650.0 * 24.0 * 3600.0;

impl Shift {
    /// How many seconds.
    pub fn as_f64(self) -> f64 {
        self.0
    }
}

impl Quantity for Shift {
    const EXPECTED: &'static str =
        "a time in seconds, forward or back, such as -90, 1.5, \"-2h\", \"30m\" or \"1d\"";
    const GOES_BACK: bool = true;

    fn from_number(seconds: f64, _whole: bool) -> Result<Self, String> {
        let is_near = seconds.abs() <= FARTHEST;
        if is_near { Ok(Self(seconds)) } else { Err(format!("{seconds} seconds is more than ten years")) }
    }

    fn unit(name: &str) -> Option<f64> {
        Some(match name {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        })
    }
}

/// What is no number is 0, and what is beyond ten years is ten years.
impl From<f64> for Shift {
    fn from(seconds: f64) -> Self {
        Self(if seconds.is_nan() { 0.0 } else { seconds.clamp(-FARTHEST, FARTHEST) })
    }
}

impl From<Shift> for f64 {
    fn from(shift: Shift) -> Self {
        shift.0
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

impl Serialize for Shift {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Shift {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        quantity::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, msgpack};

    fn read(value: impl Into<Value>) -> crate::Result<Shift> {
        msgpack::from_bytes(&msgpack::to_bytes(&value.into()).unwrap())
    }

    #[test]
    fn it_goes_forward_and_back() {
        for (given, seconds) in
            [("-2h", -7200.0), ("30m", 1800.0), ("1 d", 86_400.0), ("-500ms", -0.5), ("- 7", -7.0)]
        {
            assert_eq!(read(given).unwrap().as_f64(), seconds, "{given}");
        }
        assert_eq!((read(-90).unwrap().as_f64(), read(1.5).unwrap().as_f64()), (-90.0, 1.5));
    }

    #[test]
    fn what_is_no_shift_or_too_far_is_refused() {
        let refused = |value: Value| read(value).unwrap_err().to_string();
        assert!(refused("4000d".into()).contains("more than ten years"));
        assert!(refused(f64::NAN.into()).contains("more than ten years"));
        for wrong in ["--1", "-", "1y", "soon", "1-"] {
            assert!(refused(wrong.into()).contains("forward or back"), "{wrong}");
        }
    }
}
