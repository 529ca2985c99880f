//! `chaos-kitty check`.

use super::arguments::{Arguments, Loading};
use super::failure::Failure;
use super::output;
use crate::assembly::Assembly;
use std::process::ExitCode;

pub(super) async fn run(arguments: &Arguments, loading: &Loading) -> Result<ExitCode, Failure> {
    let assembly = Assembly { sources: loading.sources(), ..Assembly::default() };
    let (findings, problems) = match assembly.check() {
        Ok(findings) => {
            let problems = findings.rejections.clone();
            (Some(findings), problems)
        }
        Err(problems) => (None, problems),
    };
    if arguments.json {
        let instances = findings.as_ref().map(|findings| &findings.instances);
        output::json(
            &serde_json::json!({ "good": problems.is_empty(), "instances": instances, "problems": problems }),
        );
        return Ok(ExitCode::from(if problems.is_empty() { 0 } else { 2 }));
    }
    if !problems.is_empty() {
        return Err(Failure::wrong(problems.join("\n")));
    }
    if let Some(findings) = findings {
        let rows = findings
            .operations
            .into_iter()
            .map(|(name, version, file)| [name, version, file.display().to_string()]);
        output::say!("{}\n", output::table(["operation", "version", "plugin"], rows, "no plugins"));
        match findings.instances.as_slice() {
            [] => output::say!("nothing is wrong, and nothing would run: the configuration has no instances"),
            instances => output::say!("all is well: {} would run", instances.join(", ")),
        }
    }
    Ok(ExitCode::SUCCESS)
}
