//! Which processes may be victims at all.

use super::proc::Facts;
use super::process::Process;
use std::sync::OnceLock;

/// What no registration and no configuration of an operation can lift.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Whether a host that is root may strike other users' processes.
    pub other_users: bool,
    /// Whether a process that the kernel does not vouch for is refused.
    pub strict_identity: bool,
}

impl Rules {
    /// Why this process may not be a victim, if it may not.
    pub(super) fn objection(&self, process: &Process) -> Option<String> {
        let pid = process.pid();
        if pid == 1 {
            return Some("pid 1 is the init of this system, which is never a victim".to_owned());
        }
        if pid == std::process::id() as i32 {
            return Some(format!("pid {pid} is the host itself, which is never a victim"));
        }
        if may_be_an_ancestor(process) && ancestors(std::process::id() as i32).any(|ancestor| ancestor == pid)
        {
            return Some(format!("pid {pid} started the host, and is never a victim"));
        }
        let own = nix::unistd::geteuid();
        if process.belongs_to(own.as_raw()) || own.is_root() && self.other_users {
            return None;
        }
        Some(if own.is_root() {
            format!(
                "pid {pid} is another user's: `other_users = true` under [host] in the configuration allows that"
            )
        } else {
            format!("pid {pid} is another user's: start a host of that user's own")
        })
    }
}

/// Whether a process is old enough to have started the host, directly or not: most victims are not, and then nothing
/// has to be read to know it.
fn may_be_an_ancestor(process: &Process) -> bool {
    static STARTED: OnceLock<Option<u64>> = OnceLock::new();
    let started =
        STARTED.get_or_init(|| Facts::read(std::process::id() as i32).ok().map(|own| own.start_time));
    started.is_none_or(|started| process.start_time() <= started)
}

/// The processes above this one, the nearest first. Bounded, because parents may change while we look.
pub(super) fn ancestors(pid: i32) -> impl Iterator<Item = i32> {
    let parent = |pid: i32| Facts::read(pid).ok().map(|facts| facts.parent).filter(|parent| *parent > 0);
    std::iter::successors(parent(pid), move |pid| parent(*pid)).take(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_its_parent_and_init_are_never_victims() {
        let rules = Rules { other_users: true, strict_identity: false };
        for pid in [1, std::process::id() as i32, std::os::unix::process::parent_id() as i32] {
            let process = Process::open(pid).unwrap();
            let objection = rules.objection(&process).unwrap();
            assert!(objection.ends_with("never a victim"), "{objection}");
        }
    }

    #[test]
    fn a_child_of_the_same_user_may_be_one() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let objection = Rules::default().objection(&Process::open(child.id() as i32).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(objection, None);
    }
}
