//! The directories that are looked at, and what each name in them leads to.

use super::eyes::{Event, Eyes};
use super::way::way;
use crate::plugin::directory;
use rustix::fs::inotify::ReadFlags;
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// By their watches. Two that are equal look at the same directories for the same reasons.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Places {
    watched: BTreeMap<i32, Place>,
    /// Directories of plugins that cannot be looked at.
    pub(super) unseen: BTreeMap<PathBuf, Errno>,
}

#[derive(Debug, PartialEq)]
struct Place {
    path: PathBuf,
    /// It is a directory of plugins; this is how it is called.
    plugins: Option<PathBuf>,
    /// What the ways through it lead to, by the name in it.
    names: BTreeMap<OsString, BTreeSet<PathBuf>>,
}

impl Places {
    /// Looks at directories of plugins and at a configuration: where they are, and all the way there, so that one that comes,
    /// goes, or is reached by another link is noticed.
    pub(super) fn look(eyes: &Eyes, directories: &[PathBuf], configuration: Option<&Path>) -> Self {
        let mut places = Self::default();
        for path in directories {
            places.look_at_way(eyes, path);
            match places.look_at(eyes, path) {
                // Of two names of one directory the first counts.
                Ok(place) => drop(place.plugins.get_or_insert_with(|| path.clone())),
                Err(error) => drop(places.unseen.insert(path.clone(), error)),
            }
            let links =
                directory::libraries(path).unwrap_or_default().into_iter().filter(|file| file.is_symlink());
            links.for_each(|link| places.look_at_way(eyes, &link));
        }
        if let Some(file) = configuration {
            places.look_at_way(eyes, file);
        }
        places
    }

    fn look_at_way(&mut self, eyes: &Eyes, path: &Path) {
        for (directory, name) in way(path) {
            // What lies beyond one that is not there, or not for our eyes, is noticed where it can be.
            if let Ok(place) = self.look_at(eyes, &directory) {
                place.names.entry(name).or_default().insert(path.to_owned());
            }
        }
    }

    fn look_at(&mut self, eyes: &Eyes, directory: &Path) -> Result<&mut Place, Errno> {
        let place = Place { path: directory.to_owned(), plugins: None, names: BTreeMap::new() };
        Ok(self.watched.entry(eyes.look_at(directory)?).or_insert(place))
    }

    /// The directories of plugins that are there.
    pub(super) fn plugins(&self) -> impl Iterator<Item = &Path> {
        self.watched.values().filter_map(|place| place.plugins.as_deref())
    }

    /// The watches that these have and others have not.
    pub(super) fn without<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = i32> + 'a {
        self.watched.keys().copied().filter(|watch| !others.watched.contains_key(watch))
    }

    /// What an event makes worth a look: files, and directories of plugins. None where it says nothing.
    pub(super) fn suspects(&self, event: &Event) -> Option<BTreeSet<PathBuf>> {
        let place = self.watched.get(&event.watch)?;
        if event.name.is_empty() {
            // The directory itself has gone: its way says what to look at.
            return Some(BTreeSet::new());
        }
        let mut suspects = place.names.get(&event.name).cloned().unwrap_or_default();
        let plugins = place.plugins.as_ref().map(|plugins| plugins.join(&event.name));
        suspects.extend(plugins.filter(|file| directory::is_library(file)));
        // On the way there may be much that is of no concern, and is not even looked at.
        let is_news = !suspects.is_empty() && is_whole_or_gone(&place.path.join(&event.name), event.what);
        is_news.then_some(suspects)
    }
}

/// A file that is being written is whole when its writer closes it. What came by a link was whole before.
fn is_whole_or_gone(file: &Path, what: ReadFlags) -> bool {
    let at_once = || {
        let is_link = || file.symlink_metadata().is_ok_and(|link| link.is_symlink() || link.nlink() > 1);
        what.contains(ReadFlags::ISDIR) || is_link()
    };
    !what.contains(ReadFlags::CREATE) || at_once()
}
