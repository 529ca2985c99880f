//! An effect that is under way is ended before its time, by itself, and put back at once.

use chaos_kitty_bus::{Message, Request, Symbol, Value};
use chaos_kitty_tests::{Json, Nest, Process, Signal, Wire, is_seen, json, vitals};
use rustix::process::{Pid, kill_process};

/// What became of a call that was ended.
fn outcome(call: &mut Process) -> Json {
    assert_eq!(call.exit_code(), 0, "{}", call.complained().shown());
    call.said().to_its_end();
    serde_json::from_str(&call.said().shown()).unwrap()
}

#[test]
fn what_was_begun_by_mistake_is_ended_alone_also_in_a_pause() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    let target = nest.target("read end; exit 5");
    let operator = nest.operator();
    operator.ask(&["attach", &target.pid().to_string(), "--name", "target"]);
    let web = nest.victim("web").start();
    host.registered("web");
    let mut calls = ["target", "job", "web"].map(|victim| {
        let method = if victim == "web" { "delay" } else { "freeze" };
        operator.start(&["--json", "call", victim, method, "duration=10m"])
    });
    let pids = [target.pid(), job.pid()];
    operator.until("both are stopped", || pids.iter().all(|pid| vitals::is_stopped(*pid)));
    web.event("held", |_| true);
    assert_eq!(operator.ask(&["pause"])["active"], 3);

    let listed = operator.ask(&["effects"]);
    let strike = |victim: &str| {
        let effect =
            listed.as_array().unwrap().iter().find(|effect| effect["victim"]["name"] == victim).unwrap();
        assert_eq!(effect["asked"], json!({"duration": 600.0}), "{effect}");
        assert!(
            effect["remaining"].as_f64().is_some_and(|seconds| (1.0..601.0).contains(&seconds)),
            "{effect}"
        );
        assert!(effect["origin"]["operator"]["uid"].is_number(), "{effect}");
        effect["strike"].to_string()
    };
    let shown = operator.run(&["effects"]);
    for words in [&strike("job"), "freeze", "duration 600", "operator", "ends within"] {
        assert!(shown.text.contains(words), "no `{words}` in:\n{}", shown.text);
    }
    for (at, victim) in ["target", "job", "web"].into_iter().enumerate() {
        let undone = operator.run(&["undo", &strike(victim)]);
        assert_eq!(undone.code, 0, "{undone:?}");
        assert!(undone.text.contains(&format!("on {victim} (id ")), "{undone:?}");
        assert!(pids.get(at).is_none_or(|pid| !vitals::is_stopped(*pid)), "{victim} goes on");
        assert_eq!(operator.ask(&["effects"]).as_array().unwrap().len(), 2 - at, "the others go on");
        let outcome = outcome(&mut calls[at]);
        assert_eq!((&outcome["verdict"], &outcome["ended_by"]), (&json!("partial"), &json!("undo")));
        let again = operator.run(&["undo", &strike(victim)]);
        assert!(again.code == 1 && again.error.contains("is over already"), "{again:?}");
    }
    web.event("released", |_| true);
    assert_eq!(operator.run(&["effects"]).text, "nothing is under way");
    let steered = nest.journal().records();
    let undone = steered.iter().filter(|record| record["what"] == "undo");
    let objections: Vec<bool> = undone.map(|record| record["objections"].is_null()).collect();
    assert_eq!(objections, [true, false, true, false, true, false]);
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn what_is_ended_early_was_seen_for_as_long_as_it_lasted() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    let target = nest.target("read end; exit 5");
    let operator = nest.operator();
    operator.ask(&["attach", &target.pid().to_string(), "--name", "target"]);
    for (victim, pid, method) in
        [("job", job.pid(), "delay"), ("job", job.pid(), "freeze"), ("target", target.pid(), "freeze")]
    {
        // At once, and when it has lasted for a while.
        for least in [0.0, 0.5] {
            let mut call = operator.start(&["--json", "call", victim, method, "duration=10m"]);
            operator.until("it is stopped", || vitals::is_stopped(pid));
            operator.until("it has lasted", || {
                operator.ask(&["effects"])[0]["remaining"].as_f64().is_some_and(|left| left < 600.0 - least)
            });
            operator.ask(&["undo", "--all"]);
            let outcome = outcome(&mut call);
            is_seen(&outcome);
            assert_eq!(outcome["doubt"], Json::Null, "{outcome}");
        }
    }
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn who_interrupts_a_call_is_told_that_it_goes_on_and_how_it_is_ended() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    let operator = nest.operator();
    let mut call = operator.start(&["call", "job", "freeze", "duration=10m"]);
    operator.until("it is stopped", || vitals::is_stopped(job.pid()));
    call.signal(Signal::INT);
    assert_eq!(call.exit_code(), 130);
    call.complained().to_its_end();
    let told = call.complained().shown();
    assert!(told.contains("goes on to its end") && told.contains("chaos-kitty undo STRIKE"), "{told}");
    assert!(vitals::is_stopped(job.pid()));
    let strike = operator.ask(&["effects"])[0]["strike"].to_string();
    assert_eq!(operator.run(&["undo", &strike]).code, 0);
    assert!(!vitals::is_stopped(job.pid()));
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn an_outcome_says_what_had_it_end_early_to_programs_and_to_people() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let web = nest.victim("web").start();
    host.registered("web");
    let operator = nest.operator();
    let own = operator.ask(&["call", "web", "delay", "duration=50ms"]);
    assert_eq!(own["ended_by"], json!(null), "it ended by itself: {own}");
    let begun = |call: &[&str]| {
        let mark = web.log().mark();
        let call = operator.start(call);
        web.log().wait_after(mark, "that it is held", |line| line["event"] == "held");
        call
    };

    let watching = operator.start(&["watch"]);
    watching
        .said()
        .wait("that it watches", |line| line.as_str().is_some_and(|line| line.contains("watching")));
    let mut people = begun(&["call", "web", "delay", "duration=10m"]);
    let strike = operator.ask(&["effects"])[0]["strike"].to_string();
    operator.ask(&["undo", &strike]);
    assert_eq!(people.exit_code(), 0, "{}", people.complained().shown());
    people.said().to_its_end();
    let said = people.said().shown();
    assert!(said.contains("ended     early: an operator undid it"), "{said}");
    let words = "ended early: an operator undid it";
    watching.said().wait("an outcome", |line| line.as_str().is_some_and(|line| line.contains(words)));
    let history = operator.run(&["history"]).text;
    assert_eq!(history.matches(words).count(), 1, "{history}");
    let ended: Vec<_> = operator
        .ask(&["history"])
        .as_array()
        .unwrap()
        .iter()
        .map(|struck| struck["ended_by"].clone())
        .collect();
    assert_eq!(ended, [json!(null), json!("undo")]);

    let target = nest.target("read end; exit 5");
    operator.ask(&["attach", &target.pid().to_string(), "--name", "target"]);
    let mut frozen = operator.start(&["--json", "call", "target", "freeze", "duration=10m"]);
    operator.until("it is stopped", || vitals::is_stopped(target.pid()));
    operator.ask(&["detach", "target"]);
    assert_eq!(outcome(&mut frozen)["ended_by"], "detach");

    let mut first = Some(host);
    // A host that stops waits for half a second, and a busy machine may take longer: then nobody is told.
    let is_told = (0..5).any(|_| {
        let host = first.take().unwrap_or_else(|| nest.quiet_host());
        host.registered("web");
        let mut last = begun(&["--json", "call", "web", "delay", "duration=10m"]);
        host.stop();
        let code = last.exit_code();
        last.said().to_its_end();
        let said: Json = serde_json::from_str(&last.said().shown()).unwrap();
        assert!(code == 3 || said["ended_by"] == "host", "{code}: {said}");
        code == 0
    });
    assert!(is_told, "a host that stops says so");
    let told = nest.journal().records();
    let told = told.iter().filter(|record| record["record"] == "outcome");
    let told: Vec<_> = told.map(|outcome| outcome.get("ended_by").cloned()).collect();
    assert_eq!(told[..3], [None, Some("undo".into()), Some("detach".into())]);
    assert_eq!(told.last(), Some(&Some("host".into())));
}

