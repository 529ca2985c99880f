//! A round: a program that is being delayed all the time, a moment, and a kill.

use std::fmt;
use std::os::fd::OwnedFd;
use std::time::Duration;

use chaos_kitty_tests::{
    Draw, Host, Json, Nest, PATIENCE, Process, Signal, Workspace, comes_true, let_pass, vitals,
};
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

/// What the guard promises.
const SOON: Duration = Duration::from_secs(2);
/// A delay begins in each interval and lasts for about half of it.
const INTERVAL: Duration = Duration::from_millis(100);
const CHAOS: &str = r#"
version = 1
[[instance]]
operation = "hairball"
parameters = { interval = "100ms", probability = 1.0, min_delay = "30ms", max_delay = "80ms" }
"#;
/// The time in which the stops of a delay are made, and those after it.
const BEGINNING: Duration = Duration::from_millis(12);
/// What names the processes of a round.
const TAG: &str = "CHAOS_KITTY_TEST_ROUND";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Forks,
    Session,
    Ends,
}

/// Who is killed in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Killed {
    Wrapper,
    Host,
    Both,
    Guard,
}

/// A place where one round follows another.
pub(crate) struct Lane {
    program: Program,
    host: Option<Host>,
    nest: Nest,
}

struct Wrapped {
    /// The wrapper, or the shell whose job it is.
    process: Process,
    wrapper: OwnedFd,
    guard: OwnedFd,
    tag: String,
    file: std::path::PathBuf,
    /// Whether the program may have ended by itself.
    may_end: bool,
    pid: i32,
    program: OwnedFd,
}

impl Lane {
    pub(crate) fn new(program: Program) -> Lane {
        Lane { program, host: None, nest: Nest::new() }
    }

    pub(crate) fn round(&mut self, number: u64, draw: &Draw) {
        let key = |purpose| (format!("{:?}", self.program), number, purpose);
        let killed = match number % 5 {
            // In a group that no shell watches over, ours, the kernel would hang up on all of us.
            3 | 4 if is_job(number) => Killed::Guard,
            0 | 3 => Killed::Wrapper,
            1 => Killed::Host,
            _ => Killed::Both,
        };
        let kills_wrapper = matches!(killed, Killed::Wrapper | Killed::Both);
        let host = self.host.get_or_insert_with(|| self.nest.host().configuration(CHAOS).start());
        let mut wrapped = Wrapped::start(&self.nest, self.program, number, draw);
        host.registered(&*wrapped.tag);
        if wrapped.may_end {
            wrapped.process.tell("");
            assert!(comes_true(PATIENCE, || wrapped.beats()[1] != 0), "it starts nobody: {wrapped}");
        }
        // Every other time while the stops are being made: chance would seldom come by just then.
        if number.is_multiple_of(2) {
            wrapped.is_being_stopped();
            let_pass(draw.time(BEGINNING, key("moment of the beginning")));
        } else {
            let_pass(draw.time(INTERVAL * 2, key("moment")));
        }
        // A program that is stopped ends only by being killed.
        if wrapped.may_end && draw.time(INTERVAL, key("killed")) < INTERVAL / 2 {
            let _ = pidfd_send_signal(&wrapped.program, Signal::KILL); // an error: it has ended
            let_pass(draw.time(BEGINNING / 4, key("moment after that")));
        }
        if kills_wrapper {
            let _ = pidfd_send_signal(&wrapped.wrapper, Signal::KILL); // an error: it has ended with its program
        }
        if killed == Killed::Guard {
            let _ = pidfd_send_signal(&wrapped.guard, Signal::KILL); // an error: it has ended with its program
        }
        if matches!(killed, Killed::Host | Killed::Both) {
            self.host.take().unwrap().kill();
        }
        let before = wrapped.beats();
        let goes_on = comes_true(SOON, || wrapped.goes_on(before));
        assert!(goes_on, "round {number} of {:?}: {wrapped}", self.program);

        drop(wrapped.process.take_input()); // its end, and that of all it started
        let code = wrapped.process.exit_code();
        match (kills_wrapper, wrapped.may_end) {
            (true, false) => assert_eq!(code, 128 + 9),
            (false, false) => assert_eq!(code, 0),
            (_, true) => assert!([0, 7, 128 + 9].contains(&code), "round {number}: {code}"),
        }
        let is_gone = comes_true(PATIENCE, || wrapped.processes().is_empty());
        assert!(is_gone, "round {number} of {:?} leaves {wrapped}", self.program);
    }
}

