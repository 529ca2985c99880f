//! Where configuration and plugins come from.

use crate::configuration::{Configuration, Problem};
use std::path::{Path, PathBuf};

/// What the operator named.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub configuration: Option<PathBuf>,
    /// Directories of plugins that the operator named; they come first.
    pub plugins: Vec<PathBuf>,
    /// What the file says besides, under these keys, is read by somebody else.
    pub others: &'static [&'static str],
}

impl Sources {
    /// The configuration as it is now, and what is wrong with it.
    pub(super) fn read(&self) -> (Configuration, Vec<Problem>) {
        let file = self.configuration.as_deref();
        file.map_or_else(Default::default, |file| Configuration::read_among(file, self.others))
    }

    /// Where plugins are looked for, going by what can be understood of the configuration.
    pub fn directories(&self) -> Vec<PathBuf> {
        self.directories_with(&self.read().0)
    }

    /// The same with a configuration that has been read: what the operator named, the configuration, beside the executable,
    /// and where install.sh puts them.
    pub(super) fn directories_with(&self, configuration: &Configuration) -> Vec<PathBuf> {
        let beside = std::env::current_exe().ok().and_then(|file| file.parent().map(Path::to_owned));
        let installed = beside.as_ref().map(|bin| bin.join("../lib/chaos-kitty/plugins"));
        let configured = configuration.host.plugins.iter().map(|path| configuration.beside(path));
        let mut directories: Vec<PathBuf> = Vec::new();
        let mut seen = Vec::new();
        let named = self.plugins.iter().cloned().map(|path| (path, true));
        let configured = configured.map(|path| (path, true));
        let own = beside.into_iter().chain(installed).map(|path| (path, false));
        for (path, must_exist) in named.chain(configured).chain(own) {
            let real = path.canonicalize().ok();
            if real.is_none() && !must_exist || seen.contains(&real) && real.is_some() {
                continue;
            }
            seen.push(real);
            directories.push(path);
        }
        directories
    }
}
