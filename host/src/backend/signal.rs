//! Signals: sent by the host, through the pidfd, whatever kind of victim it is.

use super::report::Report;
use crate::effect::Effect;
use crate::identity::Process;
use chaos_kitty_bus::Value;
use std::io;
use std::sync::Arc;

/// Sends it, and says what became of it.
pub(super) async fn send(process: &Arc<Process>, effect: &Effect) -> Report {
    let Some(Ok(signal)) = effect.option("signal").map(crate::signal::parse) else {
        return Report::refused("there is no signal to send");
    };
    let held = Arc::clone(process);
    let sent = tokio::task::spawn_blocking(move || held.signal(signal)).await;
    let fate = match sent.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Err(error) => return Report::refused(format!("{signal} to pid {}: {error}", process.pid())),
        Ok(fate) => fate,
    };
    let name = signal.as_str().trim_start_matches("SIG");
    Report {
        result: Value::map([("signal", Value::Symbol(name.into()))]),
        observed: Some(Value::map([("fate", chaos_kitty_bus::to_value(&fate).unwrap_or_default())])),
        error: None,
    }
}
