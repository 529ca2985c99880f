//! A process, held by its pidfd.

use super::fate::Fate;
use super::proc::{Facts, says_it_has_ended};
use nix::sys::signal::Signal;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// How long a process gets to end itself before its signal counts as one that it outlived.
const TO_EXIT: Duration = Duration::from_secs(1);
/// The same for a signal that it catches: most handlers end the process at once, or not at all.
const TO_HANDLE: Duration = Duration::from_millis(200);

/// A process that chaos may strike.
///
/// The pidfd names it for as long as we hold it: once the process is gone its number may belong to a stranger, and
/// still nothing that we send arrives there.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    start_time: u64,
    comm: String,
    uids: [u32; 2],
    namespace_pids: Box<[i32]>,
    pidfd: Arc<OwnedFd>,
    /// Registered with the reactor when somebody first waits for the exit.
    watched: OnceLock<AsyncFd<Arc<OwnedFd>>>,
}

impl Process {
    /// Takes hold of the process with this pid, as it is now.
    ///
    /// # Errors
    /// There is no such process, or it ended while we looked; or it cannot be looked at.
    pub(crate) fn open(pid: i32) -> io::Result<Self> {
        let number = rustix::process::Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
        Self::held(pid, pidfd_open(number, PidfdFlags::empty())?)
    }

    /// Reads who it is that this pidfd holds.
    pub(super) fn held(pid: i32, pidfd: OwnedFd) -> io::Result<Self> {
        let facts = Facts::read(pid).map_err(|error| {
            let is_hidden = says_it_has_ended(&error) && !exits_within(&pidfd, Duration::ZERO);
            // As `hidepid=` does it, or a /proc of another pid namespace: that it is there its pidfd knows.
            if is_hidden { io::Error::other("it is there, and /proc hides it from this host") } else { error }
        })?;
        let (pidfd, watched) = (Arc::new(pidfd), OnceLock::new());
        let Facts { start_time, comm, uids, namespace_pids, .. } = facts;
        let namespace_pids = namespace_pids.into();
        let process = Self { pid, start_time, comm, uids, namespace_pids, pidfd, watched };
        // Only now do we know that the pid still belonged to the pidfd when /proc was read.
        if process.has_exited() { Err(io::ErrorKind::NotFound.into()) } else { Ok(process) }
    }

    /// The pid, in the host's namespace.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// When it started, in clock ticks after boot; with the pid it names the process for ever.
    pub fn start_time(&self) -> u64 {
        self.start_time
    }

    /// The name of its executable, shortened by the kernel to 15 bytes.
    pub fn comm(&self) -> &str {
        &self.comm
    }

    /// Whether both its real and its effective user are this one.
    pub fn belongs_to(&self, uid: u32) -> bool {
        self.uids == [uid, uid]
    }

    /// The pid in each pid namespace, from ours to its own; empty before Linux 4.1.
    pub(super) fn namespace_pids(&self) -> &[i32] {
        &self.namespace_pids
    }

    /// What /proc says of it now; an error once it has exited.
    fn facts(&self) -> io::Result<Facts> {
        let facts = Facts::read(self.pid)?;
        if self.has_exited() { Err(io::ErrorKind::NotFound.into()) } else { Ok(facts) }
    }

    /// The pidfd, for somebody else to hold it too.
    ///
    /// # Errors
    /// There is no descriptor left.
    pub(crate) fn pidfd(&self) -> io::Result<OwnedFd> {
        self.pidfd.try_clone()
    }

    /// Whether it has exited, also where nobody has waited for it yet: a zombie accepts signals.
    pub fn has_exited(&self) -> bool {
        self.exits_within(Duration::ZERO)
    }

    /// Blocks until it has exited, or the time is over; answers whether it has.
    pub fn exits_within(&self, time: Duration) -> bool {
        exits_within(&self.pidfd, time)
    }

