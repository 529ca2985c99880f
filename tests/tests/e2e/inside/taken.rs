//! Memory, CPU time and descriptors, taken in the program itself.

use std::process::Command;

use chaos_kitty_tests::{Nest, json, skipped, vitals};
use rustix::process::Pid;
use rustix::thread::sched_getaffinity;

use super::{Inside, outcome};

fn threads(pid: i32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}

/// Whether the thread of ours has what it takes, and waits until it is to give it back.
fn our_thread_waits(pid: i32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks.flatten().any(|task| {
        let says = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        says("comm") == "chaos-kitty\n" && says("wchan").contains("futex")
    })
}

#[test]
fn memory_and_cpu_are_the_programs_own_and_a_thread_is_there_meanwhile() {
    let nest = Nest::new();
    for idle in [false, true] {
        let mut inside = Inside::start(&nest);
        if idle {
            // It waits in a call that nobody hooks, until there is something to read.
            inside.job.wrapper().tell("select.select([0], [], []) and None");
        }
        let operator = nest.operator();
        let pid = inside.job.pid();
        let before = (threads(pid), vitals::resident_mb(pid));
        let mut strike = inside.begin(&["allocate_memory", "size_mb=48", "hold_duration=1s"]);
        operator.until("it is resident", || vitals::resident_mb(pid) >= before.1 + 48.0);
        assert_eq!(threads(pid), before.0 + 1);
        let memory = outcome(&mut strike);
        assert_eq!(
            (&memory["verdict"], &memory["observed"]["resident_mb"]),
            (&json!("effective"), &json!(48.0)),
            "{memory}"
        );
        let cpu = vitals::cpu_seconds(pid);
        let spun = outcome(&mut inside.begin(&["cpu_spin", "duration=300ms", "--lease", "20s"]));
        assert_eq!(spun["verdict"], "effective", "{spun}");
        assert!(vitals::cpu_seconds(pid) - cpu >= 0.25, "{spun}");
        operator.until("nothing is left", || {
            threads(pid) == before.0 && vitals::resident_mb(pid) < before.1 + 8.0
        });
        assert_eq!(vitals::children(inside.job.wrapper().pid()), [inside.job.guard()], "and nobody stood in");
        inside.end();
    }
}

#[test]
fn as_many_processors_are_taken_as_were_asked_for_by_a_thread_each() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let pid = inside.job.pid();
    let own = sched_getaffinity(Pid::from_raw(pid)).unwrap().count();
    let most = format!("a whole number from 1 to {}", own.min(64));
    let too_many = nest.operator().run(&["call", super::NAME, "cpu_spin", "duration=1", "cpus=4711"]);
    assert!(too_many.code == 2 && too_many.error.contains(&most), "{too_many:?}");
    if own < 2 {
        skipped("there is one processor here");
        return inside.end();
    }
    let (before, burnt) = (threads(pid), vitals::cpu_seconds(pid));
    let spun = outcome(&mut inside.begin(&["cpu_spin", "duration=300ms", "cpus=2", "--lease", "60s"]));
    assert_eq!(spun["verdict"], "effective", "{spun}");
    assert!(spun["observed"]["cpu_seconds"].as_f64().unwrap() >= 0.6, "on each of them: {spun}");
    assert!(vitals::cpu_seconds(pid) - burnt >= 0.55, "as the kernel counts it: {spun}");
    let operator = nest.operator();
    operator.until("they are gone", || threads(pid) == before);
    let mut strike = inside.begin(&["cpu_spin", "duration=600", "cpus=2"]);
    operator.until("each is there while it takes", || threads(pid) == before + 2);
    inside.host.take().unwrap().stop();
    strike.exit_code();
    operator.until("nothing is left", || threads(pid) == before);
    inside.end();
}

/// The scheduling policy of the thread of ours, once there is one: field 41 of what the kernel says, which has blanks in its second.
fn policy_of_our_thread(pid: i32) -> Option<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks.flatten().find_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let (_, rest) = stat.split_once("(chaos-kitty) ")?;
        rest.split(' ').nth(38).map(str::to_owned)
    })
}

#[test]
fn a_real_time_programs_processor_is_shared_with_whoever_takes_its_time() {
    let nest = Nest::new();
    let may = Command::new("chrt").args(["-f", "1", "true"]).output().is_ok_and(|made| made.status.success());
    if !may {
        return skipped("nothing may be started with a real-time policy here (chrt)");
    }
    let subject = nest.file("subject.py", include_str!("subject.py"));
    let mut inside = Inside::run(&nest, &format!("exec chrt -f 1 python3 -u {}", subject.display()));
    let pid = inside.job.pid();
    assert_eq!(inside.asks("os.sched_getscheduler(0)"), 1);
    let strike = inside.begin(&["cpu_spin", "duration=600"]);
    nest.operator().until("it is SCHED_OTHER", || policy_of_our_thread(pid).as_deref() == Some("0"));
    inside.host.take().unwrap().stop();
    drop(strike);
    inside.end();
}

