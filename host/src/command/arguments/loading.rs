//! Where configuration and plugins come from.

use super::given;
use crate::instances::Sources;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where configuration and plugins come from.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::command) struct Places {
    /// The configuration; without one, the five operations run at their defaults.
    #[arg(long, env = "CHAOS_KITTY_CONFIG", value_name = "FILE")]
    pub(in crate::command) config: Option<OsString>,
    /// A directory of plugins, looked into before all others; may be given more than once.
    #[arg(long, env = "CHAOS_KITTY_PLUGINS", value_name = "DIRECTORY", value_delimiter = ':')]
    pub(in crate::command) plugins: Vec<OsString>,
}

/// What is loaded, and whether all of it must be sound.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::command) struct Loading {
    #[command(flatten)]
    places: Places,
    /// A plugin that cannot be loaded is an error: a host does not start then.
    #[arg(long)]
    pub(in crate::command) strict: bool,
}

impl Loading {
    /// What was named.
    pub(in crate::command) fn sources(&self) -> Sources {
        self.places.sources()
    }
}

impl Places {
    /// What was named.
    pub(in crate::command) fn sources(&self) -> Sources {
        Sources {
            configuration: given(self.config.as_ref()),
            plugins: directories(&self.plugins),
            ..Sources::default()
        }
    }
}

/// The directories that were named.
pub(in crate::command) fn directories(named: &[OsString]) -> Vec<PathBuf> {
    named.iter().filter_map(|path| given(Some(path))).collect()
}
