//! A signal to a process.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::Symbol;

/// A Linux signal. In configuration `"TERM"`, `"SIGTERM"` or `15`; it goes out as the symbol `TERM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(u8);

/// From 1 on. Real-time signals are left out: they have no agreed meaning to strike with.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

const EXPECTED: &str = "a signal, such as \"TERM\", \"SIGTERM\" or 15";

impl Signal {
    /// Ends a process that does not handle it.
    pub const TERM: Signal = Signal(15);

    /// By name, with or without `SIG`, in either case.
    ///
    /// # Errors
    /// An unknown name.
    pub fn named(name: &str) -> Result<Self, String> {
        let upper = name.to_ascii_uppercase();
        let short = upper.strip_prefix("SIG").unwrap_or(&upper);
        let index = NAMES.iter().position(|known| *known == short);
        index.map(|index| Self(index as u8 + 1)).ok_or_else(|| format!("`{name}` is not {EXPECTED}"))
    }

    /// Its name without `SIG`.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0) - 1]
    }

    /// Whether its default is to stop the process, which then needs somebody who continues it.
    pub fn stops(self) -> bool {
        matches!(self.name(), "STOP" | "TSTP" | "TTIN" | "TTOU")
    }

    /// Its number on Linux.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Signal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Symbol::from(self.name()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Signal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Signal, E> {
                Signal::named(name).map_err(E::custom)
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Signal, E> {
                let known = (1..=NAMES.len() as u64).contains(&number);
                known
                    .then_some(Signal(number as u8))
                    .ok_or_else(|| E::custom(format!("{number} is not {EXPECTED}")))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Signal, E> {
                self.visit_u64(u64::try_from(number).unwrap_or(0))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, msgpack};

    fn read(value: impl Into<Value>) -> crate::Result<Signal> {
        msgpack::from_bytes(&msgpack::to_bytes(&value.into()).unwrap())
    }

    #[test]
    fn three_ways_to_say_it() {
        for given in [Value::from("TERM"), Value::from("SIGTERM"), Value::from("term"), Value::from(15)] {
            assert_eq!(read(given.clone()).unwrap(), Signal::TERM, "{given:?}");
        }
        assert_eq!(read("SYS").unwrap().number(), 31);
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        for wrong in
            [Value::from("TREM"), Value::from(0), Value::from(32), Value::from(-15), Value::from(1.5)]
        {
            assert!(read(wrong.clone()).unwrap_err().to_string().contains("\"SIGTERM\" or 15"), "{wrong:?}");
        }
    }

    #[test]
    fn it_goes_out_as_a_symbol() {
        let value: Value = msgpack::from_bytes(&msgpack::to_bytes(&Signal::TERM).unwrap()).unwrap();
        assert_eq!(value, Value::Symbol("TERM".into()));
    }
}
