//! The binary, running.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) fn wrap(folder: &Path, program: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaos-kitty-worker"));
    command.arg("--socket").arg(folder.join("s")).arg("--").args(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running wrapper, ended with its program whatever becomes of the test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        // Who runs tests in the background of a script has INT and QUIT ignored, and a shell cannot trap what was ignored
        // when it began.
        let as_usual = || {
            for signal in
                [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2]
            {
                // SAFETY: signal(2) is async-signal-safe, and the default needs no handler of ours.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            Ok(())
        };
        // SAFETY: between fork and exec the closure calls nothing but signal(2), and touches no memory of this process's.
        Running(unsafe { std::os::unix::process::CommandExt::pre_exec(command, as_usual) }.spawn().unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            self.signal(Signal::TERM);
            let _ = self.0.wait();
        }
    }
}

pub(crate) fn output(running: &mut Running) -> BufReader<std::process::ChildStdout> {
    BufReader::new(running.0.stdout.take().unwrap())
}

pub(crate) fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
