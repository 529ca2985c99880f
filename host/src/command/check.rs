//! `chaos-kitty check`.

use super::arguments::{Arguments, Loading};
use super::failure::Failure;
use super::output;
use crate::assembly::{Assembly, Findings};
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, loading: &Loading) -> Result<ExitCode, Failure> {
    let assembly = Assembly { sources: loading.sources(), ..Assembly::default() };
    let Findings { problems, operations, instances } = assembly.check();
    if arguments.json {
        let good = problems.is_empty();
        output::json(&serde_json::json!({ "good": good, "instances": instances, "problems": problems }));
        return Ok(ExitCode::from(if good { 0 } else { 2 }));
    }
    if !problems.is_empty() {
        return Err(Failure::wrong(problems.join("\n")));
    }
    let rows =
        operations.into_iter().map(|(name, version, file)| [name, version, file.display().to_string()]);
    output::say!("{}\n", output::table(["operation", "version", "plugin"], rows, "no plugins"));
    match instances.as_slice() {
        [] => output::say!("nothing is wrong, and nothing would run: the configuration has no instances"),
        instances => output::say!("all is well: {} would run", instances.join(", ")),
    }
    Ok(ExitCode::SUCCESS)
}
