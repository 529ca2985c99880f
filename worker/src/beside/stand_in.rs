//! The stand-in: a process that takes memory or CPU time beside a program, in its control group.
//!
//! It is a linked victim of its own, and the wrapper is its host: the same methods, and everything ends with the
//! connection. When memory runs out, the kernel takes it and not the wrapper. There is one at a time, so that two calls
//! are not granted the same memory, and none when nothing is under way.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{CallError, Connection, Controller, Exception, Limits, Raise, Request, Side, Value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid,
};
use rustix::thread::{sched_getaffinity, sched_setaffinity};

use super::program::Program;
use crate::effects::Effects;
use crate::linked::Linked;
use crate::options::Options;
use crate::refusal::refusal;
use crate::registration::VICTIM;
use crate::victim::{Repertoire, Victim};

/// What the wrapper's binary is called with to be one; its standard input is the connection.
pub const STAND_IN: &str = "stand-in";
/// How long one may take where the caller gave no lease.
const DEFAULT_LEASE: Duration = Duration::from_secs(86_400);
/// How much longer than its lease an effect may take to begin and to put back.
const MARGIN: Duration = Duration::from_secs(10);

/// How long the kernel may take over the end of one, with all that it has to free.
const TO_EXIT: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// One at work. Dropping it kills it, since all that it has is what it took, and reaps it, unless somebody has.
pub(super) struct StandIn {
    pid: u32,
    process: OwnedFd,
    connection: Connection,
}

impl StandIn {
    pub(super) fn start() -> io::Result<StandIn> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new("/proc/self/exe");
        // Keys on the terminal are for the program.
        command.arg0("chaos-kitty-worker").arg(STAND_IN).process_group(0);
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?;
        ours.set_nonblocking(true)?;
        let stream = tokio::net::UnixStream::from_std(ours)?;
        let connection = Connection::start(stream, Side::Server, Limits::default(), Vec::new());
        Ok(StandIn { pid: child.id(), process, connection })
    }

    pub(super) fn is_there(&self) -> bool {
        self.connection.ended().is_none()
    }

    /// Its pid.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Passes the call on, and its end, to the processors on which the program runs.
    pub(super) async fn call(
        &self,
        program: &dyn Program,
        effects: &Arc<Effects>,
        request: &Request,
    ) -> Result<Value, Raise> {
        run_where(self.pid, program).map_err(|error| {
            let why = format!("the processors that the program may use cannot be used beside it: {error}");
            refusal(format!("{}: {why}", request.method))
        })?;
        let options = Options::open(request)?;
        let lease = options.lease().unwrap_or(DEFAULT_LEASE);
        let effect = effects.begin(options.effect(), &request.method, lease)?;
        let victim = self.connection.proxy(VICTIM);
        let call = victim.call(request.clone(), lease + MARGIN);
        tokio::pin!(call);
        tokio::select! {
            answer = &mut call => return answer.map_err(|error| Self::failed(request, error)),
            () = effect.run_out() => {}
        }
        if let Some(id) = options.effect() {
            let _ = victim.call(Request::new("end").option("effect", id), MARGIN).await;
        }
        call.await.map_err(|error| Self::failed(request, error))
    }

    /// Who was killed did not answer: it is said what that means.
    fn failed(request: &Request, error: CallError) -> Raise {
        match error {
            CallError::Closed { why, .. } => {
                let method = &request.method;
                let message = format!(
                    "{method}: the process beside the program was killed (for want of memory?): {why}"
                );
                Exception::runtime(message).into()
            }
            error => error.into(),
        }
    }
}

/// What this process of ours does from now on, it does on the processors that the program may use now.
fn run_where(process: u32, program: &dyn Program) -> io::Result<()> {
    let [ours, theirs] = [process, program.process_id()].map(|pid| Pid::from_raw(pid.cast_signed()));
    match sched_getaffinity(theirs) {
        // It has ended, which is told elsewhere; by now the pid may be a stranger's.
        _ if program.has_exited() => Ok(()),
        Ok(processors) => Ok(sched_setaffinity(ours, &processors)?),
        Err(error) => Err(error.into()),
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.connection.close("it is over");
        let _ = pidfd_send_signal(&self.process, Signal::KILL);
        let _ = poll(&mut [PollFd::new(&self.process, PollFlags::IN)], Some(&TO_EXIT));
        let _ = waitid(WaitId::PidFd(self.process.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }
}

/// Is one, until the wrapper is done with it or gone.
pub fn serve() -> io::Result<()> {
    let _ = rustix::thread::set_name(c"kitty-stand-in");
    // Where memory runs out in the program's group, this is what is to be killed, and not the program.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    stream.set_nonblocking(true)?;
    let effects = Arc::new(Effects::default());
    let repertoire = Repertoire { offer: Box::new(Linked::default()), own: Default::default() };
    let victim = Victim { repertoire: Arc::new(repertoire), effects: Arc::clone(&effects) };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let stream = tokio::net::UnixStream::from_std(stream)?;
        let victim: Arc<dyn Controller> = Arc::new(victim);
        let bindings = vec![(VICTIM.into(), victim)];
        let connection = Connection::start(stream, Side::Client, Limits::default(), bindings);
        connection.closed().await;
        effects.close();
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::Holding;

    /// A process with a pid, which is its own as long as it has not exited.
    struct Pretended {
        pid: u32,
        has_exited: bool,
    }

    impl Program for Pretended {
        fn process_id(&self) -> u32 {
            self.pid
        }

        fn has_exited(&self) -> bool {
            self.has_exited
        }

        fn hold(&self, _: Duration, _: Duration) -> io::Result<Holding> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn release(&self, _: u64) {}

        fn signal(&self, _: i32) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn it_runs_where_the_program_may_and_never_where_a_stranger_with_its_pid_may() {
        let [mut ours, mut theirs] = [(); 2].map(|()| Command::new("sleep").arg("60").spawn().unwrap());
        let of = |child: &std::process::Child| sched_getaffinity(Some(Pid::from_child(child))).unwrap();
        let all = of(&ours);
        let mut first = rustix::thread::CpuSet::new();
        let at = (0..rustix::thread::CpuSet::MAX_CPU).find(|at| all.is_set(*at)).unwrap();
        first.set(at);
        sched_setaffinity(Some(Pid::from_child(&theirs)), &first).unwrap();
        let run_where = |has_exited| run_where(ours.id(), &Pretended { pid: theirs.id(), has_exited });
        run_where(true).unwrap();
        assert!(of(&ours) == all, "it may be another's pid by now");
        run_where(false).unwrap();
        assert!(of(&ours) == first);
        for child in [&mut ours, &mut theirs] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}
