//! Outbox: bytes on their way to the peer. A lone message is written where it is made; where more is going on, messages gather
//! and the connection's task writes them at once.

use crate::ProtocolError;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::net::unix::OwnedWriteHalf;

pub(crate) struct Outbox {
    /// Gone once the connection has ended.
    writer: Option<OwnedWriteHalf>,
    queue: Vec<u8>,
    /// How much of the queue is written.
    written: usize,
    /// What it took in memory when that was last asked.
    counted: usize,
    /// The connection's task is at work on what it read, and writes when it is through.
    busy: bool,
    /// The connection's task knows that there is something to write.
    asked: bool,
    /// The socket took no more when the connection's task last wrote.
    blocked: bool,
    failure: Option<io::Error>,
}

/// What waits for longer than this is written at once, without waiting for more to gather.
const GATHERED: usize = 64 << 10;

impl Outbox {
    pub(crate) fn new(writer: OwnedWriteHalf) -> Outbox {
        Outbox {
            writer: Some(writer),
            queue: Vec::new(),
            written: 0,
            counted: 0,
            busy: false,
            asked: false,
            blocked: false,
            failure: None,
        }
    }

    /// Bytes of memory that it takes.
    pub(crate) fn kept(&mut self) -> usize {
        self.counted = self.queue.capacity();
        self.counted
    }

    /// Whether it takes noticeably more than when that was last asked: it doubles as it grows, so this is seldom so.
    fn has_grown(&self) -> bool {
        self.queue.capacity() > self.counted.max(GATHERED)
    }

    fn waiting(&self) -> usize {
        self.queue.len() - self.written
    }

    /// Takes a message. Answers whether the connection's task has to be woken, to write it or to count what is kept.
    pub(crate) fn push(&mut self, frame: Vec<u8>, alone: bool, limit: usize) -> Result<bool, ProtocolError> {
        if self.writer.is_none() || self.failure.is_some() {
            return Ok(false);
        }
        if self.queue.is_empty() {
            self.queue = frame;
        } else {
            self.queue.extend_from_slice(&frame);
        }
        let lone = alone && !self.busy && !self.asked;
        if lone || (!self.blocked && self.waiting() > GATHERED) {
            self.write_now();
        }
        if self.waiting() > limit {
            return Err(ProtocolError::TooManyQueuedBytes { limit });
        }
        let wake = (self.failure.is_some() || self.waiting() > 0) && !self.busy && !self.asked;
        self.asked |= wake;
        Ok(wake || (self.has_grown() && !self.busy))
    }

    /// Writes what the socket takes at once.
    fn write_now(&mut self) {
        let Some(writer) = &self.writer else { return };
        while self.written < self.queue.len() && self.failure.is_none() {
            match writer.try_write(&self.queue[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => self.failure = Some(error),
            }
        }
        self.tidy();
    }

    /// Frees what is written: an idle connection holds no buffer, and one that is never empty does not grow.
    fn tidy(&mut self) {
        if self.written == self.queue.len() {
            self.queue = Vec::new();
            self.written = 0;
        } else if self.written > self.queue.len() / 2 {
            self.queue.drain(..self.written);
            self.written = 0;
        }
    }

    /// From here until [`Outbox::flush`], messages gather.
    pub(crate) fn gather(&mut self) {
        self.busy = true;
    }

    /// Whether something waits that may still gather, rather than be written at once.
    pub(crate) fn may_gather(&self) -> bool {
        self.asked && !self.blocked && self.failure.is_none() && self.waiting() <= GATHERED
    }

    /// Writes what waits. Pending while the peer does not read.
    ///
    /// # Errors
    /// The socket's, once.
    pub(crate) fn flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.busy = false;
        self.blocked = false;
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Err(failure));
        }
        let Some(writer) = &mut self.writer else { return Poll::Ready(Ok(())) };
        while self.written < self.queue.len() {
            self.blocked = true;
            match ready!(Pin::new(&mut *writer).poll_write(context, &self.queue[self.written..])) {
                Ok(count) => self.written += count,
                Err(error) => return Poll::Ready(Err(error)),
            }
            self.blocked = false;
        }
        self.tidy();
        self.asked = false;
        Poll::Ready(Ok(()))
    }

    /// Writes what the socket still takes, so that a peer is told why, and lets go of it.
    pub(crate) fn close(&mut self) {
        self.write_now();
        self.writer = None;
        self.queue = Vec::new();
        self.written = 0;
    }
}
