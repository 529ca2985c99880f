//! `chaos-kitty detach`: an attached process is a victim no more.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::attach::Detached;
use chaos_kitty_bus::{Request, Value, from_value};
use std::process::ExitCode;
use std::time::Duration;

/// How long it may take: effects are undone, which the host waits for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(arguments: &Arguments, victim: &str) -> Result<ExitCode, Failure> {
    let victim = victim.parse::<u64>().map_or_else(|_| Value::from(victim), Value::from);
    let request = Request { arguments: vec![victim], ..Request::new("detach") };
    let answer = Operator::connect(arguments).await?.call(request, PATIENCE).await?;
    if let Some(refusal) = Failure::of(&answer) {
        if arguments.json {
            output::json(&answer);
        }
        return Err(refusal);
    }
    let detached: Detached = from_value(answer)
        .map_err(|error| Failure::refused(format!("the host's answer to detach makes no sense: {error}")))?;
    let Detached { id, name, pid, undone, left, others } = &detached;
    let who = format!("{name} (id {id}, pid {pid}) is detached");
    if arguments.json {
        output::json(&detached);
    } else if *undone {
        output::say!("{who}, and nothing that was done to it is left");
        others.iter().for_each(|line| output::say!("  {line}"));
    }
    if !undone {
        let left = left.join("\n  ");
        return Err(Failure::refused(format!("{who}, and not all that was done to it is undone:\n  {left}")));
    }
    Ok(ExitCode::SUCCESS)
}
