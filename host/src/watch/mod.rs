//! `serve --watch`: what is put in place of plugins and configuration takes over.
//!
//! An event says where to look, and the files' identities say what is different: so nothing is loaded twice, and what
//! happened while nobody looked is found by looking at everything once. A look does not say whether a file is whole: what
//! only a look has found is taken when it stays as it is.

mod eyes;
mod identity;
mod places;
mod way;

use crate::instances::{Instances, Sources};
use crate::plugin::directory;
use eyes::{Event, Eyes};
use identity::Identity;
use places::{Places, Sight};
use rustix::fs::inotify::ReadFlags;
use rustix::io::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

/// Who writes a file does not stop for so long.
const REST: Duration = Duration::from_millis(200);

/// Eyes on the directories of plugins and on the configuration.
#[derive(Debug)]
pub struct Watch {
    eyes: Eyes,
    directories: Vec<PathBuf>,
    configuration: Option<PathBuf>,
    places: Places,
    /// Every file that is there, as it was when it was taken for the last time.
    known: BTreeMap<PathBuf, Identity>,
    /// What is being written, and the watch that will say when it is whole.
    unfinished: BTreeMap<PathBuf, i32>,
    /// What may be whole, if it is still like this when it is looked at again.
    unsettled: BTreeMap<PathBuf, Identity>,
    again: Instant,
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
            unfinished: BTreeMap::new(),
            unsettled: BTreeMap::new(),
            again: Instant::now(),
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
                // What has been heard counts for more than what is seen.
                biased;
                changed = directories.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = directories.borrow_and_update().clone();
                    self.turn_to(now);
                    self.follow(&instances, self.unsure()).await;
                }
                events = self.eyes.events() => match events {
                    Some(events) => {
                        let events = self.eyes.and_more(events).await;
                        let suspects = self.suspects(&events);
                        self.follow(&instances, suspects).await;
                    }
                    None => return warn!("the directories can be followed no more: restart the host"),
                },
                () = sleep_until(self.again), if !self.unsettled.is_empty() => {
                    let suspects = self.settled();
                    self.follow(&instances, suspects).await;
                }
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
        self.unsettled.clear();
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
            self.unfinished.retain(|_, watch| self.places.has(*watch));
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

    /// What is worth a look after these events, and what the last one says of it.
    fn suspects(&mut self, events: &[Event]) -> BTreeMap<PathBuf, Sight> {
        let (mut suspects, mut is_news, mut is_everything) = (BTreeMap::new(), false, false);
        for event in events {
            if event.what.contains(ReadFlags::QUEUE_OVERFLOW) {
                // What would have said that they are whole may be lost.
                self.unfinished.clear();
                (is_news, is_everything) = (true, true);
            } else if let Some((files, sight)) = self.places.suspects(event) {
                is_news |= sight != Sight::Unfinished;
                is_everything |= files.iter().any(|path| self.directories.contains(path));
                for file in files {
                    if sight == Sight::Unfinished {
                        suspects.remove(&file);
                        self.unfinished.insert(file, event.watch);
                    } else {
                        self.unfinished.remove(&file);
                        suspects.insert(file, sight);
                    }
                }
            }
        }
        let unseen = self.places.unseen.clone();
        if is_news && self.look() {
            self.complain(&unseen);
            is_everything = true;
        }
        let mut all = if is_everything { self.unsure() } else { BTreeMap::new() };
        suspects.retain(|path, _| !self.directories.contains(path));
        // In another directory it is another file.
        for (file, sight) in suspects {
            all.entry(file).or_insert(sight);
        }
        all
    }

    /// What was looked at is looked at again.
    fn settled(&mut self) -> BTreeMap<PathBuf, Sight> {
        let sight = |(file, before): (PathBuf, Identity)| {
            let is_settled = Identity::of(&file) == Some(before);
            (file, if is_settled { Sight::Whole } else { Sight::Unsure })
        };
        std::mem::take(&mut self.unsettled).into_iter().map(sight).collect()
    }

    async fn follow(&mut self, instances: &Arc<Instances>, suspects: BTreeMap<PathBuf, Sight>) {
        let unsettled = self.unsettled.clone();
        let (gone, changed) = self.compare(suspects);
        let is_news = self.unsettled != unsettled || !changed.is_empty();
        self.places.plugins().for_each(|directory| instances.pardon(directory));
        // What takes the place of one that has gone is not held up by it.
        gone.iter().for_each(|file| instances.miss(file));
        let (configuration, plugins): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|(file, _)| self.configuration.as_ref() == Some(file));
        for (file, may_be_as_before) in plugins {
            if !(may_be_as_before && instances.is_as_before(&file).await) {
                instances.follow(&file).await;
            }
        }
        if !configuration.is_empty() {
            instances.follow_configuration().await;
        }
        if is_news {
            // From now on: what has happened meanwhile is to be heard first.
            self.again = Instant::now() + REST;
        }
    }

    /// Which of these have gone, and which are others than before; of these, whether the bytes may be the same.
    fn compare(&mut self, suspects: BTreeMap<PathBuf, Sight>) -> (Vec<PathBuf>, Vec<(PathBuf, bool)>) {
        let (mut gone, mut changed) = (Vec::new(), Vec::new());
        for (file, sight) in suspects {
            let before = self.known.get(&file).copied();
            let unsettled = self.unsettled.remove(&file);
            match Identity::of(&file) {
                _ if self.unfinished.contains_key(&file) => {}
                None if self.known.remove(&file).is_some() => gone.push(file),
                Some(now) if before != Some(now) => match sight {
                    Sight::Whole => {
                        self.known.insert(file.clone(), now);
                        changed.push((file, before.is_some_and(|before| now.may_be_as(before))));
                    }
                    Sight::Unsure => drop(self.unsettled.insert(file, now)),
                    // What was to be looked at again still is.
                    _ => self.unsettled.extend(unsettled.map(|before| (file, before))),
                },
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

    /// The same, of which nobody has said anything.
    fn unsure(&self) -> BTreeMap<PathBuf, Sight> {
        self.everything().into_iter().map(|file| (file, Sight::Unsure)).collect()
    }

    fn know(&mut self, files: BTreeSet<PathBuf>) {
        let known = files.into_iter().filter_map(|file| Identity::of(&file).map(|now| (file, now)));
        self.known.extend(known);
    }
}

fn libraries(directory: &Path) -> Vec<PathBuf> {
    directory::libraries(directory).unwrap_or_default()
}
