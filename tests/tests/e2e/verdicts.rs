//! Each verdict on each effect for which it can arise: what was asked, what came of it, and the exit code that says so.

use chaos_kitty_bus::{Message, Object, Request, Value};
use chaos_kitty_tests::{Answer, Json, Nest, RubyWorker, Signal, Teller, Workspace, is_seen, json, vitals};
use rustix::process::{Pid, kill_process};

/// The verdict on a call, with its exit code, and the whole outcome.
#[track_caller]
fn verdict(nest: &Nest, call: &str) -> (String, i32, Json) {
    let arguments: Vec<&str> = ["--json", "call"].into_iter().chain(call.split(' ')).collect();
    let Answer { code, text, error } = nest.operator().run(&arguments);
    let outcome: Json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{call}: {text} {error}"));
    (outcome["verdict"].as_str().unwrap().to_owned(), code, outcome)
}

/// Holds calls to their verdicts; only `none` is a failure.
#[track_caller]
fn are_judged(nest: &Nest, table: &[(&str, &str)]) {
    for (call, expected) in table {
        let (verdict, code, outcome) = verdict(nest, call);
        assert_eq!((&*verdict, code), (*expected, i32::from(*expected == "none")), "{call}: {outcome}");
        assert_eq!(outcome["doubt"], Json::Null, "{call}: {outcome}");
    }
}

#[test]
fn of_a_linked_victim() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _busy = nest.victim("busy").descriptors(256).start();
    let _idle = nest.victim("idle").idle().start();
    host.registered("busy");
    host.registered("idle");
    are_judged(
        &nest,
        &[
            ("busy delay duration=500ms", "effective"),
            ("busy delay duration=60 --lease 300ms", "partial"),
            ("idle delay duration=50ms", "none"),
            ("busy cpu_spin duration=200ms", "effective"),
            ("busy cpu_spin duration=60 --lease 300ms", "partial"),
            ("busy allocate_memory size_mb=24 hold_duration=300ms", "effective"),
            ("busy allocate_memory size_mb=24 hold_duration=60 --lease 500ms", "partial"),
            ("busy raise_error message=boo", "effective"),
            ("busy raise_error message=boo times=1000000 --lease 300ms", "partial"),
            ("idle raise_error message=boo --lease 50ms", "none"),
            ("busy trigger_gc", "effective"),
            ("busy take_descriptors leave=16 duration=300ms", "effective"),
            ("busy take_descriptors leave=16 duration=60 --lease 300ms", "partial"),
            // There are no more to be taken than are left already.
            ("busy take_descriptors leave=256 duration=50ms", "none"),
            ("busy signal signal=USR1", "effective"),
            ("busy signal signal=WINCH", "none"),
            // Of a method of its own it says itself.
            ("busy judge verdict=effective", "effective"),
            ("busy judge verdict=partial", "partial"),
            ("busy judge verdict=none", "none"),
            ("busy judge verdict=who-knows", "unknown"),
        ],
    );
    let people = nest.operator().run(&["call", "busy", "cpu_spin", "duration=200ms"]);
    let line = |begin: &str| people.text.lines().any(|line| line.starts_with(begin));
    assert!(line("  observed  cpu_seconds 0.") && line("  seen      cpu_seconds 0."), "{people:?}");
    host.stop();
}

#[test]
fn of_a_wrapped_program() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let reactions = |name| nest.job(name).on("raise_error=USR1").on("trigger_gc=USR2").on("reload=ALRM");
    let mut job = reactions("job").start(
        "trap : USR1 ALRM; trap '' USR2; echo ready; n=0; while [ $n -lt 99 ]; do read x && n=0 || n=$((n+1)); done",
    );
    let mut still = reactions("still").start("echo ready; read end");
    for (name, job) in [("job", &job), ("still", &still)] {
        job.says("ready");
        host.registered(name);
    }
    let still_pid = Pid::from_raw(still.pid()).unwrap();
    kill_process(still_pid, Signal::STOP).unwrap();
    nest.operator().until("it is stopped", || vitals::is_stopped(still.pid()));
    are_judged(
        &nest,
        &[
            ("job delay duration=2", "effective"),
            ("job delay duration=60 --lease 500ms", "partial"),
            // It does not go on, but that is nobody's doing here.
            ("still delay duration=200ms", "none"),
            ("job freeze duration=2", "effective"),
            ("job freeze duration=60 --lease 500ms", "partial"),
            ("still freeze duration=200ms", "none"),
            ("job cpu_spin duration=200ms", "effective"),
            ("job cpu_spin duration=60 --lease 500ms", "partial"),
            ("job allocate_memory size_mb=24 hold_duration=300ms", "effective"),
            ("job allocate_memory size_mb=24 hold_duration=60 --lease 500ms", "partial"),
            ("job raise_error message=boo", "effective"),
            ("still raise_error message=boo --lease 100ms", "none"),
            ("job reload", "effective"),
            ("still reload --lease 100ms", "partial"),
            ("job trigger_gc", "none"),
            ("still trigger_gc --lease 100ms", "partial"),
            ("job signal signal=USR1", "effective"),
            ("job signal signal=USR2", "none"),
            ("still signal signal=TERM", "partial"),
        ],
    );
    let (_, _, memory) = verdict(&nest, "job allocate_memory size_mb=24 hold_duration=500ms");
    let seen = |key: &str| memory["seen"][key].as_f64().unwrap_or_else(|| panic!("{key}: {memory}"));
    assert!((20.0..40.0).contains(&seen("resident_mb")), "{memory}");
    let (_, _, delay) = verdict(&nest, "job delay duration=1");
    is_seen(&delay);
    kill_process(still_pid, Signal::KILL).unwrap();
    still.wrapper().exit();
    kill_process(Pid::from_raw(job.pid()).unwrap(), Signal::KILL).unwrap();
    job.wrapper().exit();
    host.stop();
}

