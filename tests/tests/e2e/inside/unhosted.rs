//! What rules do to a program in C, where this process is the wrapper: what is disturbed when is said exactly, and so is what it
//! comes to.

use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use chaos_kitty_table::{Call, Deed, Ordered, Rule, Stage, Table, Take, Target, Task, Text, now};
use chaos_kitty_tests::{Nest, PATIENCE, Process, Signal, Workspace, comes_true, skipped};

use super::native::compiled;

/// A program with the library in it, whose wrapper we are. It does one thing after the other.
pub(super) struct Unhosted {
    pub(super) table: Arc<Table>,
    pub(super) process: Process,
    file: String,
    /// Where it is told in its words how far it is.
    mark: usize,
    /// Its first step.
    begun: i64,
    _beats: Sender<()>,
}

/// What else the loader is to put into it, and where.
#[derive(Clone, Copy)]
enum Beside<'a> {
    Nothing,
    Before(&'a str),
    After(&'a str),
}

impl Unhosted {
    /// Starts it, up to its first step; nothing where there is no compiler.
    fn start(nest: &Nest, what: &str) -> Option<Self> {
        Self::start_with(nest, what, Beside::Nothing)
    }

    fn start_with(nest: &Nest, what: &str, beside: Beside<'_>) -> Option<Self> {
        let program = compiled(nest, "unhosted", include_str!("unhosted.c"), &[])?;
        Some(Self::run(nest, &program, what, beside))
    }

    /// The same with a program of another's.
    pub(super) fn of(nest: &Nest, program: &Path) -> Self {
        Self::run(nest, program, "", Beside::Nothing)
    }

    fn run(nest: &Nest, program: &Path, what: &str, beside: Beside<'_>) -> Self {
        let file = nest.path().join("file").display().to_string();
        let table = Table::create(0x5eed).unwrap();
        let library =
            Workspace::built().worker().with_file_name("libchaos_kitty_inside.so").display().to_string();
        let libraries = match beside {
            Beside::Nothing => library,
            Beside::Before(other) => format!("{other}:{library}"),
            Beside::After(other) => format!("{library}:{other}"),
        };
        let place =
            format!("{:016x}:/proc/{}/fd/{}", table.token(), std::process::id(), table.as_fd().as_raw_fd());
        let mut command = nest.command(program);
        command.args([what, &file]).env("LD_PRELOAD", libraries).env("CHAOS_KITTY_INSIDE", place);
        let process = Process::start("the program", &mut command);
        let namespace = std::fs::metadata(format!("/proc/{}/ns/pid", process.pid())).unwrap();
        table.is_in(process.pid().cast_unsigned(), std::os::unix::fs::MetadataExt::ino(&namespace));
        let (beats, over) = channel();
        let alive = Arc::clone(&table);
        std::thread::spawn(move || {
            while over.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                alive.beat();
            }
        });
        let mut unhosted = Self { table, process, file, mark: 0, begun: 0, _beats: beats };
        unhosted.begun = unhosted.step();
        unhosted
    }

    /// Waits for its next step, and answers what it says.
    #[track_caller]
    fn step(&mut self) -> i64 {
        let said = self.process.said().wait_for("its next step", |lines| {
            let steps = lines.iter().enumerate().skip(self.mark);
            steps.filter_map(|(at, line)| Some((at, line["step"].as_i64()?))).next()
        });
        self.mark = said.0 + 1;
        said.1
    }

    /// Has it go on to its next step.
    #[track_caller]
    pub(super) fn goes_on(&mut self) -> i64 {
        self.process.tell("");
        self.step()
    }

    /// Has it go on while a rule holds for the file, and answers what it says, and how many calls the rule was about and hit.
    #[track_caller]
    fn under(&mut self, calls: &[Call], deed: Deed, target: &Target) -> (i64, u64, u64) {
        let rule = Rule::about(calls.iter().copied(), deed, now(), u64::MAX);
        let armed = self.table.arm(&rule, target).unwrap();
        let said = self.goes_on();
        let tally = armed.end();
        (said, tally.calls, tally.hits)
    }

    /// Its file.
    fn on_its_file(&self) -> Target {
        Target { path: Text::new(&self.file).unwrap(), ..Target::default() }
    }

    /// Has a task done in it.
    #[track_caller]
    fn order(&self, take: Take) -> Ordered {
        let task = Task { take, hold: u64::MAX / 4, deadline: u64::MAX / 2 };
        let pid = self.process.pid();
        let is_there = |thread: u32| Path::new(&format!("/proc/{pid}/task/{thread}")).exists();
        self.table.order(&task, is_there).unwrap()
    }

    /// Has it do the rest.
    #[track_caller]
    pub(super) fn ends(mut self) {
        self.process.tell("");
        let code = self.process.exit_code();
        self.process.complained().to_its_end();
        assert_eq!(code, 0, "{} {}", self.process.said().shown(), self.process.complained().shown());
    }
}

#[test]
fn a_call_is_cut_short_where_there_is_something_to_be_left_out_and_counts_for_nothing_where_there_is_not() {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, "shares") else { return };
    let (cut, calls, hits) =
        program.under(&[Call::Read, Call::Write], Deed::Shorten(1 << 15), &Target::default());
    assert!(cut >= 5 && (calls, hits) == (cut as u64, cut as u64), "{cut} {calls} {hits}");
    program.ends();
}

