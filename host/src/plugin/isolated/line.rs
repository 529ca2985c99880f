//! The line on which the host asks a process, as long as there is one.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use chaos_kitty_abi::{Bytes, Fault, RResult};

use super::frame::{Frame, Kind};

/// What was answered.
pub(super) type Answer = RResult<Bytes, Fault>;

/// Victims, and bytes, that are sent ahead at most: the process must be able to answer while nobody reads.
pub(super) const MOST_AHEAD: usize = 256;
const MOST_BYTES_AHEAD: usize = 64 << 10;

/// What is answered in the order in which it was sent.
pub(super) struct Line {
    stream: BufReader<UnixStream>,
    longest: Duration,
    unanswered: VecDeque<Sent>,
}

/// Who waits for an answer.
#[derive(PartialEq, Eq)]
enum Sent {
    /// Whoever has just asked.
    Asked,
    /// Who will ask about this victim, when it comes to that.
    Ahead(u64),
    /// Nobody.
    Told,
}

impl Line {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream: BufReader::new(stream), longest: Duration::ZERO, unanswered: VecDeque::new() }
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
        self.send(&Frame::bytes(kind, number, &[body]), longest)?;
        self.unanswered.push_back(Sent::Asked);
        self.answer(longest)
    }

    /// Tells it something, and waits for nothing.
    ///
    /// # Errors
    /// As [`Line::ask`].
    pub(super) fn tell(&mut self, kind: Kind, longest: Duration) -> io::Result<()> {
        self.send(&Frame::bytes(kind, 0, &[]), longest)?;
        self.unanswered.push_back(Sent::Told);
        Ok(())
    }

    /// Tells it of the first of these victims, and does not wait: a process that need not wake for each of many is told
    /// of them several times as fast. Answers how many; for each of them [`Line::answer`] is to be called.
    ///
    /// # Errors
    /// As [`Line::ask`].
    pub(super) fn send_ahead(&mut self, victims: &[(u64, Vec<u8>)], longest: Duration) -> io::Result<usize> {
        let (mut bytes, mut count) = (Vec::new(), 0);
        for (id, victim) in victims.iter().take(MOST_AHEAD) {
            if count > 0 && bytes.len() + victim.len() > MOST_BYTES_AHEAD {
                break;
            }
            bytes.extend(Frame::bytes(Kind::Register, 0, &[victim]));
            self.unanswered.push_back(Sent::Ahead(*id));
            count += 1;
        }
        self.send(&bytes, longest).map(|()| count)
    }

    /// Whether the next answer is about this victim, of whom the process was told ahead.
    pub(super) fn is_ahead(&self, victim: u64) -> bool {
        self.unanswered.iter().find(|sent| **sent != Sent::Told) == Some(&Sent::Ahead(victim))
    }

    /// Waits for the next answer that anybody waits for.
    ///
    /// # Errors
    /// As [`Line::ask`].
    pub(super) fn answer(&mut self, longest: Duration) -> io::Result<Answer> {
        self.set_longest(longest)?;
        loop {
            let answer = match Frame::read(&mut self.stream)? {
                Some(Frame { kind: Kind::Done, body, .. }) => RResult::ROk(body.into()),
                Some(Frame { kind: Kind::Failed, body, .. }) => RResult::RErr(body.into()),
                Some(_) => return Err(io::ErrorKind::InvalidData.into()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            };
            if self.unanswered.pop_front() != Some(Sent::Told) {
                return Ok(answer);
            }
        }
    }

    fn send(&mut self, bytes: &[u8], longest: Duration) -> io::Result<()> {
        self.set_longest(longest)?;
        self.stream.get_mut().write_all(bytes)
    }

    /// Most calls have as long as the one before.
    fn set_longest(&mut self, longest: Duration) -> io::Result<()> {
        if self.longest != longest {
            let stream = self.stream.get_ref();
            stream.set_read_timeout(Some(longest))?;
            stream.set_write_timeout(Some(longest))?;
            self.longest = longest;
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn answers_come_in_order_whoever_waits_for_them() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let mut line = Line::new(near);
        let victims: Vec<_> = (1..=3).map(|id| (id, vec![0; 9])).collect();
        assert_eq!(line.send_ahead(&victims[..2], LONG).unwrap(), 2);
        line.tell(Kind::Run, LONG).unwrap();
        assert_eq!(line.send_ahead(&victims[2..], LONG).unwrap(), 1);
        for body in [b"1", b"2", b"r", b"3", b"4"] {
            far.write_all(&Frame::bytes(Kind::Done, 0, &[body])).unwrap();
        }
        for id in 1..=3 {
            assert!(line.is_ahead(id) && !line.is_ahead(id + 1));
            assert_eq!(line.answer(LONG).unwrap(), RResult::ROk(id.to_string().into_bytes().into()));
        }
        assert!(!line.is_ahead(3));
        assert_eq!(line.ask(Kind::Status, 0, &[], LONG).unwrap(), RResult::ROk(vec![b'4'].into()));
    }

    #[test]
    fn no_more_is_sent_ahead_than_a_socket_holds() {
        let (near, _far) = UnixStream::pair().unwrap();
        let mut line = Line::new(near);
        let small: Vec<_> = (1..=1000).map(|id| (id, vec![0; 9])).collect();
        assert_eq!(line.send_ahead(&small, LONG).unwrap(), MOST_AHEAD);
        let (near, _far) = UnixStream::pair().unwrap();
        let mut line = Line::new(near);
        let large: Vec<_> = (1..=9).map(|id| (id, vec![0; MOST_BYTES_AHEAD / 2 - 99])).collect();
        assert_eq!(line.send_ahead(&large, LONG).unwrap(), 2);
    }
}
