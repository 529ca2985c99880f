//! `serve --watch`: what is put in place of plugins and configuration takes over.

use crate::instances::Instances;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::{info, warn};

/// Bytes for events; each has at most a header and a file's name.
const ROOM: usize = 16 << 10;

/// Eyes on directories, through inotify.
#[derive(Debug)]
pub struct Watch {
    instances: Arc<Instances>,
    inotify: Arc<OwnedFd>,
    events: mpsc::Receiver<Vec<Event>>,
    /// The directories of plugins, by their watches.
    plugins: BTreeMap<i32, PathBuf>,
    /// The configuration's watch and its file's name.
    configuration: Option<(i32, PathBuf)>,
}

/// What inotify says.
#[derive(Debug)]
struct Event {
    /// The watch.
    number: i32,
    name: Vec<u8>,
    events: ReadFlags,
}

/// What happened to a file, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It is there, whole.
    Whole,
    Gone,
}

impl Watch {
    /// Opens the eyes. A directory that cannot be watched is named in the log.
    ///
    /// # Errors
    /// The system grants no more of it.
    pub fn new(instances: Arc<Instances>) -> io::Result<Self> {
        let inotify = Arc::new(inotify::init(CreateFlags::CLOEXEC)?);
        // A thread that waits is what safe code can have of inotify, and there is little to do for it.
        let (reader, (sender, events)) = (Arc::clone(&inotify), mpsc::channel(1));
        std::thread::Builder::new().name("watch".to_owned()).spawn(move || read(&reader, &sender))?;
        let mut watch = Self { instances, inotify, events, plugins: BTreeMap::new(), configuration: None };
        if let Some(file) = watch.instances.configuration() {
            let file = file.to_owned();
            let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
            let number = watch.look_at(directory.unwrap_or(Path::new(".")));
            watch.configuration = number.map(|number| (number, file));
        }
        Ok(watch)
    }

    /// Follows, for ever.
    pub async fn run(mut self) {
        let mut directories = self.instances.directories();
        directories.mark_changed();
        loop {
            tokio::select! {
                changed = directories.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.look_at_plugins(&directories.borrow_and_update().clone());
                }
                events = self.events.recv() => match events {
                    Some(events) => self.follow(events).await,
                    None => return warn!("the directories can be followed no more: restart the host"),
                },
            }
        }
    }

    fn look_at_plugins(&mut self, directories: &[PathBuf]) {
        let seen: BTreeMap<i32, PathBuf> = directories
            .iter()
            .rev() // of two names of one directory the first counts
            .filter_map(|directory| Some((self.look_at(directory)?, directory.clone())))
            .collect();
        let configuration = self.configuration.as_ref().map(|(number, _)| *number);
        for number in self.plugins.keys().filter(|number| !seen.contains_key(number)) {
            if Some(*number) != configuration {
                let _ = inotify::remove_watch(&self.inotify, *number);
            }
        }
        self.plugins = seen;
        let shown: Vec<_> = directories.iter().map(|path| path.display().to_string()).collect();
        info!("following {}", shown.join(", "));
    }

    fn look_at(&self, directory: &Path) -> Option<i32> {
        let what = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVED_TO
            | WatchFlags::CREATE
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::ONLYDIR;
        let watched = inotify::add_watch(&self.inotify, directory, what);
        watched.map_err(|error| warn!("{} cannot be followed: {error}", directory.display())).ok()
    }

    async fn follow(&mut self, happened: Vec<Event>) {
        let (mut plugins, mut is_configured) = (BTreeMap::new(), false);
        for Event { number, name, events } in happened {
            if events.contains(ReadFlags::QUEUE_OVERFLOW) {
                warn!(
                    "too much happened at once to be followed: `chaos-kitty operations reload NAME` makes up for it"
                );
            }
            let is_configuration = |(watched, file): &(i32, PathBuf)| {
                *watched == number && file.file_name() == Some(OsStr::from_bytes(&name))
            };
            let configuration = self.configuration.as_ref().filter(|known| is_configuration(known));
            if let Some((_, file)) = configuration {
                is_configured |= news(file, events) == Some(News::Whole);
            } else if let Some(directory) = self.plugins.get(&number) {
                let file = directory.join(OsStr::from_bytes(&name));
                let news = news(&file, events).filter(|_| file.extension().is_some_and(|kind| kind == "so"));
                plugins.extend(news.map(|news| (file, news)));
            }
        }
        for (file, news) in plugins {
            match news {
                News::Whole => self.instances.follow(&file).await,
                News::Gone => self.instances.miss(&file),
            }
        }
        if is_configured {
            self.instances.follow_configuration().await;
        }
    }
}

/// Waits for events, and sends on at once what came together, until nobody listens.
fn read(inotify: &OwnedFd, sender: &mpsc::Sender<Vec<Event>>) {
    let mut room = [MaybeUninit::uninit(); ROOM];
    let mut reader = inotify::Reader::new(inotify, &mut room);
    let mut together = Vec::new();
    loop {
        match reader.next() {
            Ok(event) => {
                let name = event.file_name().map(|name| name.to_bytes().to_vec()).unwrap_or_default();
                together.push(Event { number: event.wd(), name, events: event.events() });
            }
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
        if reader.is_buffer_empty() && sender.blocking_send(std::mem::take(&mut together)).is_err() {
            return;
        }
    }
}

/// A file that is being written is whole when its writer closes it. What came by a link was whole before.
fn news(file: &Path, events: ReadFlags) -> Option<News> {
    let is_link = || file.symlink_metadata().is_ok_and(|link| link.is_symlink() || link.nlink() > 1);
    match events {
        events if events.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::MOVED_TO) => Some(News::Whole),
        events if events.contains(ReadFlags::CREATE) && is_link() => Some(News::Whole),
        events if events.intersects(ReadFlags::MOVED_FROM | ReadFlags::DELETE) => Some(News::Gone),
        _ => None,
    }
}
