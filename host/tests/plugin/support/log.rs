//! What the host logs in this process, to be waited for.

use std::io;
use std::sync::{LazyLock, Once};

use tokio::sync::watch;

use super::soon;

static LINES: LazyLock<watch::Sender<Vec<String>>> = LazyLock::new(|| watch::Sender::new(Vec::new()));

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.send_modify(|lines| lines.push(String::from_utf8_lossy(bytes).trim().to_owned()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens from here on, down to debug.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let subscriber = tracing_subscriber::fmt().with_writer(|| Writer).with_ansi(false);
        subscriber.with_max_level(tracing::Level::DEBUG).init();
    });
}

/// Waits for a line with all of these texts.
pub(crate) async fn line(texts: &[&str]) -> String {
    let mut lines = LINES.subscribe();
    let matches = |line: &&String| texts.iter().all(|text| line.contains(text));
    let found =
        soon(&texts.join(" + "), lines.wait_for(|lines| lines.iter().any(|line| matches(&line)))).await;
    found.unwrap().iter().find(matches).unwrap().clone()
}

/// Waits until so many lines have all of these texts: an instance's state may be seen before its line is.
pub(crate) async fn lines(number: usize, texts: &[&str]) {
    let mut lines = LINES.subscribe();
    let number_of =
        |lines: &[String]| lines.iter().filter(|line| texts.iter().all(|text| line.contains(text))).count();
    soon(&texts.join(" + "), lines.wait_for(|lines| number_of(lines) >= number)).await.unwrap();
}

/// How many lines have all of these texts so far.
pub(crate) fn count(texts: &[&str]) -> usize {
    let lines = LINES.borrow();
    lines.iter().filter(|line| texts.iter().all(|text| line.contains(text))).count()
}
