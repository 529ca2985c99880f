//! What a program in C relies on: a hook allocates nothing, leaves errno alone, is left by a thread that is cancelled, needs
//! little of a stack, and loses no byte.

use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};
use std::process::Command;

use chaos_kitty_table::{Call, Deed, Rule, Table, Target, now};
use chaos_kitty_tests::{Nest, Package, Process, Workspace};

use super::NAME;

/// The C compiler.
pub(super) const COMPILER: Package = Package { name: "build-essential", program: "/usr/bin/cc" };

/// What this source makes, where there is a compiler.
pub(super) fn compiled(nest: &Nest, name: &str, source: &str, options: &[&str]) -> Option<PathBuf> {
    let compiler = COMPILER.program()?;
    let (source, program) = (nest.file(&format!("{name}.c"), source), nest.path().join(name));
    let mut command = Command::new(compiler);
    let made =
        command.args(["-O1", "-pthread", "-o"]).arg(&program).arg(&source).args(options).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(program)
}

/// A program that is struck by a host.
fn subject(nest: &Nest) -> Option<PathBuf> {
    compiled(nest, "subject", include_str!("subject.c"), &[])
}

/// Has it do this while its writes to a file fail, and answers what it said.
fn does(what: &str) -> Option<Vec<chaos_kitty_tests::Json>> {
    does_while(what, |file| vec!["calls=write".to_owned(), "errno=EIO".to_owned(), format!("path={file}")])
}

/// The same while something else is disturbed.
fn does_while(what: &str, disturbed: impl Fn(&str) -> Vec<String>) -> Option<Vec<chaos_kitty_tests::Json>> {
    let nest = Nest::new();
    let program = subject(&nest)?;
    run_while(&nest, &program, what, disturbed)
}

fn run_while(
    nest: &Nest,
    program: &Path,
    what: &str,
    disturbed: impl Fn(&str) -> Vec<String>,
) -> Option<Vec<chaos_kitty_tests::Json>> {
    let host = nest.quiet_host();
    let file = nest.path().join("file");
    let mut job =
        nest.job(NAME).inside().start(&format!("exec {} {what} {}", program.display(), file.display()));
    host.registered(NAME);
    let disturbed = disturbed(file.to_str().unwrap());
    let call = ["call", NAME, "disturb", "duration=600"].into_iter();
    let call: Vec<&str> = call.chain(disturbed.iter().map(String::as_str)).collect();
    let strike = nest.operator().start(&call);
    let code = job.wrapper().exit_code();
    job.log().to_its_end();
    job.wrapper().complained().to_its_end();
    let complained = job.wrapper().complained().shown();
    assert_eq!(code, 0, "{what}: {} {complained}", job.log().shown());
    host.left(1);
    drop(strike);
    host.stop();
    Some(job.log().lines())
}

#[test]
fn a_call_that_is_disturbed_allocates_nothing() {
    does("allocations");
}

#[test]
fn an_address_is_known_at_every_length_that_programs_give() {
    does_while("addresses", |file| {
        ["calls=connect,recv".to_owned(), "errno=EACCES".to_owned(), format!("address=unix:{file}")].into()
    });
}

#[test]
fn errno_is_what_was_asked_for_or_is_left_alone() {
    does("errno");
}

#[test]
fn a_thread_is_cancelled_within_a_call() {
    does("cancelled");
}

#[test]
fn a_handler_on_a_small_stack_may_make_a_call() {
    let Some(said) = does("stack") else { return };
    let stack = said.iter().find_map(|line| line["stack"].as_i64()).unwrap();
    eprintln!("{stack} bytes of stack on top of a call that passes");
    // Not optimized it is several times that of a release.
    let most = if cfg!(debug_assertions) { 8 << 10 } else { 2 << 10 };
    assert!(stack < most, "{stack}");
}

/// Every function of a family fails as it says that it may, by `disturb`.
fn fails(family: &str, calls: &str, errno: &str, more: &[&str]) {
    let nest = Nest::new();
    let Some(program) = compiled(&nest, "unhosted", include_str!("unhosted.c"), &[]) else { return };
    let (calls, errno) = (format!("calls={calls}"), format!("errno={errno}"));
    run_while(&nest, &program, family, |_| {
        [&[&*calls, &errno], more].concat().into_iter().map(str::to_owned).collect()
    });
}

#[test]
fn memory_is_refused_to_a_program() {
    fails("memory", "malloc", "ENOMEM", &[]);
}

#[test]
fn a_program_cannot_sleep() {
    fails("sleep", "nanosleep", "ENOTSUP", &[]);
}

#[test]
fn a_program_cannot_read_the_clock() {
    fails("clock", "clock_gettime", "EPERM", &[]);
}

#[test]
fn a_name_is_looked_up_in_vain_by_each_way_that_there_is() {
    fails("names", "getaddrinfo", "EAGAIN", &["address=127.0.0.9"]);
}

/// A process of ours is the wrapper, so that rules come and go faster than any host would ask for them.
#[test]
fn rules_that_come_and_go_lose_no_byte_of_what_eight_threads_read_and_write() {
    // A million where the build is optimized; without, it takes minutes.
    const RULES: u64 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    let nest = Nest::new();
    let Some(program) = subject(&nest) else { return };
    let table = Table::create(0x5eed).unwrap();
    let library = Workspace::built().worker().with_file_name("libchaos_kitty_inside.so");
    let place =
        format!("{:016x}:/proc/{}/fd/{}", table.token(), std::process::id(), table.as_fd().as_raw_fd());
    let mut command = nest.command(program);
    command.arg("whole").env("LD_PRELOAD", library).env("CHAOS_KITTY_INSIDE", place);
    let mut process = Process::start("the program", &mut command);
    process.said().wait("that it has begun", |line| line["begun"] == 1);
    assert_eq!(table.mapped(), 1);
    let deeds = [Deed::Fail(4), Deed::Shorten(20_000), Deed::Delay(1_000), Deed::Hold];
    let mut hits = 0;
    for (number, deed) in (0..RULES).zip(deeds.into_iter().cycle()) {
        let mut rule = Rule::about([Call::Read, Call::Write], deed, now(), now() + 1_000_000_000);
        rule.threshold = u64::MAX / 2;
        rule.seed = number;
        hits += table.arm(&rule, &Target::default()).expect("there is room for one").end().hits;
    }
    assert!(hits > 0, "none of them was felt");
    process.tell("");
    assert_eq!(process.exit_code(), 0, "{} {}", process.said().shown(), process.complained().shown());
}
