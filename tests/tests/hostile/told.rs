//! What a hostile peer is told.

use chaos_kitty_bus::Message;
use chaos_kitty_tests::{Json, Log, Wire, vitals};

/// Who it was, and every word that it heard.
pub(crate) struct Told {
    pid: i32,
    uid: u32,
    pub(crate) words: Vec<String>,
    /// Where it is to be read of it, if not in the host's log.
    pub(crate) log: Option<Log>,
}

/// The last word.
pub(crate) const HUNG_UP: &str = "hung up";

impl Told {
    /// This process heard these words.
    pub(crate) fn us(words: impl IntoIterator<Item = String>) -> Option<Self> {
        Self::of(std::process::id().cast_signed(), words)
    }

    /// A process of our own user's did.
    pub(crate) fn of(pid: i32, words: impl IntoIterator<Item = String>) -> Option<Self> {
        Some(Self { pid, uid: vitals::own_user(), words: words.into_iter().collect(), log: None })
    }

    /// It was of this user.
    pub(crate) fn by(self, uid: u32) -> Self {
        Self { uid, ..self }
    }

    /// It is read of it in this log.
    pub(crate) fn in_log(self, log: &Log) -> Self {
        Self { log: Some(log.clone()), ..self }
    }

    /// Whether a line of a log names it: by pid and uid, or as the victim that it is.
    pub(crate) fn is_about(&self, line: &Json) -> bool {
        let named = line["pid"] == self.pid && (line["uid"] == self.uid || line["victim"].is_string());
        let text = line.as_str().unwrap_or_default();
        let written =
            text.contains(&format!("uid {}", self.uid)) && text.contains(&format!("pid {}", self.pid));
        named || written || line["record"]["victim"]["pid"] == self.pid
    }
}

/// The next word.
pub(crate) fn word(wire: &mut Wire) -> String {
    match wire.receive() {
        None => HUNG_UP.to_owned(),
        Some(Message::Error { exception, .. }) => exception.to_string(),
        Some(Message::Return { result, .. }) => format!("answered {result:?}"),
        Some(Message::Invoke { request, .. }) => format!("asked {}", request.method),
        Some(other) => format!("{other:?}"),
    }
}

/// Every word to the last.
pub(crate) fn words(wire: &mut Wire) -> Vec<String> {
    let mut words = Vec::new();
    while words.last().is_none_or(|word| word != HUNG_UP) {
        words.push(word(wire));
    }
    words
}

/// What a call came to, as a word.
pub(crate) fn answer(result: Result<chaos_kitty_bus::Value, chaos_kitty_bus::Exception>) -> String {
    match result {
        Ok(result) => format!("answered {result:?}"),
        Err(exception) => exception.to_string(),
    }
}
