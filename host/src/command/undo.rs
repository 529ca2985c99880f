//! `chaos-kitty undo STRIKE…`: what was begun ends now, and is put back.

use super::arguments::{Arguments, Undo};
use super::effects;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::chaos::EFFECTS_AT_A_TIME;
use crate::gate::{UnderWay, Undone};
use chaos_kitty_bus::{Request, Value, from_value};
use std::process::ExitCode;
use std::time::Duration;

/// How long it may take: the host waits for the victims.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(arguments: &Arguments, undo: &Undo) -> Result<ExitCode, Failure> {
    if undo.strikes.is_empty() && !undo.all {
        return Err(Failure::wrong(
            "undo takes a STRIKE or several, by the numbers that `chaos-kitty effects` lists, or --all for all that is under way",
        ));
    }
    let operator = Operator::connect(arguments).await?;
    let mut strikes = undo.strikes.clone();
    if undo.all {
        strikes = effects::all(&operator).await?.iter().map(|effect| effect.strike).collect();
    }
    let (undone, failed) = ask(&operator, &strikes).await;
    // What has ended by itself since it was listed is what was wanted.
    let is_wanted = |one: &&Undone| undo.all && one.has_been && one.effect.is_none();
    let objections: Vec<String> = undone.iter().filter(|one| !is_wanted(one)).filter_map(objection).collect();
    if arguments.json {
        output::json(&undone);
    } else if undone.is_empty() && failed.is_none() {
        output::say!("nothing is under way");
    } else {
        let ended = undone.iter().filter(|one| objection(one).is_none());
        ended.for_each(|one| output::say!("{} has ended before its time, and is put back", called(one)));
    }
    match failed {
        Some(failure) => Err(failure),
        None if objections.is_empty() => Ok(ExitCode::SUCCESS),
        None => Err(Failure::refused(objections.join("\n"))),
    }
}

/// All of them are told at once: nobody waits for one that hangs, of whatever part it is.
async fn ask(operator: &Operator, strikes: &[u64]) -> (Vec<Undone>, Option<Failure>) {
    let part = |strikes: &[u64]| {
        let (operator, numbers) = (operator.clone(), strikes.iter().copied().map(Value::from).collect());
        let request = Request { arguments: numbers, ..Request::new("undo") };
        tokio::spawn(async move { ask_for(&operator, request).await })
    };
    let parts: Vec<_> = strikes.chunks(EFFECTS_AT_A_TIME).map(part).collect();
    let (mut undone, mut failed) = (Vec::new(), None);
    for part in parts {
        match part.await.unwrap_or_else(|error| Err(Failure::refused(format!("undo has failed: {error}")))) {
            Ok(some) => undone.extend(some),
            // What became of the others is told all the same.
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    (undone, failed)
}

async fn ask_for(operator: &Operator, request: Request) -> Result<Vec<Undone>, Failure> {
    let answer = operator.call(request, PATIENCE).await?;
    from_value(answer)
        .map_err(|error| Failure::refused(format!("the host's answer to undo makes no sense: {error}")))
}

/// Why it was not undone, if it was not.
fn objection(undone: &Undone) -> Option<String> {
    let Undone { strike, has_been, effect, is_over, unsure } = undone;
    match effect {
        None if *has_been => {
            Some(format!("strike {strike} is over already, or a signal: there was nothing to undo"))
        }
        None => {
            Some(format!("there is no strike {strike}: `chaos-kitty effects` lists those that are under way"))
        }
        Some(effect) if !is_over => Some(format!(
            "{} was told to end, and has not: its victim hangs, or cannot be told. It ends on its lease, within {}",
            called(undone),
            output::time(effect.remaining)
        )),
        Some(_) => unsure.as_ref().map(|why| {
            format!(
                "{} was told to end, and nobody can say that it has: {why}. Look at its victim",
                called(undone)
            )
        }),
    }
}

fn called(undone: &Undone) -> String {
    let of = undone.effect.as_ref().map_or_else(String::new, |UnderWay { method, victim, .. }| {
        let method = output::plain(&method.as_str().into());
        format!(", {method} on {} (id {}, pid {}),", victim.name, victim.id, victim.pid)
    });
    format!("strike {}{of}", undone.strike)
}
