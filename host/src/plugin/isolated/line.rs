//! The line on which the host asks a process, as long as there is one.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use chaos_kitty_abi::{Bytes, Fault, RResult};

use super::frame::{Frame, Kind};

/// What was answered.
pub(super) type Answer = RResult<Bytes, Fault>;

/// One question at a time.
pub(super) struct Line {
    stream: BufReader<UnixStream>,
    longest: Duration,
}

impl Line {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream: BufReader::new(stream), longest: Duration::ZERO }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The process is gone, or the time is over ([`is_timeout`]): then nothing more can be asked on this line.
    pub(super) fn ask(
        &mut self,
        kind: Kind,
        number: u64,
        body: &[u8],
        longest: Duration,
    ) -> io::Result<Answer> {
        // Most calls have as long as the one before.
        if self.longest != longest {
            let stream = self.stream.get_ref();
            stream.set_read_timeout(Some(longest))?;
            stream.set_write_timeout(Some(longest))?;
            self.longest = longest;
        }
        self.stream.get_mut().write_all(&Frame::bytes(kind, number, &[body]))?;
        match Frame::read(&mut self.stream)? {
            Some(Frame { kind: Kind::Done, body, .. }) => Ok(RResult::ROk(body.into())),
            Some(Frame { kind: Kind::Failed, body, .. }) => Ok(RResult::RErr(body.into())),
            Some(_) => Err(io::ErrorKind::InvalidData.into()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// What an operation is to know, whichever process it runs in.
#[derive(Default)]
pub(super) struct Desk {
    /// None while there is no process, or one that does not know yet what is here.
    pub(super) line: Option<Line>,
    /// Introductions, by number: in the order in which they came.
    pub(super) victims: BTreeMap<u64, Vec<u8>>,
    pub(super) runs: bool,
}
