//! Redis as its clients speak with it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use chaos_kitty_tests::PATIENCE;

/// A connection.
pub(crate) struct Client {
    stream: BufReader<UnixStream>,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A status, a number or a text.
    Text(String),
    Nothing,
    /// An error, as it says it.
    Error(String),
    List(Vec<Reply>),
}

impl Client {
    pub(crate) fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Waits no longer than this for an answer.
    pub(crate) fn patience(self, time: Duration) -> io::Result<Self> {
        self.stream.get_ref().set_read_timeout(Some(time))?;
        Ok(self)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// Where the connection ends.
    pub(crate) fn ask(&mut self, words: &[&str]) -> io::Result<Reply> {
        let mut line = format!("*{}\r\n", words.len());
        for word in words {
            line.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.stream.get_mut().write_all(line.as_bytes())?;
        self.reply()
    }

    /// An answer that is still to come.
    ///
    /// # Errors
    /// Where the connection ends, or it does not come in time.
    pub(crate) fn reply(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.get(1..).unwrap_or_default().trim_end().to_owned();
        let length = || text.parse::<i64>().map_err(io::Error::other);
        Ok(match line.as_bytes().first() {
            Some(b'-') => Reply::Error(text),
            Some(b'$') => match usize::try_from(length()?) {
                Err(_) => Reply::Nothing,
                Ok(length) => {
                    let mut bytes = vec![0; length + 2];
                    self.stream.read_exact(&mut bytes)?;
                    bytes.truncate(length);
                    Reply::Text(String::from_utf8(bytes).map_err(io::Error::other)?)
                }
            },
            Some(b'*') => Reply::List((0..length()?).map(|_| self.reply()).collect::<io::Result<_>>()?),
            _ => Reply::Text(text),
        })
    }
}
