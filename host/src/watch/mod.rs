//! `serve --watch`: what is put in place of plugins and configuration takes over.
//!
//! An event says where to look, and the files' identities say what is different: so nothing is loaded twice, and what
//! happened while nobody looked is found by looking at everything once.

mod eyes;
mod identity;
mod places;
mod way;

use crate::instances::{Instances, Sources};
use crate::plugin::directory;
use eyes::{Event, Eyes};
use identity::Identity;
use places::Places;
use rustix::fs::inotify::ReadFlags;
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{info, warn};

/// Eyes on the directories of plugins and on the configuration.
#[derive(Debug)]
pub struct Watch {
    eyes: Eyes,
    directories: Vec<PathBuf>,
    configuration: Option<PathBuf>,
    places: Places,
    /// Every file that is there, as it was when it was looked at for the last time.
    known: BTreeMap<PathBuf, Identity>,
}

impl Watch {
    /// Opens the eyes. Open them before plugins and configuration are read: what is changed from then on is noticed.
    ///
    /// # Errors
    /// The system grants no more of it.
    pub fn new(sources: &Sources) -> io::Result<Self> {
        let mut watch = Self {
            eyes: Eyes::open()?,
            directories: sources.directories(),
            configuration: sources.configuration.clone(),
            places: Places::default(),
            known: BTreeMap::new(),
        };
        watch.look();
        watch.know(watch.everything());
        Ok(watch)
    }

    /// Follows, for ever.
    pub async fn run(mut self, instances: Arc<Instances>) {
        let mut directories = instances.directories();
        directories.mark_changed();
        loop {
            tokio::select! {
                changed = directories.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = directories.borrow_and_update().clone();
                    self.turn_to(now);
                    self.follow(&instances, self.everything()).await;
                }
                events = self.eyes.events() => match events {
                    Some(events) => {
                        let suspects = self.suspects(&events);
                        self.follow(&instances, suspects).await;
                    }
                    None => return warn!("the directories can be followed no more: restart the host"),
                },
            }
        }
    }

    /// Looks at these directories. What is in those that are new was read just now.
    fn turn_to(&mut self, directories: Vec<PathBuf>) {
        let before = std::mem::replace(&mut self.directories, directories);
        self.look();
        let (directories, configuration) = (&self.directories, &self.configuration);
        self.known.retain(|file, _| {
            configuration.as_ref() == Some(file)
                || directories.iter().any(|known| file.parent() == Some(known))
        });
        let new = self.places.plugins().filter(|path| before.iter().all(|known| known != path));
        let new = new.flat_map(libraries).collect();
        self.know(new);
        let shown: Vec<_> = self.directories.iter().map(|path| path.display().to_string()).collect();
        info!("following {}", shown.join(", "));
        self.complain(&BTreeMap::new());
    }

    /// Looks where there is something to see by now, and answers whether that is elsewhere than before.
    fn look(&mut self) -> bool {
        let mut is_elsewhere = false;
        loop {
            // A directory may come while the way to it is being looked at, and then nobody says so.
            let now = Places::look(&self.eyes, &self.directories, self.configuration.as_deref());
            if now == self.places {
                return is_elsewhere;
            }
            let before = std::mem::replace(&mut self.places, now);
            before.without(&self.places).for_each(|watch| self.eyes.leave(watch));
            is_elsewhere = true;
        }
    }

    /// Names the directories that cannot be looked at now.
    fn complain(&self, before: &BTreeMap<PathBuf, Errno>) {
        for (directory, error) in self.places.unseen.iter().filter(|(path, _)| !before.contains_key(*path)) {
            let shown = directory.display();
            match *error {
                Errno::NOENT => warn!("{shown} is not there: it is followed as soon as it is"),
                error => warn!("{shown} cannot be followed: {error}"),
            }
        }
    }

    /// What is worth a look after these events: files, and directories for what is and was in them.
    fn suspects(&mut self, events: &[Event]) -> BTreeSet<PathBuf> {
        let news = events.iter().filter_map(|event| match event.what.contains(ReadFlags::QUEUE_OVERFLOW) {
            true => Some(self.everything()),
            false => self.places.suspects(event),
        });
        let news: Vec<_> = news.collect();
        let unseen = self.places.unseen.clone();
        let is_elsewhere = !news.is_empty() && self.look();
        let mut suspects: BTreeSet<_> = news.into_iter().flatten().collect();
        if is_elsewhere {
            self.complain(&unseen);
            suspects.extend(self.everything());
        }
        suspects
    }

    async fn follow(&mut self, instances: &Arc<Instances>, suspects: BTreeSet<PathBuf>) {
        let (gone, changed) = self.compare(suspects);
        self.places.plugins().for_each(|directory| instances.pardon(directory));
        // What takes the place of one that has gone is not held up by it.
        gone.iter().for_each(|file| instances.miss(file));
        let (configuration, plugins): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|file| self.configuration.as_ref() == Some(file));
        for file in plugins {
            instances.follow(&file).await;
        }
        if !configuration.is_empty() {
            instances.follow_configuration().await;
        }
    }

    /// Which of these have gone, and which are others than before.
    fn compare(&mut self, suspects: BTreeSet<PathBuf>) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let mut files = BTreeSet::new();
        for path in suspects {
            if self.directories.contains(&path) {
                files.extend(self.places.plugins().filter(|place| *place == path).flat_map(libraries));
                files.extend(self.known.keys().filter(|file| file.parent() == Some(&path)).cloned());
            } else {
                files.insert(path);
            }
        }
        let (mut gone, mut changed) = (Vec::new(), Vec::new());
        for file in files {
            match Identity::of(&file) {
                None if self.known.remove(&file).is_some() => gone.push(file),
                Some(now) if self.known.insert(file.clone(), now) != Some(now) => changed.push(file),
                _ => {}
            }
        }
        (gone, changed)
    }

    /// Everything that is there, or was.
    fn everything(&self) -> BTreeSet<PathBuf> {
        let files = self.places.plugins().flat_map(libraries).chain(self.configuration.clone());
        files.chain(self.known.keys().cloned()).collect()
    }

    fn know(&mut self, files: BTreeSet<PathBuf>) {
        let known = files.into_iter().filter_map(|file| Identity::of(&file).map(|now| (file, now)));
        self.known.extend(known);
    }
}

fn libraries(directory: &Path) -> Vec<PathBuf> {
    directory::libraries(directory).unwrap_or_default()
}
