//! What remains of what was done to an attached process, as the host itself sees it.

use crate::identity::{Process, Stat};
use crate::witness::{below, switch_of_frozen};
use std::path::PathBuf;
use std::sync::Arc;

/// Whom a process has below it, and beside it. To be looked for while it is attended: later nobody finds them.
#[derive(Debug)]
pub(super) struct Surroundings {
    process: Arc<Process>,
    /// It and all below it, by pid and start time.
    kin: Vec<(i32, u64)>,
    /// The guard, and who takes memory and CPU time beside it.
    beside: Vec<Process>,
}

/// Nothing, as a rule.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remains {
    /// Who is stopped, by whomever.
    stopped: Vec<i32>,
    /// The file that would thaw its control group, which is frozen by whomever.
    frozen: Option<PathBuf>,
    /// Who of ours is there still, by pid and name.
    beside: Vec<(i32, String)>,
}

impl Surroundings {
    pub(super) fn of(process: Arc<Process>, attendant: &Process) -> Self {
        // Of one that has exited by then the pid may be somebody else's, and so would be who is below it.
        let below = |of: &Process| {
            let below = below(of.pid(), |_| false).unwrap_or_default();
            if of.has_exited() { Vec::new() } else { below }
        };
        let own = (process.pid(), process.start_time());
        let kin =
            below(&process).into_iter().map(|kin| (kin.pid, kin.stat.start_time)).chain([own]).collect();
        let beside = below(attendant)
            .into_iter()
            .filter_map(|kin| Process::open(kin.pid).ok().filter(|it| it.start_time() == kin.stat.start_time))
            .collect();
        Self { process, kin, beside }
    }

    /// Looks again.
    pub(super) fn remains(&self) -> Remains {
        let is_stopped = |(pid, start): &(i32, u64)| {
            Stat::read(*pid).is_ok_and(|stat| stat.start_time == *start && stat.state == 'T')
        };
        let stopped = self.kin.iter().filter(|it| is_stopped(it)).map(|(pid, _)| *pid).collect();
        let frozen = switch_of_frozen(self.process.pid()).filter(|_| !self.process.has_exited());
        let there = self.beside.iter().filter(|process| !process.has_exited());
        // The name as it is now: one that has just been started is not called what it is yet.
        let name = |process: &Process| Stat::read(process.pid()).map(|stat| stat.comm).unwrap_or_default();
        Remains { stopped, frozen, beside: there.map(|process| (process.pid(), name(process))).collect() }
    }
}

impl Remains {
    /// Whether nobody of ours is there any more.
    pub(super) fn is_alone(&self) -> bool {
        self.beside.is_empty()
    }

    pub(super) fn is_nothing(&self) -> bool {
        self == &Self::default()
    }

    /// What of it is ours, and what to do about it; and what is not.
    ///
    /// Who is stopped or frozen although all that had been done was `undone`, as whoever did it says, was so by somebody else.
    pub(super) fn told(&self, undone: bool) -> (Vec<String>, Vec<String>) {
        let stopped = self.stopped.iter().map(|pid| match undone {
            true => format!("{pid} is stopped, by somebody else"),
            false => format!("{pid} is stopped: `kill -CONT {pid}` continues it"),
        });
        let frozen = self.frozen.iter().map(|switch| {
            let (group, shown) = (switch.parent().unwrap_or(switch).display(), switch.display());
            let thawed = if switch.ends_with("cgroup.freeze") { "0" } else { "THAWED" };
            match undone {
                true => format!("its control group {group} is frozen, by somebody else"),
                false => {
                    format!("its control group {group} is frozen: `echo {thawed} > {shown}` thaws it")
                }
            }
        });
        let held: Vec<String> = stopped.chain(frozen).collect();
        let beside = self.beside.iter().map(|(pid, name)| match name.as_str() {
            "kitty-stand-in" => format!(
                "a process of ours that takes memory or CPU time beside it is there still: `kill -KILL {pid}` ends it"
            ),
            _ => format!(
                "its guard {pid} is there still, and undoes the rest as soon as it goes on: `kill -CONT {pid}`, or thaw its control \
                 group"
            ),
        });
        let beside = beside.collect();
        if undone { (beside, held) } else { ([beside, held].concat(), Vec::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_is_told_with_what_to_do_and_what_is_not_ours_apart() {
        let remains = Remains {
            stopped: vec![7],
            frozen: Some("/groups/a/freezer.state".into()),
            beside: vec![(8, "chaos-kitty-gua".to_owned()), (9, "kitty-stand-in".to_owned())],
        };
        let (ours, others) = remains.told(false);
        for advice in
            ["kill -CONT 7", "echo THAWED > /groups/a/freezer.state", "kill -CONT 8", "kill -KILL 9"]
        {
            assert!(ours.iter().any(|line| line.contains(advice)), "{advice}: {ours:?}");
        }
        assert!(others.is_empty() && !remains.is_nothing() && !remains.is_alone());
        let (ours, others) = remains.told(true);
        assert_eq!((ours.len(), others.len()), (2, 2), "{ours:?} {others:?}");
    }

    #[test]
    fn nothing_remains_of_what_goes_on() {
        let own = Arc::new(Process::open(std::process::id() as i32).unwrap());
        let remains = Surroundings {
            process: Arc::clone(&own),
            kin: vec![(own.pid(), own.start_time())],
            beside: Vec::new(),
        };
        assert!(remains.remains().is_nothing());
    }
}
