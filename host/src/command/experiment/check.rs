//! `chaos-kitty experiment check`.

use crate::assembly::{Assembly, Findings};
use crate::command::arguments::{Arguments, ExperimentFile};
use crate::command::failure::Failure;
use crate::command::output;
use crate::experiment::Experiment;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, file: &ExperimentFile) -> Result<ExitCode, Failure> {
    let (experiment, problems) = Experiment::read(&file.file);
    let Findings { problems: found, instances, .. } =
        Assembly { sources: file.sources(), ..Assembly::default() }.check();
    // What is wrong with the configuration that the file is has been said in its place.
    let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let more: Vec<String> = found.into_iter().filter(|problem| !problems.contains(problem)).collect();
    problems.extend(more);
    let probes: Vec<&str> = experiment.probes.iter().map(|probe| &*probe.name).collect();
    if arguments.json {
        let good = problems.is_empty();
        let (title, hypothesis) = (&experiment.title, &experiment.hypothesis);
        output::json(&serde_json::json!({
            "good": good, "title": title, "hypothesis": hypothesis, "probes": probes, "instances": instances,
            "problems": problems,
        }));
        return Ok(ExitCode::from(if good { 0 } else { 2 }));
    }
    if !problems.is_empty() {
        return Err(Failure::wrong(problems.join("\n")));
    }
    let seconds = experiment.duration.as_secs_f64();
    output::say!(
        "all is well: {} would run for {seconds} s, and {} would be asked",
        list(&instances),
        list(&probes)
    );
    Ok(ExitCode::SUCCESS)
}

fn list(names: &[impl AsRef<str>]) -> String {
    match names {
        [] => "nothing".to_owned(),
        names => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
    }
}
