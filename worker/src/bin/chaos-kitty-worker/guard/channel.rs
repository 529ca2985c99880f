//! The socket between worker and guard: a packet for each message, and an end that both sides notice.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, recv, send, shutdown, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No message is as long.
const LONGEST: usize = 4096;

#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

impl Channel {
    pub(super) fn pair() -> io::Result<(Channel, Channel)> {
        let (one, other) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Channel(one), Channel(other)))
    }

    /// Never waits: who does not read for so long that the socket is full is not worth waiting for.
    pub(super) fn send(&self, message: &impl Serialize) -> io::Result<()> {
        let bytes = serde_json::to_vec(message)?;
        send(&self.0, &bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// The next message; nothing when the other end is gone, and all that it had sent was received.
    pub(super) fn receive<M: DeserializeOwned>(&self) -> io::Result<Option<M>> {
        let mut bytes = [0; LONGEST];
        let mut receive = || rustix::io::retry_on_intr(|| recv(&self.0, &mut bytes, RecvFlags::empty()));
        let (length, _) = match receive() {
            // It went without reading what we sent, which is told once, and before what it sent itself: that is its last will.
            Err(Errno::CONNRESET) => receive()?,
            received => received?,
        };
        if length == 0 { Ok(None) } else { Ok(Some(serde_json::from_slice(&bytes[..length])?)) }
    }
}

impl Channel {
    /// Both sides find the end, also those that wait for a message.
    pub(super) fn end(&self) {
        let _ = shutdown(&self.0, Shutdown::Both);
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_apart_and_the_end_is_noticed() {
        let (one, other) = Channel::pair().unwrap();
        one.send(&1).unwrap();
        one.send(&"two").unwrap();
        drop(one);
        assert_eq!(other.receive::<i32>().unwrap(), Some(1));
        assert_eq!(other.receive::<String>().unwrap().as_deref(), Some("two"));
        assert_eq!(other.receive::<i32>().unwrap(), None);
        assert!(other.send(&3).is_err());
    }

    #[test]
    fn what_was_sent_before_the_end_is_received_also_from_one_that_has_not_read_what_it_was_sent() {
        let (one, other) = Channel::pair().unwrap();
        one.send(&1).unwrap();
        other.send(&"unread").unwrap();
        drop(one);
        assert_eq!(other.receive::<i32>().unwrap(), Some(1));
        assert_eq!(other.receive::<i32>().unwrap(), None);
    }
}
