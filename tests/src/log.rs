//! What a process says, line by line.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use crate::clock::{Deadline, PATIENCE};

/// Every line so far: as JSON where it is JSON, else as a text.
#[derive(Debug, Clone)]
pub struct Log {
    whose: String,
    heard: Arc<(Mutex<Heard>, Condvar)>,
}

#[derive(Debug, Default)]
struct Heard {
    lines: Vec<Json>,
    /// As they came: a text in quotation marks reads as JSON too.
    texts: Vec<String>,
    ended: bool,
}

impl Log {
    /// Listens until the other end closes.
    pub fn of(whose: impl Into<String>, source: impl Read + Send + 'static) -> Self {
        let log = Self { whose: whose.into(), heard: Arc::default() };
        let heard = Arc::clone(&log.heard);
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut bytes = Vec::new();
            while matches!(source.read_until(b'\n', &mut bytes), Ok(1..)) {
                let text = String::from_utf8_lossy(&bytes);
                let text = text.trim_end_matches('\n');
                let line: Json = serde_json::from_str(text).unwrap_or_else(|_| text.into());
                let mut now = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
                now.lines.push(line);
                now.texts.push(text.to_owned());
                drop(now);
                heard.1.notify_all();
                bytes.clear();
            }
            heard.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
            heard.1.notify_all();
        });
        log
    }

    /// The first line that `wanted` accepts, of those that came and those that come.
    #[track_caller]
    pub fn wait(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.wait_after(0, what, wanted)
    }

    /// The same, beginning after the first `mark` lines.
    #[track_caller]
    pub fn wait_after(&self, mark: usize, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.wait_for(what, |lines| lines.get(mark..)?.iter().find(|line| wanted(line)).cloned())
    }

    /// What `find` makes of all lines, as soon as it makes something of them.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, find: impl Fn(&[Json]) -> Option<T>) -> T {
        let deadline = Deadline::after(PATIENCE);
        let mut heard = self.heard();
        loop {
            if let Some(found) = find(&heard.lines) {
                return found;
            }
            match deadline.left() {
                Some(left) if !heard.ended => {
                    heard = self.heard.1.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                _ => {
                    let why = if heard.ended { "it has ended" } else { "the time is over" };
                    let lines = heard.texts.join("\n");
                    drop(heard);
                    panic!("{}: waited for {what}, and {why}. It said:\n{lines}", self.whose);
                }
            }
        }
    }

    /// How many lines there are so far.
    pub fn mark(&self) -> usize {
        self.heard().lines.len()
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<Json> {
        self.heard().lines.clone()
    }

    /// All lines, once there will be no more.
    #[track_caller]
    pub fn to_its_end(&self) -> Vec<Json> {
        let deadline = Deadline::after(PATIENCE);
        let mut heard = self.heard();
        while !heard.ended {
            let Some(left) = deadline.left() else {
                let lines = heard.texts.join("\n");
                drop(heard);
                panic!("{}: waited for its end. It said:\n{lines}", self.whose);
            };
            heard = self.heard.1.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        heard.lines.clone()
    }

    /// Everything so far, for a message.
    pub fn shown(&self) -> String {
        self.heard().texts.join("\n")
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