    /// Sends a signal, and blocks until it can be said what became of it: for a second at most.
    ///
    /// # Errors
    /// The kernel refused it (`EPERM`), or does not let us see who it is for.
    pub fn signal(&self, signal: Signal) -> io::Result<Fate> {
        // A zombie accepts signals, so look first.
        let before = match self.facts() {
            Err(_) if self.has_exited() => return Ok(Fate::Gone),
            facts => facts?,
        };
        let number =
            rustix::process::Signal::from_named_raw(signal as i32).ok_or(io::ErrorKind::InvalidInput)?;
        match pidfd_send_signal(&*self.pidfd, number) {
            Err(rustix::io::Errno::SRCH) => return Ok(Fate::Gone),
            other => other?,
        }
        let fate = Fate::foreseen(&before, signal);
        // The masks are the main thread's: another one may have taken it, so look what really happened.
        let patience = if fate == Fate::Accepted || fate == Fate::Blocked { TO_EXIT } else { TO_HANDLE };
        if self.exits_within(patience) {
            return Ok(Fate::Exited);
        }
        match self.facts() {
            Ok(after) if after.has_pending(signal) => Ok(Fate::Blocked),
            Ok(_) if fate == Fate::Blocked => Ok(Fate::Caught),
            _ => Ok(fate),
        }
    }

    /// Whether it runs as another user than when it registered.
    pub fn has_changed_user(&self) -> bool {
        self.facts().is_ok_and(|facts| facts.uids != self.uids)
    }

    /// Waits until it has exited.
    ///
    /// # Errors
    /// There is no reactor to wait with.
    pub async fn exited(&self) -> io::Result<()> {
        let pidfd = match self.watched.get() {
            Some(watched) => watched,
            None => {
                let watched = watch(Arc::clone(&self.pidfd))?;
                self.watched.get_or_init(|| watched)
            }
        };
        pidfd.readable().await.map(drop)
    }
}

/// Blocks until the process of this pidfd has exited, or the time is over; answers whether it has.
pub(super) fn exits_within(pidfd: &OwnedFd, time: Duration) -> bool {
    let mut poll = [PollFd::new(pidfd, PollFlags::IN)];
    let time = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
    matches!(rustix::event::poll(&mut poll, Some(&time)), Ok(1))
}

#[expect(unsafe_code, reason = "tokio cannot know that a descriptor stays open")]
fn watch(pidfd: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: the pidfd is owned by what is registered, and stays open and the same as long as that lives.
    Ok(unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) }?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_zombie_has_exited_and_takes_no_signal() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::open(child.id() as i32).unwrap();
        assert!(!process.has_exited());
        assert_eq!(process.signal(Signal::SIGKILL).unwrap(), Fate::Exited);
        assert_eq!(process.signal(Signal::SIGTERM).unwrap(), Fate::Gone);
        child.wait().unwrap();
        assert_eq!(process.signal(Signal::SIGTERM).unwrap(), Fate::Gone);
    }

    #[test]
    fn who_is_there_and_hidden_has_not_ended() {
        let own = rustix::process::getpid();
        let pidfd = || pidfd_open(own, PidfdFlags::empty()).unwrap();
        // No process has this pid, so /proc says of it what it says of one that it hides.
        let hidden = Process::held(i32::MAX, pidfd()).unwrap_err();
        assert!(!says_it_has_ended(&hidden), "{hidden}");
        assert_eq!(Process::held(own.as_raw_pid(), pidfd()).unwrap().pid(), own.as_raw_pid());
    }

    #[test]
    fn a_signal_to_a_stopped_process_is_pending_until_it_goes_on() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::open(child.id() as i32).unwrap();
        assert_eq!(process.signal(Signal::SIGSTOP).unwrap(), Fate::Accepted);
        assert_eq!(process.signal(Signal::SIGTERM).unwrap(), Fate::Blocked);
        let fate = process.signal(Signal::SIGCONT).unwrap();
        // A machine that is busy takes its time over the end of it.
        assert!(fate == Fate::Exited || process.exits_within(Duration::from_secs(30)), "{fate:?}");
        child.wait().unwrap();
    }

    #[test]
    fn a_signal_that_is_ignored_or_caught_is_told_as_such() {
        use std::io::{BufRead, BufReader};
        let mut child = Command::new("sh")
            .args(["-c", "trap '' USR1; trap : USR2; echo ready; while :; do read line; done"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let process = Process::open(child.id() as i32).unwrap();
        assert_eq!(process.signal(Signal::SIGUSR1).unwrap(), Fate::Ignored);
        assert_eq!(process.signal(Signal::SIGUSR2).unwrap(), Fate::Caught);
        assert_eq!(process.signal(Signal::SIGWINCH).unwrap(), Fate::Ignored);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