/// What nobody can say: who went in the middle of it, took a part of it along, or knows no more than Ruby's worker.
#[test]
fn unknown_where_nobody_can_say() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    for (method, options) in [
        ("delay", vec!["duration=60"]),
        ("cpu_spin", vec!["duration=60"]),
        ("allocate_memory", vec!["size_mb=24", "hold_duration=60"]),
        ("raise_error", vec!["message=boo", "times=1000000"]),
        ("take_descriptors", vec!["leave=16", "duration=60"]),
    ] {
        let mark = host.log().mark();
        let mut victim = nest.victim("victim").start();
        host.registered(victim.pid());
        let call = nest.operator().start(&[&["--json", "call", "victim", method], &*options].concat());
        host.record_after(mark, "the strike", |record| record["ruling"] == "strike");
        victim.process().kill();
        let outcome = host.record_after(mark, "its outcome", |record| record["record"] == "outcome");
        assert_eq!((&outcome["verdict"], &outcome["error"]["kind"]), (&json!("unknown"), &json!("unclear")));
        drop(call);
    }
    host.stop();
}

/// What takes place inside of a program is judged by what is told of it.
#[test]
fn of_what_only_the_victim_can_tell() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let teller = Teller::start(&nest, "web", &["disturb", "take_descriptors", "shift_clock", "freeze"]);
    let (few, clock) = ("web disturb calls=read errno=EIO times=10", "web shift_clock by=-1h duration=50ms");
    let (some, taken) = ("web disturb calls=* delay=5ms", "web take_descriptors leave=4 duration=5ms");
    for (figures, call, expected) in [
        (&[("calls", 20.0), ("hits", 10.0)][..], few, "effective"),
        (&[("calls", 20.0), ("hits", 3.0)], few, "partial"),
        (&[("calls", 20.0), ("hits", 0.0)], few, "none"),
        (&[("calls", 20.0)], few, "unknown"),
        (&[("calls", 20.0), ("hits", 1.0)], some, "effective"),
        (&[("calls", 0.0), ("hits", 0.0)], some, "none"),
        (&[("taken", 9.0), ("left", 4.0), ("seconds_held", 0.005)], taken, "effective"),
        (&[("taken", 9.0), ("left", 5.0), ("seconds_held", 0.005)], taken, "partial"),
        (&[("taken", 0.0), ("left", 3.0), ("seconds_held", 0.005)], taken, "none"),
        (&[("taken", 9.0), ("seconds_held", 0.005)], taken, "unknown"),
        (&[("hits", 7.0), ("seconds_shifted", -3600.0)], clock, "effective"),
        (&[("hits", 0.0), ("seconds_shifted", -3600.0)], clock, "none"),
        (&[("seconds_shifted", -3600.0)], clock, "unknown"),
        (&[], clock, "unknown"),
    ] {
        teller.tells(figures);
        are_judged(&nest, &[(call, expected)]);
        teller.called();
    }
    // What cannot be so is believed of nobody.
    for (figures, call) in [
        (&[("hits", -1.0)][..], some),
        (&[("hits", 1.0), ("seconds_shifted", 1e12)], clock),
        (&[("seconds_held", 600.0)], "web freeze duration=600 --lease 1s"),
    ] {
        teller.tells(figures);
        let (verdict, _, outcome) = verdict(&nest, call);
        assert_eq!(verdict, "unknown", "{outcome}");
        assert!(outcome["doubt"].as_str().is_some_and(|doubt| !doubt.is_empty()), "{outcome}");
        teller.called();
    }
    drop(teller);
    host.stop();
}

