//! `chaos-kitty effects`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::chaos::EFFECTS_AT_A_TIME;
use crate::gate::{Origin, UnderWay};
use chaos_kitty_bus::{Request, from_value};
use std::process::ExitCode;
use std::time::Duration;

/// How long a host may take to answer with some of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// All that are under way, by number: a host answers some at a time.
pub(super) async fn all(operator: &Operator) -> Result<Vec<UnderWay>, Failure> {
    let mut all: Vec<UnderWay> = Vec::new();
    loop {
        let last = all.last().map_or(0, |effect| effect.strike);
        let answer = operator.call(Request::new("effects").option("after", last), PATIENCE).await?;
        let some: Vec<UnderWay> = from_value(answer).map_err(|error| {
            Failure::refused(format!("the host's answer to effects makes no sense: {error}"))
        })?;
        // Where there are fewer than it could answer, these are the last: what begins while we look is no reason to go on for ever.
        let are_last = some.len() < EFFECTS_AT_A_TIME;
        all.extend(some);
        if are_last {
            return Ok(all);
        }
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let effects = all(&Operator::connect(arguments).await?).await?;
    if arguments.json {
        output::json(&effects);
        return Ok(ExitCode::SUCCESS);
    }
    let rows = effects.iter().map(|effect| {
        let by = match &effect.origin {
            Origin::Instance { name, .. } => output::plain(&name.as_str().into()),
            other => other.to_string(),
        };
        [
            effect.strike.to_string(),
            effect.victim.name.to_string(),
            output::plain(&effect.method.as_str().into()),
            output::entries(&effect.asked),
            by,
            output::time(effect.began_before),
            output::time(effect.remaining),
        ]
    });
    let columns = ["strike", "victim", "method", "asked", "by", "for", "ends within"];
    output::line(output::table(columns, rows, "nothing is under way"));
    Ok(ExitCode::SUCCESS)
}
