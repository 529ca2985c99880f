//! A stranger: another user, who owns nothing. Only root can be one.

use crate::skip::skipped;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use crate::nest::Nest;
use crate::process::Process;
use crate::ruby_worker::RubyWorker;
use crate::wire::Wire;
use crate::workspace::Workspace;

/// A user that is not ours.
pub const NOBODY: u32 = 65534;

/// Whether we can be somebody else; else it is printed that we cannot.
pub fn can_be_nobody() -> bool {
    let root = crate::vitals::own_user() == 0;
    if !root {
        skipped("only root can start processes of another user's");
    }
    root
}

impl Nest {
    /// Gives this nest to another user, which only root can do: a host of theirs serves here.
    pub fn give_to(&self, user: u32) {
        for place in [self.path(), &self.tmp()] {
            std::os::unix::fs::chown(place, Some(user), Some(user)).unwrap();
        }
    }

    /// A copy of a program of the workspace that every user can run.
    pub fn for_everyone(&self, program: &str) -> PathBuf {
        std::fs::set_permissions(self.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let copy = self.path().join(program);
        if !copy.exists() {
            std::fs::copy(Workspace::built().program(program), &copy).unwrap();
            std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        copy
    }

    /// A process of nobody's, connected with the host of this nest, whose socket is everyone's from now on.
    #[track_caller]
    pub fn stranger(&self) -> (Process, Wire) {
        let relay = self.for_everyone("chaos-kitty-test-relay");
        std::fs::set_permissions(self.socket(), std::fs::Permissions::from_mode(0o666)).unwrap();
        RubyWorker::relay_by(self.command(relay).arg(self.socket()).uid(NOBODY).gid(NOBODY))
    }
}