#[test]
fn all_are_ended_at_once_and_who_does_not_answer_is_named() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let [web, hung] = ["web", "hung"].map(|name| nest.victim(name).start());
    ["web", "hung"].iter().for_each(|name| drop(host.registered(*name)));
    let operator = nest.operator();
    assert_eq!(operator.ask(&["undo", "--all"]), json!([]), "nothing is under way");
    let mut calls =
        ["web", "hung"].map(|name| operator.start(&["--json", "call", name, "delay", "duration=10m"]));
    [&web, &hung].iter().for_each(|victim| drop(victim.event("held", |_| true)));
    let send = |signal| kill_process(Pid::from_raw(hung.pid()).unwrap(), signal).unwrap();
    send(Signal::STOP);
    operator.until("it is stopped", || vitals::is_stopped(hung.pid()));
    let undone = operator.run(&["--json", "undo", "--all"]);
    send(Signal::CONT);
    assert_eq!(undone.code, 1, "{undone:?}");
    let is_over = |name: &str| {
        let answer = undone.json();
        let one = answer.as_array().unwrap().iter().find(|one| one["effect"]["victim"]["name"] == name);
        one.unwrap_or_else(|| panic!("no {name} in {answer}"))["is_over"].as_bool()
    };
    assert_eq!((is_over("web"), is_over("hung")), (Some(true), Some(false)), "{undone:?}");
    assert!(
        undone.error.contains("delay on hung") && undone.error.contains("It ends on its lease"),
        "{undone:?}"
    );
    // It has heard of it as soon as it could.
    calls.iter_mut().for_each(|call| assert_eq!(outcome(call)["verdict"], "partial"));
    for (wrong, words) in [
        (&["undo"][..], &["a STRIKE or several", "`chaos-kitty effects` lists", "--all"][..]),
        (
            &["undo", "abc"],
            &["abc", "by its number, a whole one from 1: `chaos-kitty effects` lists", "--all"],
        ),
        (&["undo", "0"], &["a whole one from 1"]),
    ] {
        let refused = operator.run(wrong);
        assert_eq!(refused.code, 2, "{refused:?}");
        for words in words {
            assert!(refused.error.contains(words), "no `{words}`: {refused:?}");
        }
    }
    host.stop();
}

