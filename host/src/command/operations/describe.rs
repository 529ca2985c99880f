//! `chaos-kitty operations describe NAME`.

use super::super::arguments::{Arguments, Describe};
use super::super::failure::Failure;
use super::super::one_line::one_line;
use super::super::output;
use crate::configuration::advice;
use crate::plugin::{Interview, Kind, Manifest, Parameter, PrivateCopy, PrivateDirectory, directory};
use std::path::PathBuf;
use std::process::ExitCode;

/// Letters of a default that fit into a table.
const LONGEST_DEFAULT: usize = 40;

pub(crate) async fn run(arguments: &Arguments, describe: &Describe) -> Result<ExitCode, Failure> {
    let private = PrivateDirectory::new().map_err(|error| {
        Failure::refused(format!(
            "no private directory for the plugin's copy: {error}: set TMPDIR to another"
        ))
    })?;
    // As a host does it: a copy, which no other process may change under our hands.
    let copy = PrivateCopy::of(&file(describe)?, &private).map_err(Failure::refused)?;
    let manifest = copy.manifest().clone();
    let described = tokio::task::spawn_blocking(move || Interview::of(&copy));
    let described = described.await.unwrap_or_else(|error| Err(error.to_string()));
    let kind = described.map_err(|why| {
        let why = one_line(&format_args!("{why}"));
        Failure::refused(format!("{} cannot describe its parameters: {why}", manifest.name))
    })?;
    if arguments.json {
        let Manifest { name, version, description, abi, sdk, file } = &manifest;
        output::json(&serde_json::json!({
            "name": name, "version": version, "description": description, "abi": abi, "sdk": sdk, "file": file,
            "meaning": kind.as_ref().map(|kind| &kind.meaning),
            "parameters": kind.as_ref().map(|kind| &kind.parameters),
        }));
    } else {
        show(&manifest, kind.as_ref());
    }
    Ok(ExitCode::SUCCESS)
}

/// The plugin's file: the one that is named, or the one that a host would load for the operation.
fn file(describe: &Describe) -> Result<PathBuf, Failure> {
    let name = &describe.operation;
    if name.ends_with(".so") {
        return Ok(PathBuf::from(name));
    }
    let directories = describe.places.sources().directories();
    let found = directory::scan(&directories);
    if let Some(manifest) = found.plugins.iter().find(|manifest| manifest.name == *name) {
        return Ok(manifest.file.clone());
    }
    if let Some(rejection) = found.rejections.iter().find(|rejection| rejection.is_of(name)) {
        return Err(Failure::refused(rejection));
    }
    let known: Vec<&str> = found.plugins.iter().map(|manifest| &*manifest.name).collect();
    let places: Vec<String> = directories.iter().map(|path| path.display().to_string()).collect();
    Err(Failure::wrong(format!(
        "no plugin offers the operation `{name}`{}; looked in {}: name a directory with --plugins, or a file",
        advice(name, &known),
        places.join(", ")
    )))
}

fn show(manifest: &Manifest, kind: Option<&Kind>) {
    let Manifest { name, version, description, abi, sdk, file } = manifest;
    output::say!("{name} {version}: {}", text(description));
    match kind {
        None => output::say!("\nIts author describes no parameters."),
        Some(kind) => {
            kind.meaning.lines().for_each(|line| output::say!("{}", text(line)));
            let (mut rows, mut choices) = (Vec::new(), Vec::new());
            collect("", &kind.parameters, &mut rows, &mut choices);
            let columns = ["parameter", "type", "unit", "default", "meaning"];
            output::say!("\n{}", output::table(columns, rows, "It takes no parameters."));
            for (parameter, words) in choices {
                output::say!(
                    "\n{}",
                    output::table([&*parameter, "meaning"], words, "nothing to choose from")
                );
            }
        }
    }
    output::say!("\nplugin {} (ABI {abi}, SDK {sdk})", file.display());
}

/// A row for each parameter, a table's own behind it; and the words of each choice.
fn collect(
    path: &str,
    parameters: &[Parameter],
    rows: &mut Vec<[String; 5]>,
    choices: &mut Vec<(String, Vec<[String; 2]>)>,
) {
    for Parameter { name, kind, default, meaning } in parameters {
        let name = text(&format!("{path}{name}"));
        let meaning = if meaning.is_empty() { &kind.meaning } else { meaning };
        let default = default.as_ref().map_or_else(|| "required".to_owned(), shown);
        rows.push([
            name.clone(),
            text(&kind.name),
            text(&kind.unit),
            default,
            text(meaning.lines().next().unwrap_or_default()),
        ]);
        if !kind.choices.is_empty() {
            let words = kind.choices.iter().map(|choice| [text(&choice.name), text(&choice.meaning)]);
            choices.push((name.clone(), words.collect()));
        }
        let one = if kind.name.starts_with("list") { "[]" } else { "" };
        collect(&format!("{name}{one}."), &kind.parameters, rows, choices);
    }
}

/// A default as the configuration writes it, as far as it fits.
fn shown(default: &serde_json::Value) -> String {
    let whole = match default {
        serde_json::Value::Null => "nothing".to_owned(),
        // Its own rows show what is in it.
        serde_json::Value::Object(_) => String::new(),
        other => text(&other.to_string()),
    };
    match whole.char_indices().nth(LONGEST_DEFAULT) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

/// An author's words may hold what a terminal obeys: that is shown, and not done.
fn text(words: &str) -> String {
    one_line(&format_args!("{words}"))
}
