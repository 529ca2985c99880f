//! `chaos-kitty attach`: a process that is there already becomes a victim.

use super::arguments::{Arguments, Attach};
use super::failure::Failure;
use super::operator::Operator;
use super::output;
use crate::attach::ListedProcess;
use crate::host::ListedVictim;
use chaos_kitty_bus::{Request, Value, from_value};
use std::process::ExitCode;
use std::time::Duration;

/// How long it may take: all processes are looked through, and an attendant is started.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn run(arguments: &Arguments, attach: &Attach) -> Result<ExitCode, Failure> {
    let request = request(attach)?;
    let answer = Operator::connect(arguments).await?.call(request, PATIENCE).await?;
    if arguments.json {
        output::json(&answer);
    }
    let nonsense = |error| Failure::refused(format!("the host's answer to attach makes no sense: {error}"));
    if let Some(candidates) = answer.get("candidates") {
        let candidates: Vec<ListedProcess> = from_value(candidates.clone()).map_err(nonsense)?;
        return Err(Failure::refused(question(&candidates)));
    }
    let victim: ListedVictim = from_value(answer).map_err(nonsense)?;
    if !arguments.json {
        let (name, id, pid) = (&victim.name, victim.id, victim.pid);
        output::say!(
            "{name} (id {id}, pid {pid}) is attached, until `chaos-kitty detach {name}`, its exit, or the host's end"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn request(attach: &Attach) -> Result<Request, Failure> {
    let Attach { pid, unit, executable, port, name, labels } = attach;
    let mut request = Request::new("attach");
    if let Some(pid) = pid {
        request = request.option("pid", i64::from(*pid));
    }
    if let Some(unit) = unit {
        request = request.option("unit", unit.as_str());
    }
    if let Some(path) = executable {
        // The host has a working directory of its own.
        let path = std::path::absolute(path).map_err(Failure::wrong)?;
        let shown = path.to_str().ok_or_else(|| {
            Failure::wrong(format!("{} is no name that can be sent: give the pid", path.display()))
        })?;
        request = request.option("executable", shown);
    }
    if let Some(port) = port {
        request = request.option("port", i64::from(*port));
    }
    if let Some(name) = name {
        request = request.option("name", name.as_str());
    }
    let is_again = |at: &usize| labels[..*at].iter().any(|(key, _)| *key == labels[*at].0);
    if let Some(at) = (0..labels.len()).find(is_again) {
        let key = &labels[at].0;
        return Err(Failure::wrong(format!(
            "--label {key}=… is given twice: give it once, with what is meant"
        )));
    }
    let labels = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    Ok(request.option("labels", Value::map(labels)))
}

/// What there is to choose from.
fn question(candidates: &[ListedProcess]) -> String {
    let rows = candidates.iter().map(|one| {
        let command = output::plain(&Value::from(one.command.as_str()));
        [one.pid.to_string(), one.user.clone(), command]
    });
    let table = output::table(["pid", "user", "command"], rows, "");
    let meant = match candidates.len() {
        1 => "several processes are meant, of which one can be attached".to_owned(),
        count => format!("{count} processes are meant"),
    };
    format!("{meant}, and nothing was attached: give the pid of one, `chaos-kitty attach PID`\n{table}")
}
