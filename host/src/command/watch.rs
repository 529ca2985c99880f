//! `chaos-kitty watch`.

use super::arguments::Arguments;
use super::early::early;
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use chaos_kitty_bus::Value;
use std::process::ExitCode;
use std::time::Duration;

/// Between two records a host may be silent for long.
const PATIENCE: Duration = Duration::from_secs(365 * 24 * 3600);

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let json = arguments.json;
    let operator = Operator::connect(arguments).await?;
    let watch = operator.watch(
        move |record| {
            if let Some(Value::String(text)) = record.into_iter().next() {
                print(&text, json);
            }
            Box::pin(async { Ok(Value::Nil) })
        },
        PATIENCE,
    );
    tokio::select! {
        ended = watch => ended.map(|_| ExitCode::SUCCESS),
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::SUCCESS),
    }
}

fn print(text: &str, json: bool) {
    if json { output::line(text) } else { output::line(sentence(text)) }
}

/// A record in a line that a person reads.
fn sentence(text: &str) -> String {
    let Ok(record) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let number = |key: &str| record.get(key).and_then(Value::as_f64).unwrap_or_default();
    let line = |key: &str| record.get(key).map_or_else(String::new, output::entries);
    let victim =
        record.get("victim").and_then(|victim| victim.get("name")).map_or("nobody".to_owned(), output::plain);
    if record.get("record").and_then(Value::as_str) == Some("watching") {
        return format!("watching run {}", line("run"));
    }
    let head = format!("{:>9.3}  #{:<4}", number("offset"), number("strike"));
    if record.get("record").and_then(Value::as_str) == Some("outcome") {
        let ending = match record.get("error").filter(|error| **error != Value::Nil) {
            Some(error) => error.get("message").map_or_else(String::new, output::plain),
            None => {
                let doubt = record.get("doubt").map_or_else(String::new, |doubt| {
                    format!(", which is not believed: {}", output::plain(doubt))
                });
                let seen = record
                    .get("seen")
                    .map_or_else(String::new, |seen| format!("; seen {}", output::entries(seen)));
                format!("asked {}; observed {}{seen}{doubt}", line("asked"), line("observed"))
            }
        };
        let early = early(&record).map_or_else(String::new, |early| format!("; ended early: {early}"));
        return format!("{head} {victim}: {} was {}: {ending}{early}", line("method"), line("verdict"));
    }
    let origin = match record.get("origin") {
        Some(origin) => match origin.get("instance").and_then(|instance| instance.get("name")) {
            Some(name) => output::plain(name),
            None => "operator".to_owned(),
        },
        None => return text.to_owned(),
    };
    let effect = record.get("effect").map_or_else(String::new, |effect| {
        let part = |key: &str| effect.get(key).map_or_else(String::new, output::entries);
        format!("{} {}", part("method"), part("options"))
    });
    match record
        .get("ruling")
        .and_then(|ruling| ruling.get("refused"))
        .and_then(|refusal| refusal.get("reason"))
    {
        Some(reason) => format!("{head} {origin} may not strike {victim}: {}", output::plain(reason)),
        None => format!("{head} {origin} → {victim}: {effect} ({})", line("ruling")),
    }
}