#[test]
fn more_memory_than_there_is_is_refused_with_figures() {
    let nest = Nest::new();
    let inside = Inside::start(&nest);
    let refused =
        nest.operator().run(&["call", super::NAME, "allocate_memory", "size_mb=400000", "hold_duration=0"]);
    assert!(refused.error.contains("more than 80 %"), "{refused:?}");
    inside.end();
}

/// Seen from outside: whoever looks into a directory needs a descriptor for it.
fn all_but_three_are_taken(inside: &Inside<'_>) {
    let pid = inside.job.pid();
    inside.nest.operator().until("its descriptors are taken", || vitals::descriptors(pid) == 253);
}

#[test]
fn descriptors_are_taken_until_so_many_are_left_and_given_back() {
    let nest = Nest::new();
    let mut inside = Inside::start_small(&nest);
    let free = inside.asks("free_descriptors()");
    let mut strike = inside.begin(&["take_descriptors", "leave=3", "duration=2s"]);
    let opens = "[failure(lambda: kept.append(os.open('/dev/null', 0))) for _ in range(5)]";
    inside.asks("kept = []");
    all_but_three_are_taken(&inside);
    assert_eq!(inside.asks(opens), json!([null, null, null, "EMFILE", "EMFILE"]));
    // Those that are left are the lowest, as select needs them.
    assert_eq!(inside.asks("max(kept) < 64"), true);
    // A child has none of those that are taken.
    let forked = "(lambda child: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else \
                  os._exit(7 if free_descriptors() > 200 else 1))(os.fork())";
    assert_eq!(inside.asks(forked), json!(7));
    let taken = outcome(&mut strike);
    assert_eq!((&taken["verdict"], &taken["observed"]["left"]), (&json!("effective"), &json!(3)), "{taken}");
    assert_eq!(taken["observed"]["taken"], free.as_u64().unwrap() - 3, "{taken}");
    inside.asks("[os.close(one) for one in kept]");
    inside.comes_to("free_descriptors()", |now| *now == free);
    inside.end();
}

#[test]
fn who_has_none_left_to_be_taken_twice_is_left_alone_and_that_is_said() {
    let nest = Nest::new();
    let inside = Inside::start_small(&nest);
    let mut first = inside.begin(&["take_descriptors", "leave=3", "duration=600"]);
    all_but_three_are_taken(&inside);
    let second = outcome(&mut inside.begin(&["take_descriptors", "leave=1", "duration=600"]));
    assert_eq!(
        (&second["verdict"], &second["error"]["kind"]),
        (&json!("none"), &json!("refused")),
        "{second}"
    );
    let why = second["error"]["message"].as_str().unwrap();
    assert!(why.starts_with("take_descriptors: its descriptors are taken already: end that first"), "{why}");
    nest.operator().ask(&["undo", "--all"]);
    let first = outcome(&mut first);
    assert_eq!(first["error"], json!(null), "and the first was none the worse for it: {first}");
    inside.end();
}

#[test]
fn none_is_left_where_none_is_to_be() {
    let nest = Nest::new();
    let mut inside = Inside::start_small(&nest);
    let free = inside.asks("free_descriptors()");
    let pid = inside.job.pid();
    let mut strike = inside.begin(&["take_descriptors", "leave=0", "duration=2s"]);
    nest.operator().until("its descriptors are taken", || vitals::descriptors(pid) == 256);
    assert_eq!(inside.asks("failure(lambda: os.open('/dev/null', 0))"), "EMFILE");
    let taken = outcome(&mut strike);
    assert_eq!((&taken["verdict"], &taken["observed"]["left"]), (&json!("effective"), &json!(0)), "{taken}");
    assert_eq!(taken["observed"]["taken"], free, "{taken}");
    inside.comes_to("free_descriptors()", |now| *now == free);
    inside.end();
}

#[test]
fn what_a_program_closes_meanwhile_is_taken_too() {
    let nest = Nest::new();
    let mut inside = Inside::start_small(&nest);
    inside.asks("kept = [os.open('/dev/null', 0) for _ in range(5)]");
    let free = inside.asks("free_descriptors()").as_u64().unwrap();
    let mut strike = inside.begin(&["take_descriptors", "leave=3", "duration=3s"]);
    all_but_three_are_taken(&inside);
    inside.asks("[os.close(one) for one in kept] and None");
    all_but_three_are_taken(&inside);
    assert_eq!(inside.asks("free_descriptors()"), 3);
    // Who believes that one of ours is the standard error fills no memory.
    assert_eq!(inside.asks("failure(lambda: os.write(200, b'oops'))"), "EPERM");
    let taken = outcome(&mut strike);
    assert_eq!((&taken["verdict"], &taken["observed"]["left"]), (&json!("effective"), &json!(3)), "{taken}");
    assert_eq!(taken["observed"]["taken"], free + 2, "{taken}");
    inside.comes_to("free_descriptors()", |now| *now == free + 5);
    inside.end();
}

