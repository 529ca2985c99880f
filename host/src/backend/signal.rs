//! Signals: sent by the host, through the pidfd, whatever kind of victim it is.

use super::report::Report;
use crate::gate::{Effect, parse_signal};
use crate::identity::{Fate, Process};
use chaos_kitty_bus::Value;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// How long a process gets to end itself before its signal counts as one that it outlived.
const TO_EXIT: Duration = Duration::from_secs(1);

/// Sends it, and says what became of it.
pub(super) async fn send(process: &Process, effect: &Effect) -> Report {
    let Some(Ok(signal)) = effect.option("signal").map(parse_signal) else {
        return Report::failed("there is no signal to send");
    };
    let fate = match process.signal(signal) {
        Err(error) => return Report::failed(format!("{signal} to pid {}: {error}", process.pid())),
        Ok(fate @ (Fate::Gone | Fate::Ignored | Fate::Blocked)) => fate,
        Ok(fate) if exits(process).await => {
            let _ = fate;
            Fate::Exited
        }
        Ok(fate) => fate,
    };
    let name = signal.as_str().trim_start_matches("SIG");
    Report {
        result: Value::map([("signal", Value::Symbol(name.into()))]),
        observed: Some(Value::map([("fate", chaos_kitty_bus::to_value(&fate).unwrap_or_default())])),
        error: None,
    }
}

async fn exits(process: &Process) -> bool {
    let exited = async {
        let handle = AsyncFd::with_interest(process.exit_handle()?, Interest::READABLE)?;
        handle.readable().await.map(drop)
    };
    matches!(tokio::time::timeout(TO_EXIT, exited).await, Ok(Ok(())))
}
