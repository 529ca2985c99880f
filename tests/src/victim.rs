//! A linked victim: an application of ours with fault points, as a process.

use crate::skip::skipped;
use std::os::unix::process::CommandExt;
use std::process::Command;

use serde_json::Value as Json;

use crate::clock::{Deadline, PATIENCE};
use crate::log::Log;
use crate::nest::Nest;
use crate::process::Process;
use crate::workspace::Workspace;

const PROGRAM: &str = "chaos-kitty-test-victim";

/// A victim that is going to be started.
#[derive(Debug)]
#[must_use = "nothing happens before start()"]
pub struct VictimPlan<'a> {
    nest: &'a Nest,
    name: String,
    arguments: Vec<String>,
    container: Option<Vec<&'static str>>,
    user: Option<u32>,
}

impl<'a> VictimPlan<'a> {
    pub(crate) fn new(nest: &'a Nest, name: &str) -> Self {
        Self { nest, name: name.to_owned(), arguments: Vec::new(), container: None, user: None }
    }

    /// With a label.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.arguments.extend(["--label".to_owned(), format!("{key}={value}")]);
        self
    }

    /// An application that never comes by a fault point.
    pub fn idle(mut self) -> Self {
        self.arguments.push("--idle".to_owned());
        self
    }

    /// An application that comes by its fault point all the time, and tells how long it was held there.
    pub fn restless(mut self) -> Self {
        self.arguments.push("--restless".to_owned());
        self
    }

    /// An application whose fault point is in a task, and not in a thread.
    pub fn in_a_task(mut self) -> Self {
        self.arguments.push("--async".to_owned());
        self
    }

    /// An application that may have so many descriptors at most.
    pub fn descriptors(mut self, limit: u64) -> Self {
        self.arguments.extend(["--descriptors".to_owned(), limit.to_string()]);
        self
    }

    /// In a pid namespace of its own, where it is process 1; none where the kernel forbids that, which is printed.
    pub fn in_a_container(mut self) -> Option<Self> {
        self.container = Some(namespace()?);
        Some(self)
    }

    /// As another user, which only root can do.
    pub fn user(mut self, uid: Option<u32>) -> Self {
        self.user = uid;
        self
    }

    /// Starts it. Whether a host is there is no concern of its.
    #[track_caller]
    pub fn start(self) -> Victim {
        let program = match self.user {
            None => Workspace::built().program(PROGRAM).to_owned(),
            Some(_) => self.nest.for_everyone(PROGRAM),
        };
        let mut command = match self.container {
            None => self.nest.command(program),
            Some(unshare) => {
                let mut command = self.nest.command("unshare");
                // It goes with `unshare`, and so with us.
                command.args(unshare).args(["--kill-child", "--"]).arg(program);
                command
            }
        };
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command.arg(self.nest.socket()).arg(&self.name).args(&self.arguments);
        // Tests stop some: in our own group that has the kernel hang up on all of us, when some other test's program ends.
        Victim::spawn(&self.name, command.process_group(0))
    }
}

/// A running victim. Dropping it kills it.
#[derive(Debug)]
pub struct Victim {
    process: Process,
    pid: i32,
}

impl Victim {
    #[track_caller]
    fn spawn(name: &str, command: &mut Command) -> Self {
        let process = Process::start(name, command);
        let line = process.said().wait("that it has started", |line| line["event"] == "started");
        Self { pid: i32::try_from(line["pid"].as_i64().unwrap()).unwrap(), process }
    }

    /// Its pid, as it sees it itself.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// What happened to it, as it saw it.
    pub fn log(&self) -> &Log {
        self.process.said()
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Something that happened to it.
    #[track_caller]
    pub fn event(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.log().wait(what, |line| line["event"] == what && wanted(line))
    }

    /// Waits until it has come by its fault point again: nothing holds it.
    #[track_caller]
    pub fn goes_on(&mut self) {
        let deadline = Deadline::after(PATIENCE);
        let before = self.report()["hits"].as_u64();
        while self.report()["hits"].as_u64() <= before {
            assert!(deadline.left().is_some(), "it does not work any more: {}", self.log().shown());
        }
    }

    /// What it says of itself now: hits of its fault point, errors there, MiB resident.
    #[track_caller]
    pub fn report(&mut self) -> Json {
        let mark = self.log().mark();
        self.process.tell("report");
        self.log().wait_after(mark, "a report", |line| line["event"] == "report")
    }
}

/// How to make a pid namespace here: as root, or in a user namespace.
fn namespace() -> Option<Vec<&'static str>> {
    let pids = ["--pid", "--fork", "--mount-proc"];
    let mut why = String::new();
    for users in [&[][..], &["--user", "--map-root-user"]] {
        let arguments = [users, &pids].concat();
        match Command::new("unshare").args(&arguments).arg("true").output() {
            Ok(output) if output.status.success() => return Some(arguments),
            Ok(output) => why = String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => why = format!("unshare: {error}"),
        }
    }
    skipped(format_args!("no pid namespace can be made here: {why}"));
    None
}
