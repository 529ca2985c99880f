//! Which process becomes a victim.

use clap::Args;
use std::path::PathBuf;

/// Which process becomes a victim; it is named in one way.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("process").required(true).multiple(false))]
pub(in crate::command) struct Attach {
    /// Its pid.
    #[arg(group = "process", value_name = "PID", value_parser = pid)]
    pub(in crate::command) pid: Option<i32>,
    /// The systemd unit that it is the main process of; .service where no suffix is given.
    #[arg(long, group = "process", value_name = "NAME")]
    pub(in crate::command) unit: Option<String>,
    /// The file that it runs, exactly.
    #[arg(long, group = "process", value_name = "PATH")]
    pub(in crate::command) executable: Option<PathBuf>,
    /// The TCP or UDP port that it listens on.
    #[arg(long, group = "process", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(in crate::command) port: Option<u16>,
    /// The victim's name; that of the process where nothing is said.
    #[arg(long)]
    pub(in crate::command) name: Option<String>,
    /// A label for selectors; may be given more than once.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    pub(in crate::command) labels: Vec<(String, String)>,
}

fn pid(text: &str) -> Result<i32, String> {
    text.parse().ok().filter(|pid| *pid > 0).ok_or_else(|| {
        "a pid is a number from 1; a process is also named by --unit NAME, --executable PATH or --port PORT".to_owned()
    })
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a label is key=value, such as tier=api".to_owned()),
    }
}
