//! Pump: the one task of a connection. It reads, dispatches, writes what has gathered, and minds the deadlines.

use crate::dispatch::Dispatch;
use crate::inbox::{Inbox, with_buffer};
use crate::lock::lock;
use crate::{Closed, Connection, clock};
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::OwnedReadHalf;
use tokio::task::yield_now;
use tokio::time::{Sleep, sleep_until};

pub(crate) struct Pump {
    connection: Connection,
    reader: OwnedReadHalf,
    inbox: Inbox,
    awaited: Vec<Waker>,
    /// One timer for all calls in flight: a call that is answered in time costs none.
    alarm: Option<Pin<Box<Sleep>>>,
    /// Others had their turn to add to what is to be written.
    gathered: bool,
}

/// After so many reads the others of this thread have their turn.
const READS: usize = 16;

impl Pump {
    pub(crate) fn new(connection: Connection, reader: OwnedReadHalf) -> Pump {
        Pump {
            connection,
            reader,
            inbox: Inbox::default(),
            awaited: Vec::new(),
            alarm: None,
            gathered: false,
        }
    }

    /// Reads once, and answers the messages that are whole.
    fn read(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let Pump { connection, reader, inbox, awaited, .. } = self;
        with_buffer(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            if let Err(error) = ready!(Pin::new(reader).poll_read(context, &mut buffer)) {
                return Poll::Ready(Err(closed(error)));
            }
            if buffer.filled().is_empty() {
                return Poll::Ready(Err(Closed::Peer));
            }
            lock(&connection.shared().outbox).gather();
            let mut dispatch = Dispatch::new(connection, awaited);
            let taken = inbox.take(buffer.filled(), &connection.shared().limits, &mut dispatch);
            // Not earlier: on another thread they would contend with us for all that is still being read.
            awaited.drain(..).for_each(Waker::wake);
            Poll::Ready(taken.map_err(Closed::Protocol))
        })
    }

    /// Writes what waits; where others may still add to it, they go first.
    fn write(&mut self, read: bool, context: &mut Context<'_>) -> Result<(), Closed> {
        let mut outbox = lock(&self.connection.shared().outbox);
        if !read && !self.gathered && outbox.may_gather() {
            self.gathered = true;
            // After everyone who is ready on this thread. Waking ourselves would wake another thread too, to take us over.
            let _ = pin!(yield_now()).poll(context);
            return Ok(());
        }
        self.gathered = false;
        match outbox.flush(context) {
            Poll::Ready(Err(error)) => Err(closed(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    fn mind_deadlines(&mut self, context: &mut Context<'_>) {
        let transactions = &self.connection.shared().transactions;
        loop {
            let Some(at) = lock(transactions).alarm else {
                self.alarm = None;
                return;
            };
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(at)));
            if alarm.deadline() != at {
                alarm.as_mut().reset(at);
            }
            if alarm.as_mut().poll(context).is_pending() {
                return;
            }
            let expired = lock(transactions).expire(clock::now());
            expired.into_iter().for_each(|waker| waker.wake());
        }
    }

    fn turn(&mut self, context: &mut Context<'_>) -> Result<(), Closed> {
        let mut failed = Ok(());
        for count in 0..=READS {
            if count == READS {
                context.waker().wake_by_ref();
                break;
            }
            let Poll::Ready(read) = self.read(context) else { break };
            read?;
            // A peer that has gone cannot be written to, but what it said before still counts: read on to the end.
            failed = failed.and(self.write(true, context));
        }
        failed.and_then(|()| self.write(false, context))?;
        self.mind_deadlines(context);
        Ok(())
    }
}

impl Future for Pump {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.connection.register(context.waker());
        if self.connection.ended().is_none()
            && let Err(why) = self.turn(context)
        {
            self.connection.finish(why);
        }
        match self.connection.ended() {
            Some(_) => Poll::Ready(()),
            None => Poll::Pending,
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        let reason = if std::thread::panicking() { "its task panicked" } else { "its runtime was shut down" };
        self.connection.finish(Closed::Local { reason: reason.into() });
    }
}

fn closed(error: io::Error) -> Closed {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Closed::Peer,
        _ => Closed::Io(error),
    }
}