#[test]
fn what_a_program_opens_in_the_place_of_one_is_its_own() {
    let nest = Nest::new();
    let mut inside = Inside::start_small(&nest);
    let mut strike = inside.begin(&["take_descriptors", "leave=3", "duration=2s"]);
    all_but_three_are_taken(&inside);
    // It closes one of ours, and puts a file of its own in the place of another.
    inside.asks("[os.close(200), os.dup2(1, 201)]");
    assert_eq!(outcome(&mut strike)["verdict"], "effective");
    assert_eq!(
        inside.asks("[os.fstat(201).st_ino == os.fstat(1).st_ino, failure(lambda: os.fstat(202))]"),
        json!([true, "EBADF"])
    );
    inside.end();
}

#[test]
fn what_has_the_same_number_in_another_file_system_is_its_own() {
    let nest = Nest::new();
    let there = nest.path().join("there");
    std::fs::create_dir(&there).unwrap();
    let there = there.display();
    let mounts = format!("mount -t tmpfs none {there}");
    let may = Command::new("unshare").args(["-m", "sh", "-c", &mounts]).status();
    if !may.is_ok_and(|made| made.success()) {
        return skipped("nothing may be mounted here");
    }
    let subject = nest.file("subject.py", include_str!("subject.py"));
    let script = format!("{mounts} && ulimit -n 256 && exec python3 -u {}", subject.display());
    let mut inside = Inside::run(&nest, &format!("exec unshare -m sh -c '{script}'"));
    // A file system in memory counts its files from 1 on; one that is opened so has no name.
    inside.asks(&format!("fresh = lambda: os.open({:?}, os.O_TMPFILE | os.O_RDWR)", there.to_string()));
    let mut strike = inside.begin(&["take_descriptors", "leave=3", "duration=10s"]);
    all_but_three_are_taken(&inside);
    for line in [
        "ours = os.fstat(202).st_ino",
        "number = lambda: (lambda one: [os.fstat(one).st_ino, os.close(one)][0])(fresh())",
        "last = number()",
    ] {
        inside.asks(line);
    }
    if inside.asks("not last < ours < last + 3000000") == true {
        return skipped("there is too much to be counted to here");
    }
    inside.asks("[None for one in iter(number, ours - 1)] and None");
    assert_eq!(
        inside.asks(
            "[os.dup2(fresh(), 201), os.fstat(201).st_ino == os.fstat(202).st_ino, os.fstat(201).st_nlink]"
        ),
        json!([201, true, 0]),
        "the others are ours still"
    );
    assert_eq!(outcome(&mut strike)["verdict"], "effective");
    assert_eq!(
        inside.asks("[os.fstat(201).st_ino == ours, failure(lambda: os.fstat(202))]"),
        json!([true, "EBADF"])
    );
    inside.end();
}

#[test]
fn a_program_that_executes_another_has_given_everything_back_and_it_is_told_for_how_long_it_was() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let pid = inside.job.pid();
    let before = vitals::resident_mb(pid);
    let mut strike = inside.begin(&["allocate_memory", "size_mb=48", "hold_duration=600"]);
    nest.operator().until("it is resident", || vitals::resident_mb(pid) >= before + 48.0);
    nest.operator().until("it is held", || our_thread_waits(pid));
    inside.job.wrapper().tell("os.execvp('python3', ['python3', '-u', sys.argv[0]])");
    let outcome = outcome(&mut strike);
    assert_eq!(outcome["verdict"], "partial", "{outcome}");
    assert!(outcome["observed"]["seconds_held"].as_f64().unwrap() < 500.0, "{outcome}");
    // It is in the new one too.
    let spun = super::outcome(&mut inside.begin(&["cpu_spin", "duration=100ms", "--lease", "20s"]));
    assert_eq!(spun["verdict"], "effective", "{spun}");
    inside.end();
}

#[test]
fn the_programs_own_handler_of_sigurg_is_left_to_it() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    assert_eq!(inside.asks("signal.getsignal(signal.SIGURG) == signal.SIG_DFL"), true);
    inside.asks("urgent = []");
    inside.asks("signal.signal(signal.SIGURG, lambda *_: urgent.append(1))");
    inside.asks("os.kill(os.getpid(), signal.SIGURG)");
    inside.comes_to("len(urgent)", |count| *count == 1);
    // Idle, with that handler: it is reached all the same.
    inside.job.wrapper().tell("threading.Event().wait(2)");
    let spun = outcome(&mut inside.begin(&["cpu_spin", "duration=100ms", "--lease", "20s"]));
    assert_eq!(spun["verdict"], "effective", "{spun}");
    inside.comes_to("signal.getsignal(signal.SIGURG).__name__", |name| name == "<lambda>");
    inside.end();
}
