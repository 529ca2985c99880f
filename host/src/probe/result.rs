//! What a probe saw.

use std::time::Duration;

/// The most characters of a failure's text: it stands in tables and reports, and a command's words may be megabytes.
const LONGEST: usize = 300;

/// What one question came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeResult {
    /// From the question to its answer, or to the end of the patience.
    pub latency: Duration,
    /// Why it failed, in one line; none where all is as it should be.
    pub failure: Option<String>,
}

impl ProbeResult {
    pub(super) fn new(latency: Duration, failure: Option<String>) -> Self {
        Self { latency, failure: failure.map(|text| line(&text)) }
    }
}

/// A text as one short line, whoever chose its words.
fn line(text: &str) -> String {
    let mut characters = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}
