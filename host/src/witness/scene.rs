//! The scene: which processes an effect can be seen in, and by what.

use super::freezer;
use super::kin::{self, Kin};
use super::look::Sight;
use crate::effect::Effect;
use crate::identity::{Process, Stat};
use crate::roster::{Kind, Victim};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// Where to look.
#[derive(Debug, Clone)]
pub(super) enum Scene {
    /// What somebody uses.
    Usage(User, Usage),
    /// A program beside which a worker stands, and all below it, which are to be stopped; and who was stopped already at the first look, by pid and
    /// start time.
    Stop(Arc<Process>, Arc<OnceLock<BTreeSet<(i32, u64)>>>),
}

/// Who does it to a victim.
#[derive(Debug, Clone)]
pub(super) enum User {
    /// The victim's own process.
    Victim(Arc<Process>),
    /// The worker beside a program and what it started, without the program and its guard.
    Beside { worker: Arc<Process>, program: Arc<Process> },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Usage {
    Cpu,
    Memory,
}

impl Scene {
    /// Where this effect can be seen; nowhere, for most.
    pub(super) fn of(victim: &Victim, effect: &Effect) -> Option<Self> {
        let program = victim.process_handle();
        let usage = match effect.method.as_str() {
            "delay" | "freeze" => {
                // Within a program its calls are held, which nobody sees from outside.
                let is_stopped = match victim.kind() {
                    Kind::Wrapped | Kind::Attached => true,
                    Kind::Inside => effect.method == "freeze",
                    Kind::Linked => false,
                };
                return is_stopped.then(|| Self::Stop(program, Arc::default()));
            }
            "cpu_spin" => Usage::Cpu,
            "allocate_memory" => Usage::Memory,
            _ => return None,
        };
        let user = match victim.kind() {
            Kind::Linked | Kind::Inside => User::Victim(program),
            Kind::Wrapped | Kind::Attached => User::Beside { worker: victim.worker_handle(), program },
        };
        Some(Self::Usage(user, usage))
    }

    /// Looks at it; nothing where it cannot be seen, as once the process has exited.
    pub(super) fn look(&self) -> Option<Sight> {
        match self {
            Self::Usage(user, Usage::Cpu) => Some(Sight::Used(user.used()?.0)),
            Self::Usage(user, Usage::Memory) => Some(Sight::Resident(user.used()?.1)),
            Self::Stop(program, already) => {
                let own = read(program)?;
                let others = kin::below(program.pid(), |_| false).unwrap_or_default();
                let all = || others.iter().map(|kin| (kin.pid, &kin.stat)).chain([(program.pid(), &own)]);
                // Where its group is frozen, all of it is.
                let frozen = freezer::is_frozen(program.pid());
                let stopped =
                    || all().filter(|(_, stat)| is_stopped(stat.state) || frozen && !is_over(stat.state));
                let stopped = || stopped().map(|(pid, stat)| (pid, stat.start_time));
                let already = already.get_or_init(|| stopped().collect());
                let held = stopped().count() as u64;
                let already = stopped().filter(|process| already.contains(process)).count() as u64;
                let going = all().filter(|(_, stat)| !frozen && goes_on(stat.state)).count() as u64;
                Some(Sight::Stopped { held, already, going })
            }
        }
    }
}

impl User {
    /// CPU seconds used so far, and MiB resident now.
    fn used(&self) -> Option<(f64, f64)> {
        /// How often somebody may wait for a child of its while we look.
        const TRIES: usize = 4;
        let (worker, program) = match self {
            Self::Victim(process) => {
                return read(process).map(|stat| (stat.cpu_seconds, stat.resident_mb));
            }
            Self::Beside { worker, program } => (worker, program.pid()),
        };
        let program_has = Stat::read(program).ok();
        let is_programs = |child: &Kin| {
            child.pid == program || program_has.as_ref().is_some_and(|stat| stat.parent == child.pid)
        };
        (0..TRIES).find_map(|_| {
            let own = read(worker)?;
            let beside = kin::below(worker.pid(), is_programs)?;
            // Of a child that was waited for in between the time would be counted twice, or not at all.
            let has_waited = |before: &Stat, now: Option<Stat>| {
                now.is_none_or(|now| now.cpu_seconds_of_children != before.cpu_seconds_of_children)
            };
            let has_changed = has_waited(&own, read(worker))
                || beside.iter().any(|kin| has_waited(&kin.stat, Stat::read(kin.pid).ok()));
            let all = beside.iter().map(|kin| &kin.stat).chain([&own]);
            (!has_changed).then(|| {
                all.fold((0.0, 0.0), |(cpu, resident), stat| {
                    (cpu + stat.cpu_seconds + stat.cpu_seconds_of_children, resident + stat.resident_mb)
                })
            })
        })
    }
}

/// Reads a process that is held: had it exited, its pid could be a stranger's.
fn read(process: &Process) -> Option<Stat> {
    let stat = Stat::read(process.pid()).ok()?;
    (!process.has_exited()).then_some(stat)
}

/// Be it by a tracer.
fn is_stopped(state: char) -> bool {
    matches!(state, 'T' | 't')
}

fn is_over(state: char) -> bool {
    matches!(state, 'Z' | 'X')
}

fn goes_on(state: char) -> bool {
    !is_stopped(state) && !is_over(state)
}
