//! What the kernel says of directories: inotify.

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Bytes for events; each has at most a header and a file's name.
const ROOM: usize = 16 << 10;

/// Nothing more comes when nothing comes for so long.
const QUIET: Duration = Duration::from_millis(2);

/// However much there is to hear.
const LONGEST: Duration = Duration::from_millis(50);

/// Looks at directories.
#[derive(Debug)]
pub(super) struct Eyes {
    inotify: Arc<OwnedFd>,
    events: mpsc::Receiver<Vec<Event>>,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Event {
    /// The watch; none where there was more than the kernel keeps.
    pub(super) watch: i32,
    /// In the watched directory; empty where it is the directory itself.
    pub(super) name: OsString,
    pub(super) what: ReadFlags,
}

impl Eyes {
    pub(super) fn open() -> io::Result<Self> {
        let inotify = Arc::new(inotify::init(CreateFlags::CLOEXEC)?);
        // A thread that waits is what safe code can have of inotify, and there is little to do for it.
        let (reader, (sender, events)) = (Arc::clone(&inotify), mpsc::channel(1));
        std::thread::Builder::new().name("watch".to_owned()).spawn(move || read(&reader, &sender))?;
        Ok(Self { inotify, events })
    }

    /// Looks at a directory, and answers the number of its watch: the same as long as it is the same directory.
    pub(super) fn look_at(&self, directory: &Path) -> Result<i32, Errno> {
        let what = WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVED_TO
            | WatchFlags::CREATE
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        inotify::add_watch(&self.inotify, directory, what)
    }

    /// Looks away.
    pub(super) fn leave(&self, watch: i32) {
        // One whose directory has gone has ended by itself.
        let _ = inotify::remove_watch(&self.inotify, watch);
    }

    /// What has been seen since; none when nothing can be seen any more.
    pub(super) async fn events(&mut self) -> Option<Vec<Event>> {
        self.events.recv().await
    }

    /// What has been seen besides: where a file was written and is being written again, the second is to be known with the
    /// first.
    pub(super) async fn and_more(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST
            && let Ok(Some(more)) = timeout(QUIET, self.events.recv()).await
        {
            events.extend(more);
        }
        events
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
                let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned());
                together.push(Event {
                    watch: event.wd(),
                    name: name.unwrap_or_default(),
                    what: event.events(),
                });
            }
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
        if reader.is_buffer_empty() && sender.blocking_send(std::mem::take(&mut together)).is_err() {
            return;
        }
    }
}
