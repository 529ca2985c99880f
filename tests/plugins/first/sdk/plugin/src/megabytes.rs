//! A size of memory.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quantity::{self, Quantity};

/// Mebibytes (MiB), at least 1. In configuration `10`, `"10MiB"` or `"1GiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Megabytes(u32);

impl Megabytes {
    /// How many.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Quantity for Megabytes {
    const EXPECTED: &'static str = "a whole number of MiB, such as 10, \"10MiB\" or \"1GiB\"";

    fn from_number(number: f64, _whole: bool) -> Result<Self, String> {
        if number < 1.0 || number.fract() != 0.0 || number > f64::from(u32::MAX) {
            return Err(format!("{number} is not {}", Self::EXPECTED));
        }
        Ok(Self(number as u32))
    }

    fn unit(name: &str) -> Option<f64> {
        Some(match name {
            "" | "MiB" => 1.0,
            "GiB" => 1024.0,
            // "MB" is left out: it says a million to some, and 1,048,576 to others.
            _ => return None,
        })
    }
}

/// What is less than one is one.
impl From<u32> for Megabytes {
    fn from(number: u32) -> Self {
        Self(number.max(1))
    }
}

impl From<Megabytes> for i64 {
    fn from(size: Megabytes) -> Self {
        size.0.into()
    }
}

impl std::fmt::Display for Megabytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} MiB", self.0)
    }
}

impl Serialize for Megabytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for Megabytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        quantity::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, msgpack};

    fn read(value: impl Into<Value>) -> crate::Result<Megabytes> {
        msgpack::from_bytes(&msgpack::to_bytes(&value.into()).unwrap())
    }

    #[test]
    fn a_unit_may_follow_the_number() {
        assert_eq!(read(10).unwrap().get(), 10);
        assert_eq!(read("10MiB").unwrap().get(), 10);
        assert_eq!(read("1.5 GiB").unwrap().get(), 1536);
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for wrong in
            [Value::from(0), Value::from(-3), Value::from(0.5), Value::from("10MB"), Value::from(1e12)]
        {
            assert!(read(wrong.clone()).unwrap_err().to_string().contains("\"10MiB\""), "{wrong:?}");
        }
    }
}
