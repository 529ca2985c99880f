//! Doubt: what a victim says it observed, held against what is possible.

use crate::units;
use chaos_kitty_bus::Value;
use nix::sys::sysinfo::sysinfo;
use nix::unistd::{SysconfVar, sysconf};
use std::sync::LazyLock;

/// What no observation can pass: taken from outside, so that a victim is not asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Possible {
    /// Seconds between question and answer.
    elapsed: f64,
    /// Processors that the machine has.
    processors: f64,
    /// MiB that the machine has.
    memory: f64,
}

/// What two clocks may differ by: the victim's readings are its own.
const SLACK: f64 = 0.01;

impl Possible {
    /// What is possible on this machine in so many seconds.
    pub(super) fn within(elapsed: f64) -> Self {
        /// Asked once: the kernel reads a file of its own for it, and a strike is not to wait for that.
        static MACHINE: LazyLock<(f64, f64)> = LazyLock::new(|| {
            let processors = sysconf(SysconfVar::_NPROCESSORS_CONF).ok().flatten();
            let memory = sysinfo().map(|system| system.ram_total() as f64 / (1 << 20) as f64);
            // Where the kernel does not say, nothing is impossible.
            (processors.map_or(f64::INFINITY, |count| count as f64), memory.unwrap_or(f64::INFINITY))
        });
        let (processors, memory) = *MACHINE;
        Self { elapsed, processors, memory }
    }

    /// Why what was observed cannot be so, if it cannot.
    pub(super) fn doubt(&self, observed: &Value) -> Option<String> {
        let Value::Map(entries) = observed else {
            return Some(format!("observed: is {}, and should be a map of figures", observed.kind()));
        };
        entries.iter().find_map(|(key, value)| {
            let key = key.as_str()?;
            let most = self.most(key)?;
            let Some(figure) = value.as_f64() else {
                return Some(format!("{key} is {}, and should be a number", value.kind()));
            };
            // A clock may be put back, and nothing else is less than nothing.
            let figure = if key == "seconds_shifted" { figure.abs() } else { figure };
            if !figure.is_finite() || figure < 0.0 {
                return Some(format!("{key} is {figure}, and should be a number from 0"));
            }
            let after = self.elapsed;
            (figure > most).then(|| {
                format!(
                    "{key} is {figure}, and {most:.3} at most were possible: it answered after {after:.3} s"
                )
            })
        })
    }

    /// The most that a figure can be; nothing for one of the victim's own.
    fn most(&self, key: &str) -> Option<f64> {
        match key {
            "seconds_held" | "wall_seconds" => Some(self.elapsed + SLACK),
            "cpu_seconds" => Some((self.elapsed + SLACK) * self.processors),
            "resident_mb" | "freed_mb" => Some(self.memory),
            // As far as a clock may be put, and what it gains at its fastest.
            "seconds_shifted" => Some(units::FARTHEST_SHIFT + units::FASTEST_DRIFT * (self.elapsed + SLACK)),
            "hits" | "calls" | "hooks" | "iterations" | "taken" | "left" => Some(u64::MAX as f64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_A_SECOND: Possible = Possible { elapsed: 0.5, processors: 2.0, memory: 8192.0 };

    fn doubt(key: &'static str, value: impl Into<Value>) -> Option<String> {
        HALF_A_SECOND.doubt(&Value::map([(key, value)]))
    }

    #[test]
    fn what_is_possible_is_believed() {
        for (key, value) in [
            ("seconds_held", 0.5),
            ("cpu_seconds", 0.99),
            ("resident_mb", 8000.0),
            ("hits", 3.0),
            ("left", 0.0),
        ] {
            assert_eq!(doubt(key, value), None, "{key}");
        }
        for shifted in [-315_360_000.0, -0.5, 0.0, 315_360_050.0] {
            assert_eq!(doubt("seconds_shifted", shifted), None, "{shifted}");
        }
        assert_eq!(doubt("rows", "many"), None, "an application's own figures are its own");
        let machine = Possible::within(0.0);
        assert!(machine.processors >= 1.0 && machine.memory >= 1.0, "{machine:?}");
    }

    #[test]
    fn more_than_the_time_the_processors_or_the_memory_allow_is_not() {
        for (key, value) in [
            ("seconds_held", 1.0),
            ("wall_seconds", 0.6),
            ("cpu_seconds", 1.1),
            ("resident_mb", 1e300),
            ("seconds_shifted", -1e9),
        ] {
            let doubt = doubt(key, value).unwrap();
            assert!(doubt.starts_with(key) && doubt.ends_with("it answered after 0.500 s"), "{doubt}");
        }
    }

    #[test]
    fn what_is_no_figure_is_named() {
        for value in [Value::from(-1), f64::NAN.into(), f64::INFINITY.into(), "long".into(), Value::Nil] {
            let doubt = doubt("seconds_held", value.clone()).unwrap();
            assert!(doubt.contains("should be a number"), "{value:?}: {doubt}");
        }
        assert!(HALF_A_SECOND.doubt(&Value::from(7)).unwrap().contains("should be a map"));
        assert_eq!(HALF_A_SECOND.doubt(&Value::map([("seconds_held", 0.1)])), None);
    }
}