#[test]
fn messages_that_are_sent_and_received_together_are_fewer_or_fail() {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, "messages") else { return };
    let both = [Call::Send, Call::Recv];
    // One message alone cannot be less.
    assert_eq!(program.under(&both, Deed::Shorten(1 << 15), &Target::default()), (2, 2, 2));
    assert_eq!(program.under(&both, Deed::Fail(105), &Target::default()), (3, 2, 2));
    program.ends();
}

#[test]
fn a_child_that_shares_its_parents_memory_is_struck_with_it_and_leaves_it_whole() {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, "vfork") else { return };
    let target = program.on_its_file();
    assert_eq!(program.under(&[Call::Write], Deed::Fail(5), &target), (2, 100, 100));
    program.ends();
}

#[test]
fn a_process_with_the_programs_pid_in_a_namespace_of_its_own_is_not_the_program() {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, "namespace") else { return };
    if program.begun == 0 {
        return skipped("no pid namespace may be made here");
    }
    let memory = program.order(Take::Memory(1 << 20));
    assert_eq!(program.goes_on(), 2);
    assert_eq!(memory.stage(), (Stage::Unseen, None), "a thousand calls of the other one began nothing");
    assert_eq!(program.goes_on(), 3);
    let pid = program.process.pid();
    let holds = || memory.stage().0 == Stage::Holding;
    assert!(comes_true(PATIENCE, holds), "its own call begins it: {:?}", memory.stage());
    let thread = memory.stage().1.unwrap();
    assert!(Path::new(&format!("/proc/{pid}/task/{thread}")).exists());
    memory.take_back();
    assert!(comes_true(PATIENCE, || memory.stage().0 == Stage::Over), "{:?}", memory.stage());
    program.ends();
}

#[test]
fn a_program_that_executes_another_leaves_its_tasks_and_their_places_are_free() {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, "executed") else { return };
    let pid = program.process.pid();
    let memory = program.order(Take::Memory(1 << 20));
    let holds = || {
        // It makes no call that is hooked.
        program.process.signal(Signal::URG);
        memory.stage().0 == Stage::Holding
    };
    assert!(comes_true(PATIENCE, holds), "{:?}", memory.stage());
    assert_eq!((program.goes_on(), program.process.pid()), (2, pid));
    assert_eq!(memory.stage(), (Stage::Gone, None));
    drop(memory);
    let again = program.order(Take::Memory(1 << 20));
    let holds = || {
        program.process.signal(Signal::URG);
        again.stage().0 == Stage::Holding
    };
    assert!(comes_true(PATIENCE, holds), "in the new one, too: {:?}", again.stage());
    drop(again);
    program.ends();
}

#[test]
fn a_handler_may_leave_a_call_that_is_held_for_good() {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, "leaps") else { return };
    let target = program.on_its_file();
    assert_eq!(program.under(&[Call::Write], Deed::Hold, &target), (2, 5, 5));
    program.ends();
}

/// Has a thread of it held, the program go on meanwhile, and then the thread too.
fn while_a_thread_is_held(what: &str) {
    let nest = Nest::new();
    let Some(mut program) = Unhosted::start(&nest, what) else { return };
    let rule = Rule::about([Call::Write], Deed::Hold, now(), u64::MAX);
    let armed = program.table.arm(&rule, &program.on_its_file()).unwrap();
    assert_eq!(program.goes_on(), 2);
    assert!(comes_true(PATIENCE, || armed.tally().hits == 1), "its thread is held");
    assert_eq!(program.goes_on(), 3);
    assert_eq!(armed.end().hits, 1);
    program.ends();
}

#[test]
fn a_child_that_is_forked_while_another_thread_is_held_goes_on() {
    while_a_thread_is_held("forks");
}

#[test]
fn a_thread_that_is_cancelled_while_it_is_held_leaves_when_that_is_over() {
    while_a_thread_is_held("cancels");
}

/// Another library that stands in for the same functions, and passes on what it does not want.
const OTHER: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/types.h>
static long calls;
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    ssize_t (*next)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    calls++;
    return next(fd, bytes, count, offset);
}
__attribute__((destructor)) static void tell(void) {
    if (calls) dprintf(1, "{\"other\": %ld}\n", calls);
}
"#;

#[test]
fn another_library_that_is_preloaded_stands_in_for_the_same_call_before_or_after() {
    let nest = Nest::new();
    let Some(other) = compiled(&nest, "other.so", OTHER, &["-shared", "-fPIC", "-ldl"]) else { return };
    let other = other.to_str().unwrap();
    // What fails in ours is not passed on.
    for (beside, heard) in [(Beside::Before(other), 101), (Beside::After(other), 1)] {
        let Some(mut program) = Unhosted::start_with(&nest, "vfork", beside) else { return };
        let target = program.on_its_file();
        assert_eq!(program.under(&[Call::Write], Deed::Fail(5), &target), (2, 100, 100));
        let said = program.process.said().clone();
        program.ends();
        assert_eq!(said.to_its_end().last().unwrap()["other"], heard);
    }
    // The wrapper keeps what its own environment says.
    let mut command = nest.command(Workspace::built().worker());
    command.env("LD_PRELOAD", other).arg("--socket").arg(nest.socket());
    command.args(["--inside", "--", "sh", "-c", "echo $LD_PRELOAD"]);
    let mut wrapper = Process::start("the wrapper", &mut command);
    assert_eq!(wrapper.exit_code(), 0);
    wrapper.said().to_its_end();
    let loaded = wrapper.said().shown();
    assert!(loaded.ends_with(&format!("libchaos_kitty_inside.so:{other}")), "{loaded}");
}