/// Who observes nothing is judged by what the host saw.
#[test]
fn of_a_worker_that_knows_no_more_than_rubys() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let ruby = RubyWorker::start(&nest);
    let name = host.registered(ruby.pid()).name;
    // It answers at once, and does nothing of it.
    for (call, expected) in [
        ("delay duration=10ms", "unknown"),
        ("raise_error message=boo", "unknown"),
        ("trigger_gc", "unknown"),
        ("cpu_spin duration=10ms", "unknown"),
        ("cpu_spin duration=1", "none"),
        ("allocate_memory size_mb=1 hold_duration=1", "unknown"),
        ("allocate_memory size_mb=24 hold_duration=0", "unknown"),
        ("allocate_memory size_mb=24 hold_duration=1", "none"),
    ] {
        are_judged(&nest, &[(&format!("{name} {call}"), expected)]);
        assert!(matches!(ruby.called(), Message::Invoke { .. }));
    }
    // What a method of its own cannot do without, and whether there is one, nobody else says.
    for (call, code) in [("delay", 0), ("delay block=7", 0), ("purr", 1)] {
        let words: Vec<&str> = ["call", &name].into_iter().chain(call.split(' ')).collect();
        let answer = nest.operator().run(&words);
        assert_eq!(answer.code, code, "{answer:?}");
        assert!(matches!(ruby.called(), Message::Invoke { .. }));
    }
    drop(ruby);
    host.stop();
}

/// It does what is asked, beside a program, and says so in Ruby's words.
#[test]
fn what_a_silent_worker_did_is_seen() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut command = nest.command("sh");
    command.args([
        "-c",
        "sleep 600 > /dev/null 2>&1 & timeout 60 sh -c 'while :; do :; done' > /dev/null 2>&1 & exec \"$@\"",
        "sh",
    ]);
    command.arg(Workspace::built().program("chaos-kitty-test-relay")).arg(nest.socket());
    let (relay, mut wire) = RubyWorker::relay_by(&mut command);
    let child = |name: &str| {
        let children = vitals::children(relay.pid());
        children.into_iter().find(|pid| vitals::name(*pid).as_deref() == Some(name))
    };
    nest.operator().until("both are there", || child("sleep").is_some() && child("timeout").is_some());
    let (sleeper, burner) = (child("sleep").unwrap(), child("timeout").unwrap());
    let victim = Value::Object(Object::Name("victim".into()));
    let request = Request::new("register").argument(victim).option("process_id", sleeper);
    wire.call("chaos", request.option("name", "ruby")).unwrap();

    let call = nest.operator().start(&["--json", "call", "ruby", "cpu_spin", "duration=300ms"]);
    let Some(Message::Invoke { id, .. }) = wire.receive() else { panic!("no call") };
    let burning = vitals::children(burner)[0];
    let before = vitals::cpu_seconds(burning);
    nest.operator().until("it has burnt as much", || vitals::cpu_seconds(burning) >= before + 0.3);
    wire.send(&Message::Return { id, result: Value::map([("cpu_spun", 0.3)]) });
    call.said().to_its_end();
    let outcome: Json = serde_json::from_str(&call.said().shown()).unwrap();
    assert_eq!((&outcome["verdict"], &outcome["observed"]), (&json!("effective"), &Json::Null), "{outcome}");
    assert!(outcome["seen"]["cpu_seconds"].as_f64().unwrap() >= 0.3, "{outcome}");
    // It does nothing, and somebody else has stopped the program before.
    let program = Pid::from_raw(sleeper).unwrap();
    kill_process(program, Signal::STOP).unwrap();
    nest.operator().until("it is stopped", || vitals::is_stopped(sleeper));
    let call = nest.operator().start(&["--json", "call", "ruby", "delay", "duration=300ms"]);
    let Some(Message::Invoke { id, .. }) = wire.receive() else { panic!("no call") };
    let before = vitals::cpu_seconds(burning);
    nest.operator().until("as much time has passed", || vitals::cpu_seconds(burning) >= before + 0.3);
    wire.send(&Message::Return { id, result: Value::map([("delayed", 0.3)]) });
    call.said().to_its_end();
    let outcome: Json = serde_json::from_str(&call.said().shown()).unwrap();
    assert_eq!(outcome["verdict"], "none", "{outcome}");
    kill_process(program, Signal::CONT).unwrap();
    // Nobody has waited for them, so that these are their own pids still.
    for pid in [burner, sleeper] {
        kill_process(Pid::from_raw(pid).unwrap(), Signal::TERM).unwrap();
    }
    nest.operator().until("nobody burns any more", || !vitals::exists(burning));
    drop(relay);
    host.stop();
}
