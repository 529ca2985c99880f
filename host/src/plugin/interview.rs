//! A plugin is asked what its parameters may be, by a process that may die of it: the answer is its author's code.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use super::{Kind, Library, PrivateCopy, description, trial};

/// An author's defaults take no time to make.
const LONGEST: Duration = Duration::from_secs(10);

/// Bytes of an answer.
const LARGEST: u64 = 16 << 20;

/// A child that asks. Dropping it ends it.
#[derive(Debug)]
pub struct Interview(Child);

impl Interview {
    /// The command of the host's own program that carries one out.
    pub const COMMAND: &'static str = "ask-plugin";

    /// What a plugin's parameters may be, none where its author does not describe them. It takes ten seconds at most.
    ///
    /// # Errors
    /// What went wrong with the plugin over it.
    pub fn of(plugin: &PrivateCopy) -> Result<Option<Kind>, String> {
        let (ours, theirs) = UnixStream::pair().map_err(|error| no_child(&error))?;
        let mut command = Command::new("/proc/self/exe");
        command.arg(Self::COMMAND).arg(plugin.path()).stdin(Stdio::from(OwnedFd::from(theirs)));
        // What a plugin prints is no part of the answer.
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut interview = Self(child.map_err(|error| no_child(&error))?);
        // The command has the child's end, too, and would keep it from closing.
        drop(command);
        interview.listen(ours)
    }

    fn listen(&mut self, answer: UnixStream) -> Result<Option<Kind>, String> {
        let mut line = String::new();
        let heard = answer
            .set_read_timeout(Some(LONGEST))
            .and_then(|()| BufReader::new(answer.take(LARGEST)).read_line(&mut line));
        match heard {
            Ok(_) if line.ends_with('\n') => {
                serde_json::from_str(&line).unwrap_or_else(|error| Err(error.to_string()))
            }
            Ok(_) => Err(match self.0.wait() {
                Ok(status) => format!("its process was ended by that ({})", trial::shown(status)),
                Err(error) => error.to_string(),
            }),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(format!("it has not answered for {} s", LONGEST.as_secs()))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// The child's part: asks the copy in this file, answers on standard input, and ends.
    pub fn carry_out(copy: &Path) -> ExitCode {
        trial::be_expendable();
        let described = Library::open(copy)
            .and_then(|module| description::describe(module).map_err(|fault| fault.to_string()));
        let said = serde_json::to_string(&described).and_then(|line| {
            let mut answer = io::stdin()
                .as_fd()
                .try_clone_to_owned()
                .map(UnixStream::from)
                .map_err(serde_json::Error::io)?;
            answer.write_all(format!("{line}\n").as_bytes()).map_err(serde_json::Error::io)
        });
        if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Drop for Interview {
    fn drop(&mut self) {
        // One that has been waited for is not signalled by this.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn no_child(error: &io::Error) -> String {
    format!("no process can be had for that: {error}")
}
