//! A host: `chaos-kitty serve`, as a process.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use rustix::process::Signal;
use serde_json::Value as Json;

use crate::disk::Disk;
use crate::log::Log;
use crate::nest::Nest;
use crate::process::Process;
use crate::workspace::Workspace;

/// A host that is going to be started.
#[derive(Debug)]
#[must_use = "nothing happens before start()"]
pub struct HostPlan<'a> {
    nest: &'a Nest,
    program: PathBuf,
    configuration: Option<String>,
    arguments: Vec<OsString>,
    user: Option<u32>,
    beneath: Vec<OsString>,
}

impl<'a> HostPlan<'a> {
    pub(crate) fn new(nest: &'a Nest) -> Self {
        let program = Workspace::built().host().to_owned();
        Self { nest, program, configuration: None, arguments: Vec::new(), user: None, beneath: Vec::new() }
    }

    /// With this configuration; without one, the five operations run at their defaults.
    pub fn configuration(mut self, text: impl Into<String>) -> Self {
        self.configuration = Some(text.into());
        self
    }

    /// With these arguments after `serve`.
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// From another file.
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }

    /// With so many files open at most.
    pub fn descriptors(self, limit: u32) -> Self {
        self.limited(&format!("ulimit -n {limit}"))
    }

    /// With files of so many blocks of 512 bytes at most.
    pub fn file_size(self, blocks: u32) -> Self {
        self.limited(&format!("ulimit -f {blocks}"))
    }

    /// With a small disk.
    pub fn disk(mut self, disk: &Disk) -> Self {
        self.beneath.extend(disk.beneath());
        self
    }

    /// With the programs of this folder found before the system's.
    pub fn programs(mut self, folder: &std::path::Path) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = format!("PATH={}:{}", folder.display(), path.display());
        self.beneath.extend(["env", &path].map(OsString::from));
        self
    }

    /// In a network namespace of its own, which only root can make.
    pub fn in_another_network(mut self) -> Self {
        self.beneath.extend(["unshare", "--net", "--"].map(OsString::from));
        self
    }

    fn limited(mut self, limit: &str) -> Self {
        self.beneath.extend(["sh", "-c", &format!("{limit}; exec \"$@\""), "sh"].map(OsString::from));
        self
    }

    /// As another user, which only root can do.
    pub fn user(mut self, uid: u32) -> Self {
        self.user = Some(uid);
        self
    }

    /// Starts it, and waits until it serves.
    #[track_caller]
    pub fn start(self) -> Host {
        let host = self.begin();
        host.serves();
        host
    }

    /// Starts it, and waits for nothing.
    #[track_caller]
    pub fn begin(self) -> Host {
        let nest = self.nest;
        Host { process: self.spawn(), socket: nest.socket(), tmp: nest.tmp() }
    }

    /// Starts one that ends by itself, and answers its exit code and all that it said.
    #[track_caller]
    pub fn refused(self) -> (i32, String) {
        let mut process = self.spawn();
        let code = process.exit_code();
        process.complained().to_its_end();
        (code, process.complained().shown())
    }

    fn spawn(self) -> Process {
        // Each of them becomes the next, and the last one the host.
        let words = [self.beneath, vec![self.program.into()]].concat();
        let mut command = self.nest.command(&words[0]);
        command.args(&words[1..]);
        command.arg("--json").arg("--socket").arg(self.nest.socket()).arg("serve");
        if let Some(text) = self.configuration {
            command.arg("--config").arg(self.nest.file("chaos.toml", text));
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        Process::start("the host", command.args(&self.arguments))
    }
}

/// A host that serves. Dropping it kills it.
#[derive(Debug)]
pub struct Host {
    process: Process,
    socket: PathBuf,
    tmp: PathBuf,
}

/// A registration, as the host's log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The victim's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its pid, as the host sees it.
    pub pid: i32,
}

impl Host {
    /// Waits until it serves.
    #[track_caller]
    pub fn serves(&self) {
        self.wait("that it serves", |line| says(line, "serving at "));
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// Where it serves.
    pub fn socket(&self) -> &std::path::Path {
        &self.socket
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        self.process.complained()
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// A line of its log.
    #[track_caller]
    pub fn wait(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.log().wait(what, wanted)
    }

    /// The registration of the process with this pid, or of the victim with this name.
    #[track_caller]
    pub fn registered(&self, who: impl Into<Json>) -> Registered {
        let who = who.into();
        let line = self.wait(&format!("{who} to register"), |line| {
            says(line, "a victim registered") && (line["pid"] == who || line["victim"] == who)
        });
        Registered {
            id: line["id"].as_u64().unwrap(),
            name: line["victim"].as_str().unwrap().to_owned(),
            pid: i32::try_from(line["pid"].as_i64().unwrap()).unwrap(),
        }
    }

    /// Waits until the victim with this id has left.
    #[track_caller]
    pub fn left(&self, id: u64) {
        self.wait(&format!("victim {id} to leave"), |line| says(line, "a victim left") && line["id"] == id);
    }

    /// A record of the gate's: a decision or an outcome.
    #[track_caller]
    pub fn record(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.record_after(0, what, wanted)
    }

    /// The same, beginning after the first `mark` lines of the log.
    #[track_caller]
    pub fn record_after(&self, mark: usize, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let mut line = self.log().wait_after(mark, what, |line| wanted(&line["record"]));
        line["record"].take()
    }

    /// Waits until it has decided to do this to a victim of this name.
    #[track_caller]
    pub fn strikes(&self, victim: &str, method: &str) -> Json {
        self.record(&format!("the strike of {victim} with {method}"), |record| {
            record["record"] == "decision"
                && record["ruling"] == "strike"
                && record["effect"]["method"] == method
                && record["victim"]["name"] == victim
        })
    }

    /// The gate's records so far.
    pub fn records(&self) -> Vec<Json> {
        let records = self.log().lines().into_iter().map(|mut line| line["record"].take());
        records.filter(|record| !record.is_null()).collect()
    }

    /// Ends it by SIGTERM, and holds it to its promise: exit 0, no socket, no lock, no file in TMPDIR.
    #[track_caller]
    pub fn stop(self) {
        self.stop_by(Signal::TERM);
    }

    /// The same by another signal.
    #[track_caller]
    pub fn stop_by(mut self, signal: Signal) {
        self.process.signal(signal);
        let code = self.process.exit_code();
        assert_eq!(code, 0, "the host's end by {signal:?}: {}", self.log().shown());
        assert!(!self.socket.exists(), "its socket stays");
        assert!(!self.socket.with_added_extension("lock").exists(), "its lock stays");
        let left: Vec<_> = std::fs::read_dir(&self.tmp).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "it leaves {left:?}");
    }

    /// Kills it: it can put back nothing.
    pub fn kill(mut self) {
        self.process.kill();
    }
}

/// Whether a line of a log begins with these words.
fn says(line: &Json, words: &str) -> bool {
    line["message"].as_str().is_some_and(|message| message.starts_with(words))
}
