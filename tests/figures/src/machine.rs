//! Where and when figures were measured.

use serde::{Deserialize, Serialize};
use std::process::Command;

/// A machine, as far as it explains a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many CPUs we may use.
    pub cpus: usize,
    /// The kernel's release.
    pub kernel: String,
    /// The compiler.
    pub rustc: String,
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = information.lines().find_map(|line| line.strip_prefix("model name"));
        let processor =
            model.and_then(|line| line.split_once(':')).map_or("unknown", |(_, name)| name.trim());
        Self {
            processor: processor.to_owned(),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: said("uname", "-r"),
            rustc: said("rustc", "--version"),
        }
    }

    /// The day, as `2026-11-23`.
    pub fn today() -> String {
        said("date", "+%F")
    }
}

fn said(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
