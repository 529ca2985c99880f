//! Whoever is killed: two seconds later nothing is held, failing, skewed, burning or taken.

use std::time::Duration;

use chaos_kitty_tests::{Nest, PATIENCE, Process, Signal, comes_true, vitals, wall};
use rustix::process::{Pid, kill_process};

use super::Inside;

/// What is promised.
const SOON: Duration = Duration::from_secs(2);

/// What can be seen of a program from outside.
#[derive(Clone, Copy, Debug)]
struct State {
    threads: usize,
    descriptors: usize,
    resident_mb: f64,
}

impl State {
    fn of(pid: i32) -> State {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
        State { threads, descriptors: vitals::descriptors(pid), resident_mb: vitals::resident_mb(pid) }
    }
}

/// Everything at once, each for as long as ten minutes, and all of it felt.
fn everything(inside: &mut Inside<'_>, before: &State) -> Vec<Process> {
    let file = inside.nest.path().join("file").display().to_string();
    let (pid, operator) = (inside.job.pid(), inside.nest.operator());
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let (path, point) = (&*format!("path={file}"), &*format!("point=fsync:{file}"));
    let strikes = [
        &["disturb", "calls=write", "errno=EIO", path, "duration=600"][..],
        &["delay", point, "duration=600"],
        &["shift_clock", "by=1h", "duration=600"],
        &["allocate_memory", "size_mb=32", "hold_duration=600"],
        &["cpu_spin", "duration=600"],
    ];
    let mut strikes: Vec<_> = strikes.into_iter().map(|strike| inside.begin(strike)).collect();
    inside.comes_to("failure(lambda: os.write(file, b'x'))", |told| told == "EIO");
    inside.comes_to("time.time()", |told| told.as_f64().unwrap() > wall().as_secs_f64() + 3000.0);
    let thread = "threading.Thread(target=os.fsync, args=[file], daemon=True)";
    let stays = format!(
        "until(lambda: (lambda one: [one.start(), one.join(0.3), one.is_alive()][2])({thread}), False)"
    );
    assert_eq!(inside.asks(&stays), true, "a call is held");
    let burnt = vitals::cpu_seconds(pid);
    operator.until("memory is taken", || vitals::resident_mb(pid) >= before.resident_mb + 32.0);
    operator.until("CPU time is taken", || vitals::cpu_seconds(pid) >= burnt + 0.2);
    strikes.push(inside.begin(&["take_descriptors", "leave=5", "duration=600"]));
    operator.until("descriptors are taken", || vitals::descriptors(pid) >= 250);
    strikes
}

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Killed {
    Host,
    Wrapper,
    Everybody,
}

fn nothing_is_left_after(killed: Killed) {
    let nest = Nest::new();
    let mut inside = Inside::start_small(&nest);
    let pid = inside.job.pid();
    let before = State::of(pid);
    let strikes = everything(&mut inside, &before);
    let guard = inside.job.guard();
    let host = inside.host.take().unwrap();
    if killed != Killed::Host {
        inside.job.wrapper().kill();
    }
    if killed == Killed::Everybody && vitals::exists(guard) {
        kill(guard);
    }
    match killed {
        Killed::Host | Killed::Everybody => host.kill(),
        // It learns of it by the connection.
        Killed::Wrapper => drop(host),
    }
    let mut now = before;
    let is_undone = comes_true(SOON, || {
        now = State::of(pid);
        // Threads of its own: those that were held end, and its file is open.
        now.threads <= before.threads
            && now.descriptors <= before.descriptors + 1
            && now.resident_mb < before.resident_mb + 12.0
    });
    assert!(is_undone, "{killed:?}: {before:?}, {now:?}");
    assert_eq!(
        inside.asks("failure(lambda: os.write(file, b'x'))"),
        chaos_kitty_tests::Json::Null,
        "{killed:?}"
    );
    let off = inside.asks("time.time()").as_f64().unwrap() - wall().as_secs_f64();
    assert!(off.abs() < 60.0, "{killed:?}: {off}");
    drop(strikes);
    inside.job.wrapper().close_input();
    let is_gone = comes_true(PATIENCE, || !vitals::exists(pid) || vitals::is_zombie(pid));
    assert!(is_gone, "it does not end");
}

#[test]
fn the_host() {
    nothing_is_left_after(Killed::Host);
}

#[test]
fn the_wrapper() {
    nothing_is_left_after(Killed::Wrapper);
}

#[test]
fn host_wrapper_and_guard() {
    nothing_is_left_after(Killed::Everybody);
}

#[test]
fn the_program() {
    let nest = Nest::new();
    let mut inside = Inside::start_small(&nest);
    let pid = inside.job.pid();
    let before = State::of(pid);
    let mut strikes = everything(&mut inside, &before);
    kill(pid);
    assert_eq!(inside.job.wrapper().exit_code(), 128 + 9);
    let host = inside.host.take().unwrap();
    host.left(1);
    nest.operator().until_nothing_is_active();
    for strike in &mut strikes {
        let outcome = super::outcome(strike);
        assert_eq!(outcome["ended_by"], "victim", "{outcome}");
    }
    host.stop();
}

#[test]
fn a_rule_that_has_hit_as_often_as_it_was_to_has_not_ended_early_and_one_that_had_not_has() {
    let nest = Nest::new();
    for (bound, ended_by) in [("times=1", None), ("rate=1", Some("victim"))] {
        let mut inside = Inside::start(&nest);
        let file = nest.path().join("file").display().to_string();
        inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
        // For as long as its lease, where nothing is said.
        let path = &*format!("path={file}");
        let mut strike = inside.begin(&["disturb", "calls=write", "errno=EIO", path, bound]);
        inside
            .job
            .wrapper()
            .tell("until(lambda: failure(lambda: os.write(file, b'x')), None) == 'EIO' and os._exit(0)");
        let outcome = super::outcome(&mut strike);
        assert_eq!(
            (&outcome["verdict"], outcome["ended_by"].as_str()),
            (&"effective".into(), ended_by),
            "{outcome}"
        );
        assert_eq!(inside.job.wrapper().exit_code(), 0);
        inside.host.take().unwrap().stop();
    }
}

#[test]
fn rules_lapse_while_the_wrapper_is_stopped_and_come_back_and_that_is_told() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let path = &*format!("path={file}");
    let mut failing = inside.begin(&["disturb", "calls=write", "errno=EIO", path, "duration=600"]);
    let writes = "failure(lambda: os.write(file, b'x'))";
    inside.comes_to(writes, |told| told == "EIO");
    // It outlasts the other one by being stopped itself.
    let mut shifted = inside.begin(&["shift_clock", "by=1h", "duration=3s"]);
    inside.comes_to("time.time()", |told| told.as_f64().unwrap() > wall().as_secs_f64() + 3000.0);
    inside.job.wrapper().signal(Signal::STOP);
    // Its program does as it is told all the while.
    inside.comes_to(writes, chaos_kitty_tests::Json::is_null);
    inside.comes_to("time.time()", |told| told.as_f64().unwrap() < wall().as_secs_f64() + 60.0);
    chaos_kitty_tests::let_pass(Duration::from_secs(3));
    inside.job.wrapper().signal(Signal::CONT);
    inside.comes_to(writes, |told| told == "EIO");
    let outcome = super::outcome(&mut shifted);
    // From its beginning to the heartbeat after which none came, and not what the wrapper was stopped for beyond it.
    let held = outcome["observed"]["seconds_held"].as_f64().unwrap();
    assert!((1.19..=3.001).contains(&held), "{outcome}");
    inside.host.take().unwrap().stop();
    failing.exit_code();
    inside.end();
}
