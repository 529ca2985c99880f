//! `chaos-kitty effects`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::gate::{Origin, UnderWay};
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let effects: Vec<UnderWay> = Operator::connect(arguments).await?.ask("effects").await?;
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
