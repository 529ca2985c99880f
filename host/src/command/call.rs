//! `chaos-kitty call VICTIM METHOD key=value…`.

use super::arguments::{Arguments, Call};
use super::early::early;
use super::failure::{Failure, code};
use super::operator::Operator;
use super::output;
use crate::effect::Effect;
use crate::host::Overview;
use crate::units;
use chaos_kitty_bus::{Request, Symbol, Value};
use std::process::ExitCode;
use std::time::Duration;

/// Longer than the longest lease: the host's own deadlines end a call before this does.
const PATIENCE: Duration = Duration::from_secs(3700);

pub(super) async fn run(arguments: &Arguments, call: &Call) -> Result<ExitCode, Failure> {
    let options = call.options.iter().map(|text| option(text)).collect::<Result<Vec<_>, _>>()?;
    once(&options)?;
    let victim = call.victim.parse::<u64>().map_or_else(|_| Value::from(call.victim.as_str()), Value::from);
    let mut request = Request::new("strike")
        .argument(victim)
        .argument(Symbol::from(call.method.as_str()))
        .option("options", Value::Map(options));
    if let Some(lease) = &call.lease {
        request = request.option("lease", some_time(lease)?);
    }
    let operator = Operator::connect(arguments).await?;
    // A host that does not answer this will not answer in an hour either.
    let _: Overview = operator.ask("overview").await?;
    let answer = tokio::select! {
        answer = operator.call(request, PATIENCE) => answer.map_err(Failure::without_an_outcome)?,
        Ok(()) = tokio::signal::ctrl_c() => return Err(Failure::interrupted(
            "interrupted: what was begun goes on to its end: `chaos-kitty effects` lists it, and `chaos-kitty undo STRIKE` ends it",
        )),
    };
    if arguments.json {
        output::json(&answer);
    }
    if let Some(refusal) = Failure::of(&answer) {
        return Err(refusal);
    }
    let text = |key: &str| answer.get(key).map_or_else(String::new, output::plain);
    let line = |key: &str| answer.get(key).map_or_else(String::new, output::entries);
    let dry_run = answer.get("dry_run").and_then(Value::as_bool) == Some(true);
    let verdict = text("verdict");
    let error = answer.get("error").filter(|error| **error != Value::Nil);
    let failure = |key: &str| error.and_then(|error| error.get(key)).map(output::plain);
    if !arguments.json && failure("kind").as_deref() != Some("wrong_use") {
        let victim = answer.get("victim");
        let of =
            |key: &str| victim.and_then(|victim| victim.get(key)).map_or_else(String::new, output::plain);
        output::say!("{} on {} (id {}, pid {})", call.method, of("name"), of("id"), of("pid"));
        output::say!("  asked     {}", line("asked"));
        if dry_run {
            output::say!("  observed  nothing: this is a dry run, and the last step was left out");
        } else {
            let silent = "nothing: the victim does not say".to_owned();
            output::say!(
                "  observed  {}",
                Some(line("observed")).filter(|line| line != "nothing").unwrap_or(silent)
            );
            if answer.get("seen").is_some_and(|seen| *seen != Value::Nil) {
                output::say!("  seen      {}", line("seen"));
            }
            if !text("doubt").is_empty() {
                output::say!("  doubted   {}", text("doubt"));
            }
            let early = early(&answer);
            // What the protocol's methods answer repeats what was asked, which it has not come to.
            if early.is_none() || !Effect::is_chaos(&call.method) {
                output::say!("  answered  {}", line("result"));
            }
            output::say!("  verdict   {verdict}");
            if let Some(early) = early {
                output::say!("  ended     early: {early}");
            }
        }
        let took = answer.get("took").and_then(Value::as_f64).unwrap_or_default();
        output::say!("  took      {}", output::time(took));
    }
    match (failure("kind").as_deref(), failure("message")) {
        // It does not offer the method, as one that declares what it offers would not.
        (Some("wrong_use"), Some(message)) if message.starts_with("NoMethodError: ") => {
            Err(Failure::refused(message))
        }
        (Some("wrong_use"), Some(message)) => Err(Failure::wrong(message)),
        (_, Some(message)) => Err(Failure::refused(message)),
        _ => Ok(code(dry_run || verdict != "none")),
    }
}

/// A lease, in seconds. One that is over at once would end an effect before it begins.
fn some_time(lease: &str) -> Result<Value, Failure> {
    let seconds = units::seconds(&Value::from(lease)).ok();
    seconds.filter(|seconds| seconds.as_f64().is_some_and(|seconds| seconds > 0.0)).ok_or_else(|| {
        let must = "a time above 0: seconds, or a text such as 500ms, 2s, 1m";
        Failure::wrong(format!("--lease must be {must}; without it the lease follows from the arguments"))
    })
}

/// `key=value`: a number, true or false where it reads as one and is written as one is (`01234` is a text), else a text.
fn option(text: &str) -> Result<(Value, Value), Failure> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
        Failure::wrong(format!("`{text}` is no argument: write key=value, such as duration=500ms"))
    })?;
    let padded = value
        .trim_start_matches('-')
        .strip_prefix('0')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let value = match (value, value.parse::<i64>(), value.parse::<f64>()) {
        ("true" | "false", ..) => Value::Bool(value == "true"),
        _ if padded => Value::from(value),
        (_, Ok(number), _) => Value::Int(number),
        (_, _, Ok(number)) if number.is_finite() => Value::Float(number),
        _ => Value::from(value),
    };
    Ok((Value::Symbol(key.into()), value))
}

/// Of two values for one option nobody could say which is meant.
fn once(options: &[(Value, Value)]) -> Result<(), Failure> {
    let is_again = |at: &usize| options[..*at].iter().any(|(key, _)| *key == options[*at].0);
    match (0..options.len()).find(is_again).map(|at| output::plain(&options[at].0)) {
        Some(key) => Err(Failure::wrong(format!("`{key}` is given twice: give it once, with what is meant"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_truths_or_texts() {
        let value = |text: &str| option(text).unwrap().1;
        assert_eq!(value("duration=0.5"), Value::Float(0.5));
        assert_eq!(value("size_mb=10"), Value::Int(10));
        assert_eq!(value("block=true"), Value::Bool(true));
        assert_eq!(value("message=a=b"), Value::from("a=b"));
        assert_eq!(value("message=inf"), Value::from("inf"));
        assert_eq!(value("zip=01234"), Value::from("01234"));
        assert_eq!(value("duration=-0.5"), Value::Float(-0.5));
        assert!(option("duration").is_err() && option("=3").is_err());
    }

    #[test]
    fn an_option_is_given_once() {
        let given = |texts: &[&str]| {
            let options: Vec<_> = texts.iter().map(|text| option(text).unwrap()).collect();
            once(&options)
        };
        given(&["duration=1", "block=true"]).unwrap();
        assert!(given(&["duration=1", "block=true", "duration=1"]).is_err());
    }
}
