//! Signals: sent by the host, through the pidfd, whatever kind of victim it is.

use super::report::Report;
use crate::gate::{Effect, parse_signal};
use crate::identity::{Fate, Process};
use chaos_kitty_bus::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a process gets to end itself before its signal counts as one that it outlived.
const TO_EXIT: Duration = Duration::from_secs(1);

/// Sends it, and says what became of it.
pub(super) async fn send(process: &Arc<Process>, effect: &Effect) -> Report {
    let Some(Ok(signal)) = effect.option("signal").map(parse_signal) else {
        return Report::refused("there is no signal to send");
    };
    let fate = match process.signal(signal) {
        Err(error) => return Report::refused(format!("{signal} to pid {}: {error}", process.pid())),
        Ok(fate @ (Fate::Gone | Fate::Ignored | Fate::Blocked)) => fate,
        Ok(fate) => {
            let process = Arc::clone(process);
            let exits = tokio::task::spawn_blocking(move || process.exits_within(TO_EXIT)).await;
            if exits.unwrap_or(false) { Fate::Exited } else { fate }
        }
    };
    let name = signal.as_str().trim_start_matches("SIG");
    Report {
        result: Value::map([("signal", Value::Symbol(name.into()))]),
        observed: Some(Value::map([("fate", chaos_kitty_bus::to_value(&fate).unwrap_or_default())])),
        error: None,
    }
}
