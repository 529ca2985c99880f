//! The process at the other end of a connection.

use super::proc::says_it_has_ended;
use super::process::Process;
use super::processes::Processes;
use nix::errno::Errno;
use nix::sys::socket::{getsockopt, sockopt};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

/// Who connected, from SO_PEERCRED and SO_PEERPIDFD: taken by the kernel when the peer called connect, so an `exec` or
/// a `setuid` later does not change it.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The peer's effective user.
    pub uid: u32,
    /// The peer's pid in the host's namespace; 0 where the namespace of the peer cannot be seen from here.
    pub pid: i32,
    /// Whether the kernel vouches for the process (SO_PEERPIDFD, Linux 6.5): without it the pid may have been recycled
    /// between connect and accept.
    pub proven: bool,
    /// The process itself; none where its pid is 0 or it has exited.
    pub process: Option<Arc<Process>>,
    /// Why the process could not be looked at, where it may still be there.
    pub unseen: Option<String>,
}

impl Peer {
    /// # Errors
    /// The socket is not a Unix stream socket.
    pub fn of(stream: &impl AsFd, processes: &Processes) -> io::Result<Self> {
        let credentials = getsockopt(stream, sockopt::PeerCredentials)?;
        let (uid, pid) = (credentials.uid(), credentials.pid());
        let (proven, held) = match getsockopt(stream, sockopt::PeerPidfd) {
            Ok(pidfd) if pid > 0 => (true, processes.hold(pid, Some(pidfd))),
            // An older kernel: the pid is all there is.
            Err(Errno::ENOPROTOOPT) if pid > 0 => (false, processes.hold(pid, None)),
            // Nothing about the peer: we have no descriptor left.
            Err(error @ (Errno::EMFILE | Errno::ENFILE)) => (true, Err(error.into())),
            // The kernel knows whose socket it is, and that process is gone: its pid may be a stranger's by now.
            _ => (true, Err(io::ErrorKind::NotFound.into())),
        };
        let (process, unseen) = match held {
            Ok(process) => (Some(process), None),
            Err(error) if says_it_has_ended(&error) => (None, None),
            // Out of file descriptors, or a /proc that hides processes: that is not the same as having exited.
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(Self { uid, pid, proven, process, unseen })
    }

    /// A child of ours that has not been waited for yet, at the other end of a connection that we made ourselves: the kernel would
    /// say that it is us.
    ///
    /// # Errors
    /// It has exited.
    pub(crate) fn child(pid: i32, processes: &Processes) -> io::Result<Self> {
        let process = Some(processes.hold(pid, None)?);
        Ok(Self { uid: nix::unistd::geteuid().as_raw(), pid, proven: true, process, unseen: None })
    }

    /// Whether it may steer the host: the host's own user and root may.
    pub fn may_steer(&self) -> bool {
        self.uid == 0 || self.uid == nix::unistd::geteuid().as_raw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn the_peer_of_a_pair_is_this_process() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let peer = Peer::of(&ours, &Processes::default()).unwrap();
        assert_eq!(peer.pid, std::process::id() as i32);
        assert_eq!(peer.process.unwrap().pid(), peer.pid);
        assert!(Peer::of(&ours, &Processes::default()).unwrap().may_steer());
    }
}
