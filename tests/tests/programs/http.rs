//! A client of a web server on a Unix socket, over connections that are kept.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use chaos_kitty_tests::PATIENCE;

pub(crate) struct Client {
    socket: PathBuf,
    stream: Option<BufReader<UnixStream>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) date: String,
    pub(crate) body: Vec<u8>,
}

impl Page {
    /// What it says, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    pub(crate) fn of(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), stream: None }
    }

    /// Gets a page, on a new connection where the last one has ended.
    ///
    /// # Errors
    /// Where the connection ends too early.
    pub(crate) fn get(&mut self, path: &str) -> io::Result<Page> {
        let mut stream = match self.stream.take() {
            Some(kept) => kept,
            None => {
                let stream = UnixStream::connect(&self.socket)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(stream)
            }
        };
        stream.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())?;
        let (page, is_kept) = page(&mut stream)?;
        self.stream = is_kept.then_some(stream);
        Ok(page)
    }
}

fn page(stream: &mut BufReader<UnixStream>) -> io::Result<(Page, bool)> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status =
        line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let (mut length, mut date, mut is_kept, mut is_chunked) = (0, String::new(), true, false);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            "date" => date = value.to_owned(),
            "connection" => is_kept = value != "close",
            "transfer-encoding" => is_chunked = true,
            _ => {}
        }
    }
    if is_chunked {
        return Err(io::Error::other("no client of the test reads chunks"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((Page { status, date, body }, is_kept))
}
