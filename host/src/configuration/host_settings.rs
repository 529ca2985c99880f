//! The `[host]` table.

use super::section::Section;
use std::path::PathBuf;

/// What the configuration says of the host itself; the command line overrides it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// The socket to serve on.
    pub socket: Option<PathBuf>,
    /// Directories of plugins.
    pub plugins: Vec<PathBuf>,
    /// The seed of every draw.
    pub seed: Option<u64>,
    /// Whether a plugin that cannot be loaded stops the start.
    pub strict: bool,
    /// Whether to start paused.
    pub paused: bool,
    /// Whether to decide, and leave out the last step.
    pub dry_run: bool,
    /// Whether victims that the kernel does not vouch for are refused.
    pub strict_identity: bool,
    /// Whether a host that is root may strike other users' processes.
    pub other_users: bool,
}

impl HostSettings {
    pub(super) fn read(section: Section<'_>) -> Self {
        let settings = Self {
            socket: section.string("socket").map(PathBuf::from),
            plugins: section.strings("plugins").unwrap_or_default().into_iter().map(PathBuf::from).collect(),
            seed: section.get("seed", "a whole number from 0", |item| {
                item.as_integer().and_then(|seed| u64::try_from(seed).ok())
            }),
            strict: section.bool("strict").unwrap_or_default(),
            paused: section.bool("paused").unwrap_or_default(),
            dry_run: section.bool("dry_run").unwrap_or_default(),
            strict_identity: section.bool("strict_identity").unwrap_or_default(),
            other_users: section.bool("other_users").unwrap_or_default(),
        };
        section.finish();
        settings
    }
}
