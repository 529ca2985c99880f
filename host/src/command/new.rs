//! `chaos-kitty new`.

use super::arguments::Arguments;
use super::failure::Failure;
use super::output;
use crate::starter::Starter;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, directory: &Path) -> Result<ExitCode, Failure> {
    let shown = directory.display();
    let name = directory.file_name().unwrap_or_default().to_str().unwrap_or_default();
    let starter = Starter::new(name.parse().map_err(Failure::wrong)?);
    match fs::read_dir(directory).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => return Err(Failure::wrong(format!("{shown} is not empty: name a new directory"))),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::wrong(format!("{shown}: {error}: name a new directory"))),
    }
    starter.write(directory).map_err(|error| {
        Failure::refused(format!("{error}: {shown} is not complete, remove it and choose another place"))
    })?;
    let name = starter.name();
    if arguments.json {
        let files: Vec<String> = starter.files().into_iter().map(|(path, _)| path).collect();
        output::json(&serde_json::json!({ "operation": name, "directory": directory, "files": files }));
        return Ok(ExitCode::SUCCESS);
    }
    output::say!(
        "{name} is in {shown}: src/lib.rs is the operation, chaos.toml runs it, sdk/ is what it is built with"
    );
    output::say!("  cd {shown}");
    output::say!("  cargo test && cargo build");
    output::say!("  chaos-kitty serve --config chaos.toml");
    Ok(ExitCode::SUCCESS)
}
