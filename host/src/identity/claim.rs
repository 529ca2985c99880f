//! The `process_id` that a worker claims, held against the kernel's word.

use super::peer::Peer;
use super::proc::{Facts, says_it_has_ended, unseen};
use super::process::Process;
use super::processes::Processes;
use super::rules::{Rules, descends};
use std::io;
use std::sync::Arc;

/// The process that a registration stands for: the peer, or a descendant of the peer's with the peer's user.
///
/// The claim is read in the peer's own pid namespace, so a container's worker that says 1 is right about itself.
///
/// # Errors
/// Why it is refused, for the worker's log.
pub fn claim(
    peer: &Peer,
    claimed: Option<i64>,
    rules: &Rules,
    processes: &Processes,
) -> Result<Arc<Process>, String> {
    if peer.pid == 0 {
        return Err(
            "your pid is 0 here: your pid namespace cannot be seen from the host's, so nobody can tell who \
                    you are. Run the host in a namespace that contains yours"
                .to_owned(),
        );
    }
    if rules.strict_identity && !peer.proven {
        return Err(
            "strict_identity is set, and this kernel does not vouch for pids (SO_PEERPIDFD, Linux 6.5): \
                    remove it from the configuration to accept unproven victims"
                .to_owned(),
        );
    }
    let process = peer.process.clone().ok_or_else(|| match &peer.unseen {
        Some(why) => format!("process {} cannot be looked at: {why}", peer.pid),
        None => format!("process {} has exited", peer.pid),
    })?;
    if process.has_exited() {
        return Err(format!("process {} has exited", peer.pid));
    }
    let own_pid = process.namespace_pids().last().copied().unwrap_or(peer.pid);
    let process = match claimed {
        None => process,
        Some(claimed) if i64::from(own_pid) == claimed => process,
        Some(claimed) => descendant(peer, &process, claimed, processes)?,
    };
    match rules.objection(&process) {
        Some(objection) => Err(objection),
        None => Ok(process),
    }
}

fn descendant(
    peer: &Peer,
    ancestor: &Process,
    claimed: i64,
    processes: &Processes,
) -> Result<Arc<Process>, String> {
    let refuse = |why: &str| {
        Err(format!(
            "process_id {claimed} is not you (pid {}), {why}: register your own pid, or a descendant's with your user",
            peer.pid
        ))
    };
    let level = ancestor.namespace_pids().len().saturating_sub(1);
    let candidates = candidates(claimed, level).map_err(|error| unseen(claimed, &error))?;
    let (mut is_there, mut not_seen) = (false, None);
    for pid in candidates {
        // The pidfd comes first, and what is read after it: what is checked is then what is held.
        let held = processes.hold(pid, None);
        let looked =
            held.and_then(|it| Ok((pid_at(pid, level)? == Some(claimed), descends(pid, peer.pid)?, it)));
        let (is_claimed, descends, process) = match looked {
            Ok(looked) => looked,
            Err(error) if says_it_has_ended(&error) => continue,
            // It may have been the one, if no other is.
            Err(error) => {
                not_seen.get_or_insert(error);
                continue;
            }
        };
        is_there |= !process.has_exited();
        if !descends || !is_claimed || process.has_exited() {
            continue;
        }
        if !process.belongs_to(peer.uid) {
            return refuse("and runs as another user");
        }
        return Ok(process);
    }
    if let Some(error) = not_seen {
        return Err(unseen(claimed, &error));
    }
    // A program that ends at once may have ended before its wrapper is heard.
    let may_have_been = (1..=i64::from(i32::MAX)).contains(&claimed);
    if may_have_been && !is_there {
        return Err(format!("process {claimed} has exited"));
    }
    refuse("nor a process that you started")
}

/// The pids in our namespace of those that have this one at that level of theirs, and of those who cannot be looked at.
fn candidates(claimed: i64, level: usize) -> io::Result<Vec<i32>> {
    if level == 0 {
        return Ok(i32::try_from(claimed).ok().filter(|pid| *pid > 0).into_iter().collect());
    }
    let names = std::fs::read_dir("/proc")?.flatten().map(|entry| entry.file_name());
    let pids = names.filter_map(|name| name.to_str()?.parse().ok());
    let may_be = |pid: &i32| match pid_at(*pid, level) {
        Ok(own) => own == Some(claimed),
        Err(error) => !says_it_has_ended(&error),
    };
    Ok(pids.filter(may_be).collect())
}

