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

/// What an event says of the files to which it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is whole: its writer closed it, or it came here with another name.
    Whole,
    /// It is being written, and another event follows.
    Unfinished,
    /// It was there. What is there by now has an event of its own.
    Gone,
    /// What it leads to is not what it is about: that may be whole or not.
    Unsure,
}

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

    /// Whether it is among the watches.
    pub(super) fn has(&self, watch: i32) -> bool {
        self.watched.contains_key(&watch)
    }

    /// What an event makes worth a look: files, and directories of plugins. None where it says nothing.
    pub(super) fn suspects(&self, event: &Event) -> Option<(BTreeSet<PathBuf>, Sight)> {
        let place = self.watched.get(&event.watch)?;
        if event.name.is_empty() {
            // The directory itself has gone: its way says what to look at.
            return Some((BTreeSet::new(), Sight::Gone));
        }
        let mut suspects = place.names.get(&event.name).cloned().unwrap_or_default();
        let plugins = place.plugins.as_ref().map(|plugins| plugins.join(&event.name));
        suspects.extend(plugins.filter(|file| directory::is_library(file)));
        // On the way there may be much that is of no concern, and is not even looked at.
        (!suspects.is_empty()).then(|| (suspects, sight(&place.path.join(&event.name), event.what)))
    }
}

/// A file that is being written is whole when its writer closes it. What came by a hard link was whole before.
fn sight(file: &Path, what: ReadFlags) -> Sight {
    let Ok(found) = file.symlink_metadata() else { return Sight::Gone };
    if what.intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM) {
        Sight::Gone
    } else if what.contains(ReadFlags::ISDIR) || found.is_symlink() {
        Sight::Unsure
    } else if what.contains(ReadFlags::CREATE) && found.nlink() == 1 {
        Sight::Unfinished
    } else {
        Sight::Whole
    }
}
