//! A process of ours.

use std::io::{ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};

use crate::clock::{Deadline, PATIENCE};
use crate::log::Log;

/// A child with everything that it says. Dropping it kills and reaps it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    said: Log,
    complained: Log,
}

impl Process {
    /// Starts it, with pipes for all three of its files.
    #[track_caller]
    pub fn start(name: &str, command: &mut Command) -> Self {
        let (output, theirs) = std::io::pipe().unwrap();
        let mut process = Self::start_into(name, command, theirs.into());
        process.said = Log::of(format!("{name} (stdout)"), output);
        process
    }

    /// Starts it with its standard output going elsewhere.
    #[track_caller]
    pub fn start_into(name: &str, command: &mut Command, output: OwnedFd) -> Self {
        command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::piped());
        let mut child = spawn(command);
        // The command holds the other end open, as it may be started again.
        command.stdout(Stdio::null());
        let said = Log::of(name, std::io::empty());
        let complained = Log::of(format!("{name} (stderr)"), child.stderr.take().unwrap());
        let input = child.stdin.take();
        Self { name: name.to_owned(), child, input, said, complained }
    }

    /// Starts it with a standard error whose reader has gone.
    #[track_caller]
    pub fn start_unheard(name: &str, command: &mut Command) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(writer);
        let mut child = spawn(command);
        let nothing = || Log::of(name, std::io::empty());
        let input = child.stdin.take();
        Self { name: name.to_owned(), child, input, said: nothing(), complained: nothing() }
    }

    /// Its pid; its own until it is reaped, which only [`Self::exit`] and the drop do.
    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Its standard output.
    pub fn said(&self) -> &Log {
        &self.said
    }

    /// Its standard error.
    pub fn complained(&self) -> &Log {
        &self.complained
    }

    /// Writes a line to its standard input.
    #[track_caller]
    pub fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is closed");
        writeln!(input, "{line}").and_then(|()| input.flush()).expect("it does not listen any more");
    }

    /// Its standard input, for somebody else to write to.
    pub fn take_input(&mut self) -> Option<ChildStdin> {
        self.input.take()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it, as the kernel would when memory runs out, and reaps it.
    pub fn kill(&mut self) -> ExitStatus {
        self.signal(Signal::KILL);
        self.exit()
    }

    /// Waits until it has exited, and reaps it.
    #[track_caller]
    pub fn exit(&mut self) -> ExitStatus {
        let pid = pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty()).unwrap();
        let deadline = Deadline::after(PATIENCE);
        while let Some(left) = deadline.left() {
            let mut poll = [PollFd::new(&pid, PollFlags::IN)];
            if rustix::event::poll(&mut poll, Some(&timespec(left))) == Ok(1) {
                return self.child.wait().unwrap();
            }
        }
        panic!(
            "{}: waited for its exit. It said:\n{}\n{}",
            self.name,
            self.said.shown(),
            self.complained.shown()
        );
    }

    /// The exit code, or 128 and the signal that ended it, as a shell says it.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        let status = self.exit();
        status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A child that was reaped is not signalled by this: the standard library keeps account.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that was written just now may be open for writing still, in a child that another thread is about to start.
fn spawn(command: &mut Command) -> Child {
    let deadline = Deadline::after(PATIENCE);
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && deadline.left().is_some() => {}
            spawned => return spawned.unwrap_or_else(|error| panic!("{command:?}: {error}")),
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() }
}