fn pid_at(pid: i32, level: usize) -> io::Result<Option<i64>> {
    let facts = Facts::read(pid)?;
    Ok(match facts.namespace_pids.get(level) {
        Some(pid) => Some(i64::from(*pid)),
        None => (level == 0).then_some(i64::from(pid)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    struct Sleeper(Child);

    impl Sleeper {
        fn start() -> Self {
            Self(Command::new("sleep").arg("60").spawn().unwrap())
        }

        fn pid(&self) -> i32 {
            self.0.id() as i32
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn peer(pid: i32, processes: &Processes) -> Peer {
        let uid = nix::unistd::geteuid().as_raw();
        Peer { uid, pid, proven: true, process: processes.hold(pid, None).ok(), unseen: None }
    }

    fn claimed(peer_pid: i32, claimed: Option<i64>) -> Result<i32, String> {
        let processes = Processes::default();
        claim(&peer(peer_pid, &processes), claimed, &Rules::default(), &processes)
            .map(|process| process.pid())
    }

    #[test]
    fn a_peer_is_itself_whether_it_says_so_or_not() {
        let sleeper = Sleeper::start();
        assert_eq!(claimed(sleeper.pid(), None), Ok(sleeper.pid()));
        assert_eq!(claimed(sleeper.pid(), Some(sleeper.pid().into())), Ok(sleeper.pid()));
    }

    #[test]
    fn a_wrapper_may_name_the_process_that_it_started() {
        let sleeper = Sleeper::start();
        assert_eq!(claimed(std::process::id() as i32, Some(sleeper.pid().into())), Ok(sleeper.pid()));
    }

    #[test]
    fn one_that_has_exited_is_called_that_reaped_or_not() {
        let mut sleeper = Sleeper::start();
        let pid = i64::from(sleeper.pid());
        let process = Processes::default().hold(sleeper.pid(), None).unwrap();
        sleeper.0.kill().unwrap();
        while !process.has_exited() {
            std::thread::yield_now();
        }
        let refused = || claimed(std::process::id() as i32, Some(pid)).unwrap_err();
        assert_eq!(refused(), format!("process {pid} has exited"), "a zombie");
        sleeper.0.wait().unwrap();
        assert_eq!(refused(), format!("process {pid} has exited"));
    }

    #[test]
    fn a_strangers_pid_is_refused() {
        let (one, other) = (Sleeper::start(), Sleeper::start());
        let refusal = claimed(one.pid(), Some(other.pid().into())).unwrap_err();
        assert!(refusal.contains("nor a process that you started"), "{refusal}");
        for impossible in [0, -1, i64::MAX, i64::from(i32::MAX)] {
            assert!(claimed(one.pid(), Some(impossible)).is_err(), "{impossible}");
        }
    }

    #[test]
    fn a_parent_is_no_descendant() {
        let sleeper = Sleeper::start();
        let refusal = claimed(sleeper.pid(), Some(std::process::id().into())).unwrap_err();
        assert!(refusal.contains("nor a process that you started"), "{refusal}");
    }

    #[test]
    fn a_peer_that_exited_is_refused() {
        let mut sleeper = Sleeper::start();
        let processes = Processes::default();
        let peer = peer(sleeper.pid(), &processes);
        sleeper.0.kill().unwrap();
        sleeper.0.wait().unwrap();
        let refusal = claim(&peer, None, &Rules::default(), &processes).unwrap_err();
        assert!(refusal.contains("has exited"), "{refusal}");
    }

    #[test]
    fn pid_0_and_an_unproven_pid_under_strict_identity_are_refused() {
        let processes = Processes::default();
        let stranger = Peer { uid: 0, pid: 0, proven: true, process: None, unseen: None };
        assert!(claim(&stranger, None, &Rules::default(), &processes).unwrap_err().contains("namespace"));
        let sleeper = Sleeper::start();
        let unproven = Peer { proven: false, ..peer(sleeper.pid(), &processes) };
        let strict = Rules { strict_identity: true, ..Rules::default() };
        assert!(claim(&unproven, None, &strict, &processes).unwrap_err().contains("strict_identity"));
    }
}