/// What is listed of so many would not fit into one message.
#[test]
fn more_than_one_message_holds_is_listed_and_ended_too() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let names = ["one", "two", "three"];
    let _victims = names.map(|name| nest.victim(name).idle().start());
    names.iter().for_each(|name| drop(host.registered(*name)));
    let mut caller = Wire::connect(&nest.socket());
    // No more than 256 at once of one victim.
    let count: u64 = 720;
    for number in 0..count {
        let point = format!("{number}{}", "x".repeat(8000));
        let options = Value::map([("duration", Value::from(600)), ("point", point.into())]);
        let victim = names[usize::try_from(number).unwrap() % names.len()];
        let request = Request::new("strike").argument(victim).argument(Symbol::from("delay"));
        let request = request.option("options", options);
        caller.send(&Message::Invoke { id: 2 * number + 1, object: "chaos".into(), request, block: false });
    }
    let operator = nest.operator();
    operator.until("all are under way", || operator.ask(&["status"])["host"]["active"] == count);
    let listed = operator.ask(&["effects"]);
    let listed = listed.as_array().unwrap().iter().map(|effect| effect["strike"].as_u64().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), (1..=count).collect::<Vec<_>>());
    let undone = operator.ask(&["undo", "--all"]);
    let undone = undone.as_array().unwrap();
    assert!(undone.iter().all(|one| one["is_over"] == true), "{undone:?}");
    assert_eq!(undone.len() as u64, count);
    assert_eq!(operator.run(&["effects"]).text, "nothing is under way");
    drop(caller);
    host.stop();
}

#[test]
fn what_nobody_can_say_has_ended_is_not_called_put_back() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    let operator = nest.operator();
    let mut call = operator.start(&["--json", "call", "job", "freeze", "duration=10m"]);
    operator.until("it is stopped", || vitals::is_stopped(job.pid()));
    let strike = operator.ask(&["effects"])[0]["strike"].to_string();
    let guard = job.guard();
    let send = |signal| kill_process(Pid::from_raw(guard).unwrap(), signal).unwrap();
    send(Signal::STOP);
    operator.until("its guard is stopped", || vitals::is_stopped(guard));
    let undone = operator.run(&["undo", &strike]);
    assert!(vitals::is_stopped(job.pid()), "nobody has continued it");
    assert!(undone.code == 1 && undone.error.contains("nobody can say that it has"), "{undone:?}");
    assert!(!undone.text.contains("put back"), "{undone:?}");
    send(Signal::CONT);
    operator.until("it goes on", || !vitals::is_stopped(job.pid()));
    call.exit();
    let steered = nest.journal().records();
    let undone = steered.iter().find(|record| record["what"] == "undo").unwrap();
    assert!(!undone["objections"].is_null(), "{undone}");
    assert_eq!(job.end(), 5);
    host.stop();
}
