//! One run of the host: from its start to its end.

use crate::chance::Chance;
use crate::clock::Clock;
use std::sync::Arc;

/// What identifies a run and makes it repeatable.
#[derive(Debug, Clone)]
pub struct Run {
    /// 16 hexadecimal digits, another one for each start.
    pub id: Arc<str>,
    /// The boot of the machine, as the kernel names it; empty where it does not.
    pub boot: Arc<str>,
    /// The run's time.
    pub clock: Clock,
    /// The run's chance.
    pub chance: Chance,
}

impl Run {
    /// Starts a run, with the operator's seed or one of the system's.
    pub fn start(seed: Option<u64>) -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self {
            id: format!("{:016x}", unique()).into(),
            boot: boot.trim().into(),
            clock: Clock::start(),
            chance: seed.map_or_else(Chance::fresh, Chance::from_seed),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a run's id is no draw: nothing depends on it")]
fn unique() -> u64 {
    rand::random()
}
