//! Who is struck: a linked victim, a program under its wrapper, or a process that was attached.

use std::fs;

use chaos_kitty_tests::{ControlGroup, Host, Nest, PATIENCE, Signal, Victim, comes_true, let_pass, vitals};

use crate::attached::Attached;
use crate::chaos::{Chaos, DESCRIPTORS, Effect, MIB};
use crate::killed::Killed;
use crate::program::{Program, kill};
use crate::state::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Linked,
    Wrapped,
    /// With the library in it.
    Inside,
    Attached,
    /// The same in a control group of its own, which is frozen.
    Frozen,
}

pub(crate) enum Subject {
    Linked(Victim),
    Wrapped(Program),
    Attached(Attached),
}

/// The name of every victim.
pub(crate) const NAME: &str = "victim";
/// The place of a program among the states of its processes.
const PROGRAM: usize = 2;

impl Subject {
    pub(crate) fn start(nest: &Nest, kind: Kind, effect: Effect, tag: &str) -> Subject {
        match (kind, effect) {
            (Kind::Linked, Effect::DelayOfTask) => Subject::Linked(nest.victim(NAME).in_a_task().start()),
            (Kind::Linked, _) => Subject::Linked(nest.victim(NAME).descriptors(DESCRIPTORS).start()),
            (Kind::Wrapped, _) => Subject::Wrapped(Program::start(nest, tag, false)),
            (Kind::Inside, _) => Subject::Wrapped(Program::start(nest, tag, true)),
            (Kind::Attached | Kind::Frozen, _) => {
                let group = (kind == Kind::Frozen)
                    .then(|| ControlGroup::freezable().next().expect("it could be made before"));
                Subject::Attached(Attached::start(nest, format!("{}-{tag}", std::process::id()), group))
            }
        }
    }

    /// The pid that the host knows it by.
    pub(crate) fn pid(&self) -> i32 {
        match self {
            Subject::Linked(victim) => victim.pid(),
            Subject::Wrapped(program) => program.pid,
            Subject::Attached(attached) => attached.pid(),
        }
    }

    /// Has a host attach it, if that is how it becomes a victim.
    pub(crate) fn attach(&mut self, host: &Host, nest: &Nest) {
        if let Subject::Attached(attached) = self {
            attached.attach(host, nest);
        }
    }

    /// The state of its processes.
    pub(crate) fn states(&self) -> Vec<State> {
        match self {
            Subject::Linked(victim) => vec![State::of(victim.pid())],
            Subject::Wrapped(program) => {
                [program.wrapper.pid(), program.guard, program.pid].map(State::of).to_vec()
            }
            Subject::Attached(attached) => vec![State::of(attached.pid())],
        }
    }

    /// Waits until it works.
    pub(crate) fn works(&mut self) {
        let mut why = Ok(());
        let works = comes_true(PATIENCE, || {
            why = self.goes_on();
            why.is_ok()
        });
        assert!(works, "{why:?}");
    }

    /// What can be counted at it: how often it failed, or took a signal.
    pub(crate) fn faults(&mut self) -> u64 {
        match self {
            Subject::Linked(victim) => victim.report()["errors"].as_u64().unwrap(),
            Subject::Wrapped(program) => program.beats()[2],
            Subject::Attached(attached) => attached.beats()[2],
        }
    }

    /// Whether an effect can be seen at it.
    pub(crate) fn feels(&mut self, chaos: Chaos, before: &[State], faults: u64) -> bool {
        match (chaos.effect, &mut *self) {
            (Effect::Delay | Effect::BlockingDelay, Subject::Wrapped(program)) if program.is_inside => {
                self.goes_on().is_err()
            }
            (Effect::Memory, Subject::Wrapped(program)) if program.is_inside => {
                before[PROGRAM].has_grown_by(MIB / 2.0)
            }
            (Effect::Spin, Subject::Wrapped(program)) if program.is_inside => {
                before[PROGRAM].has_more_threads()
            }
            (Effect::Descriptors, Subject::Wrapped(program)) if program.is_inside => {
                vitals::descriptors(program.pid) > DESCRIPTORS as usize / 2
            }
            (Effect::Slow, _) => self.is_slow(),
            (Effect::Clock, Subject::Wrapped(program)) => program.clock_is_off(),
            (Effect::Clock, _) => unreachable!("nobody asks for it"),
            (Effect::Delay | Effect::DelayOfTask | Effect::BlockingDelay, Subject::Linked(_)) => {
                self.goes_on().is_err()
            }
            (
                Effect::Delay | Effect::DelayOfTask | Effect::BlockingDelay | Effect::Freeze,
                Subject::Wrapped(program),
            ) => vitals::is_stopped(program.pid),
            (Effect::Freeze, Subject::Linked(_))
            | (Effect::Descriptors, Subject::Wrapped(_) | Subject::Attached(_)) => {
                unreachable!("nobody asks for it")
            }
            (Effect::Descriptors, Subject::Linked(victim)) => {
                vitals::descriptors(victim.pid()) > DESCRIPTORS as usize / 2
            }
            (
                Effect::Delay | Effect::DelayOfTask | Effect::BlockingDelay | Effect::Freeze,
                Subject::Attached(attached),
            ) => attached.is_held(),
            (Effect::Memory, Subject::Linked(_)) => before[0].has_grown_by(MIB / 2.0),
            (Effect::Memory, Subject::Wrapped(_) | Subject::Attached(_)) => {
                self.stand_in().is_some_and(|pid| vitals::has_resident(pid, MIB / 2.0))
            }
            (Effect::Spin, Subject::Linked(_)) => before[0].has_more_threads(),
            (Effect::Spin, Subject::Wrapped(_) | Subject::Attached(_)) => self.stand_in().is_some(),
            (Effect::Errors | Effect::Signal | Effect::Collection, _) => self.faults() > faults,
        }
    }

