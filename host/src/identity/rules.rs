//! Which processes may be victims at all.

use super::proc::{Facts, says_it_has_ended};
use super::process::Process;
use std::io;
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
        if may_be_an_ancestor(process) {
            match descends(std::process::id() as i32, pid) {
                Ok(false) => {}
                Ok(true) => return Some(format!("pid {pid} started the host, and is never a victim")),
                Err(error) => {
                    return Some(format!("it cannot be seen whether pid {pid} started the host: {error}"));
                }
            }
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

/// Whether the process was started by that one, or by one that was, and so on.
///
/// # Errors
/// It has ended, or somebody above it cannot be looked at. Whom /proc hides from us nobody below is said to come from.
pub(super) fn descends(pid: i32, from: i32) -> io::Result<bool> {
    let (mut current, mut gone) = (pid, None);
    // Bounded, because parents may change while we look.
    for _ in 0..1024 {
        current = match Facts::read(current) {
            Ok(facts) if facts.parent == from => return Ok(true),
            Ok(facts) if facts.parent > 0 => facts.parent,
            Ok(_) => break,
            // Its children have another parent now, unless /proc hides it.
            Err(error) if current != pid && says_it_has_ended(&error) && gone != Some(current) => {
                gone = Some(current);
                pid
            }
            Err(error) if current != pid && says_it_has_ended(&error) => break,
            Err(error) => return Err(error),
        };
    }
    Ok(false)
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
    fn who_was_started_by_whom_is_seen_and_of_who_is_not_there_it_is_not() {
        let (own, parent) = (std::process::id() as i32, std::os::unix::process::parent_id() as i32);
        assert!(descends(own, parent).unwrap() && !descends(parent, own).unwrap());
        assert!(says_it_has_ended(&descends(i32::MAX, own).unwrap_err()));
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