/// Whether the wrapper is the job of a shell in this round.
fn is_job(number: u64) -> bool {
    number % 4 < 2
}

impl Wrapped {
    fn start(nest: &Nest, program: Program, number: u64, draw: &Draw) -> Wrapped {
        let file = nest.file("beats", [0; 16]);
        let tag = format!("{}-{program:?}-{number}", std::process::id());
        let (workspace, is_job) = (Workspace::built(), is_job(number));
        // As the job of an interactive shell, whose group is orphaned when the wrapper dies; and as part of another's.
        let mut command = match is_job {
            true => nest.command(workspace.program("chaos-kitty-test-shell")),
            false => nest.command(workspace.worker()),
        };
        if is_job {
            command.arg(workspace.worker());
        }
        command.arg("--socket").arg(nest.socket()).args(["--name", &tag, "--"]);
        command.arg(workspace.program("chaos-kitty-test-heart")).arg(&file);
        match program {
            Program::Forks => command.arg("forks"),
            Program::Session => command.arg("session"),
            Program::Ends => {
                let time = draw.time(INTERVAL * 4, ("life", number)).as_millis().to_string();
                command.args(["ends", &time])
            }
        };
        let process = Process::start("the wrapper", command.env(TAG, &tag));
        let number = |line: &Json| i32::try_from(line.as_i64()?).ok();
        let job = is_job.then(|| process.said().wait("the job's pid", |line| line["job"].is_number()));
        let wrapper = job.map_or(process.pid(), |job| number(&job["job"]).unwrap());
        let held = |pid| pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()).unwrap();
        let pid = number(&process.said().wait("the program's pid", Json::is_number)).unwrap();
        let (wrapper, guard) = (held(wrapper), held(vitals::parent(pid).unwrap()));
        let may_end = program == Program::Ends;
        let program = held(pid);
        Wrapped { process, wrapper, guard, tag, file, may_end, pid, program }
    }

    /// Waits until the program is stopped, or has ended as it may.
    fn is_being_stopped(&self) {
        let is_so = comes_true(PATIENCE, || vitals::is_stopped(self.pid) || self.has_ended());
        assert!(is_so, "nobody delays {self}");
    }

    fn goes_on(&self, before: [u64; 2]) -> bool {
        let now = self.beats();
        let beats = |place: usize| now[place] != before[place];
        (beats(0) || self.has_ended()) && beats(1) && !self.processes().into_iter().any(vitals::is_stopped)
    }

    fn has_ended(&self) -> bool {
        self.may_end && !self.processes().contains(&self.pid)
    }

    /// All that has to do with it: wrapper, guard, program, descendants; without zombies.
    fn processes(&self) -> Vec<i32> {
        vitals::with_environment(&format!("{TAG}={}\0", self.tag))
    }

    /// The last beats of the program, and of those that it started.
    fn beats(&self) -> [u64; 2] {
        let bytes = std::fs::read(&self.file).unwrap();
        [0, 8].map(|at| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()))
    }
}

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (the program is {}, {:?}):", self.tag, self.pid, self.beats())?;
        for pid in self.processes() {
            let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let (parent, stopped) = (vitals::parent(pid), vitals::is_stopped(pid));
            write!(f, "\n  {pid} of {parent:?}, stopped: {stopped}: {}", command.replace('\0', " "))?;
        }
        write!(f, "\n{}", self.process.complained().shown())
    }
}

impl Drop for Wrapped {
    /// A round that failed leaves nobody behind either.
    fn drop(&mut self) {
        for pid in self.processes() {
            let Ok(process) = pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()) else { continue };
            if self.processes().contains(&pid) {
                let _ = pidfd_send_signal(process, Signal::KILL);
            }
        }
    }
}