    /// Whether it works: it comes by where it may be held, and nothing happens to it there.
    pub(crate) fn goes_on(&mut self) -> Result<(), String> {
        let pause = || let_pass(std::time::Duration::from_millis(20));
        let (before, faults) = (self.progress(), self.faults());
        pause();
        let (after, faults_after) = (self.progress(), self.faults());
        match () {
            () if faults_after > faults => Err(format!("it failed, {faults} to {faults_after} times")),
            () if before.iter().zip(&after).any(|(before, after)| before == after) => {
                Err(format!("it does not work: {before:?}, {after:?}"))
            }
            () if matches!(self, Subject::Wrapped(program) if program.clock_is_off()) => {
                Err("its clock is wrong".to_owned())
            }
            () => Ok(()),
        }
    }

    /// Whether its calls wait for far longer than they take: there is next to no beat.
    fn is_slow(&mut self) -> bool {
        let before = self.progress();
        let_pass(std::time::Duration::from_millis(60));
        self.progress()[0] <= before[0] + 1
    }

    fn progress(&mut self) -> Vec<u64> {
        match self {
            Subject::Linked(victim) => vec![victim.report()["hits"].as_u64().unwrap()],
            Subject::Wrapped(program) => program.beats()[..2].to_vec(),
            Subject::Attached(attached) => attached.beats()[..2].to_vec(),
        }
    }

    /// The process that has taken its place, if there is one.
    pub(crate) fn stand_in(&self) -> Option<i32> {
        match self {
            Subject::Linked(_) => None,
            Subject::Wrapped(program) => program.stand_in(),
            Subject::Attached(attached) => attached.stand_in(),
        }
    }

    /// Kills its worker.
    pub(crate) fn kill_worker(&mut self, killed: Killed) {
        let signal = if killed == Killed::WorkerInOrder { Signal::TERM } else { Signal::KILL };
        match self {
            Subject::Linked(victim) => victim.process().signal(signal),
            Subject::Wrapped(program) if killed == Killed::Victim => {
                kill(program.pid, || vitals::parent(program.pid) == Some(program.guard));
            }
            Subject::Wrapped(program) => program.wrapper.signal(signal),
            Subject::Attached(attached) => attached.kill(killed),
        }
    }

    /// What there is to say against it once its worker was killed.
    pub(crate) fn is_left_alone(&mut self, killed: Killed, before: &[State]) -> Result<(), String> {
        let program = match self {
            Subject::Linked(_) => return Ok(()),
            Subject::Wrapped(program) => program,
            Subject::Attached(attached) => {
                attached.is_left_alone()?;
                return if killed == Killed::Victim { self.goes_on_without_it() } else { self.goes_on() };
            }
        };
        if program.is_inside && !matches!(killed, Killed::WorkerInOrder | Killed::Victim) {
            before[PROGRAM].is_as_before()?;
        }
        let left = program.processes();
        if let Some(stopped) = left.iter().find(|pid| vitals::is_stopped(**pid)) {
            return Err(format!("{stopped} is stopped"));
        }
        let ours = |pid: &i32| {
            let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains("chaos-kitty-worker")
        };
        if let Some(ours) = left.into_iter().find(ours) {
            return Err(format!("{ours} is still there"));
        }
        match killed {
            Killed::WorkerInOrder => Ok(()),
            Killed::Victim => self.goes_on_without_it(),
            _ => self.goes_on(),
        }
    }

    /// Whether the one goes on that it has started, once it is dead itself.
    fn goes_on_without_it(&mut self) -> Result<(), String> {
        let before = self.progress();
        let_pass(std::time::Duration::from_millis(20));
        let after = self.progress();
        match (after[0] > before[0], after[1] > before[1]) {
            (true, _) => Err("it was killed, and goes on".to_owned()),
            (false, true) => Ok(()),
            (false, false) => Err(format!("what it has started does not work: {before:?}, {after:?}")),
        }
    }

    /// Whether nobody stands beside it any more whom a host has started: what one attaches is attached for as long as that lives.
    pub(crate) fn is_attended_no_more(&self) -> Result<(), String> {
        match self {
            Subject::Attached(attached) => attached.is_left_alone(),
            Subject::Linked(_) | Subject::Wrapped(_) => Ok(()),
        }
    }

    /// Its end, once nobody needs it any more, and of all that it started.
    pub(crate) fn end(self) {
        match self {
            Subject::Linked(mut victim) => {
                victim.process().close_input();
                victim.process().exit();
            }
            Subject::Wrapped(mut program) => {
                program.wrapper.close_input();
                program.wrapper.exit();
                let are_gone = comes_true(PATIENCE, || program.processes().is_empty());
                assert!(are_gone, "it leaves {:?}", program.processes());
            }
            Subject::Attached(attached) => attached.end(),
        }
    }
}
