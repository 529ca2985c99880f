//! A place of its own for each test.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::host::HostPlan;
use crate::job::JobPlan;
use crate::journal::Journal;
use crate::operator::Operator;
use crate::target::Target;
use crate::victim::VictimPlan;
use crate::workspace::Workspace;

/// A directory with room for a socket, files, and what the processes of the test leave in TMPDIR.
///
/// It is to be made first, and so dropped last: its directory goes when nobody uses it any more.
#[derive(Debug)]
pub struct Nest {
    directory: TempDir,
    bin: OnceCell<TempDir>,
}

impl Default for Nest {
    fn default() -> Self {
        Self::new()
    }
}

impl Nest {
    /// An empty one.
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("kitty-").tempdir().unwrap();
        std::fs::create_dir(directory.path().join("tmp")).unwrap();
        Self { directory, bin: OnceCell::new() }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What is TMPDIR for everyone who is started from here.
    pub fn tmp(&self) -> PathBuf {
        self.path().join("tmp")
    }

    /// Where the hosts of this test serve.
    pub fn socket(&self) -> PathBuf {
        self.path().join("chaos.ipc")
    }

    /// The journal of the hosts of this test.
    pub fn journal(&self) -> Journal {
        Journal::at(self.path().join("chaos.journal"))
    }

    /// Writes a file.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A host to be started here.
    pub fn host(&self) -> HostPlan<'_> {
        HostPlan::new(self)
    }

    /// A host that strikes nobody by itself, serving.
    #[track_caller]
    pub fn quiet_host(&self) -> crate::Host {
        self.host().configuration("version = 1\ninstance = []\n").start()
    }

    /// A linked victim to be started here.
    pub fn victim(&self, name: &str) -> VictimPlan<'_> {
        VictimPlan::new(self, name)
    }

    /// A wrapped program to be started here.
    pub fn job(&self, name: &str) -> JobPlan<'_> {
        JobPlan::new(self, name)
    }

    /// A process that has nothing to do with us: this script, in a shell.
    #[track_caller]
    pub fn target(&self, script: &str) -> Target {
        Target::start(self, script)
    }

    /// The begin of a script that has a child, which has one in turn, and so on: each says its pid under its name, as in
    /// `{"child": 7}`, and ends with the input of the script.
    pub fn with_descendants(&self, names: &[&str]) -> String {
        let script = "echo \"{\\\"$1\\\": $$}\"; shift; [ $# = 0 ] || sh \"$0\" \"$@\" & read end <&3";
        let script = self.file("descendant.sh", script);
        format!("exec 3<&0; sh {} {} &", script.display(), names.join(" "))
    }

    /// An operator of the host here.
    pub fn operator(&self) -> Operator {
        Operator::new(self)
    }

    /// A program of the workspace, to be run here, in an environment that does not depend on who runs the tests.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for variable in [
            "CHAOS_KITTY_SOCKET",
            "CHAOS_KITTY_CONFIG",
            "CHAOS_KITTY_PLUGINS",
            "CHAOS_KITTY_JOURNAL",
            "RUST_LOG",
        ] {
            command.env_remove(variable);
        }
        command.env("TMPDIR", self.tmp()).current_dir(self.path());
        command
    }

    /// The host's program in a directory of its own, without any plugin beside it.
    pub fn lone_host(&self) -> PathBuf {
        self.host_beside(&[])
    }

    /// The same, with these files of the workspace beside it, and nothing else: what it does not see it does not look at. Of one
    /// nest it is one directory, with what was asked for first.
    pub fn host_beside(&self, files: &[&str]) -> PathBuf {
        let bin = self.bin.get_or_init(|| {
            let host = Workspace::built().host();
            let built = host.parent().unwrap();
            // Beside the one that was built, where a link can be made: a copy that is being written cannot be run.
            let bin = tempfile::Builder::new().prefix("lone-").tempdir_in(built).unwrap();
            std::fs::hard_link(host, bin.path().join("chaos-kitty")).unwrap();
            files
                .iter()
                .for_each(|file| std::fs::hard_link(built.join(file), bin.path().join(file)).unwrap());
            bin
        });
        bin.path().join("chaos-kitty")
    }
}
