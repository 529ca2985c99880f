//! The operator's command line: tables for people, JSON for programs, and exit codes for both.

use chaos_kitty_tests::{Nest, json};

const ONE_OPERATION: &str = "version = 1\n[[instance]]\noperation = \"hairball\"\nname = \"slow\"\n\
                             victims = { names = [\"web\"] }\nparameters = { interval = \"1h\" }\n";

#[test]
fn people_get_tables() {
    let nest = Nest::new();
    let host = nest.host().configuration(ONE_OPERATION).start();
    let operator = nest.operator();
    let empty = operator.run(&["victims"]);
    assert!(empty.code == 0 && empty.text.contains("no victims: link chaos-kitty-worker"), "{empty:?}");
    let web = nest.victim("web").label("tier", "front").idle().start();
    host.registered("web");
    let (victims, operations, status) =
        (operator.run(&["victims"]), operator.run(&["operations"]), operator.run(&["status"]));
    let pid = web.pid().to_string();
    for (answer, words) in [
        (victims, &["id", "name", "connected", "web", "tier=front", "linked", "greet", &*pid][..]),
        (operations, &["operation", "slow", "hairball", "running", "0.1.0", "libhairball.so"]),
        (status, &["striking", "1 victim", "seed", "slow", "delay_range 0.5 to 5", "probability 0.3"]),
    ] {
        assert_eq!((answer.code, &*answer.error), (0, ""), "{answer:?}");
        for word in words {
            assert!(answer.text.contains(word), "no `{word}` in:\n{}", answer.text);
        }
        assert!(serde_json::from_str::<chaos_kitty_tests::Json>(&answer.text).is_err(), "a table is no JSON");
    }
    host.stop();
}

#[test]
fn programs_get_json() {
    let nest = Nest::new();
    let host = nest.host().configuration(ONE_OPERATION).arguments(["--seed", "7"]).start();
    let web = nest.victim("web").label("tier", "front").idle().start();
    let id = host.registered("web").id;
    let operator = nest.operator();

    let victims = operator.ask(&["victims"]);
    let victim = &victims[0];
    assert_eq!(
        (&victim["id"], &victim["name"], &victim["pid"]),
        (&json!(id), &json!("web"), &json!(web.pid()))
    );
    assert_eq!((&victim["kind"], &victim["labels"]), (&json!("linked"), &json!({"tier": "front"})));
    for method in ["greet", "signal"] {
        assert!(victim["methods"].as_array().unwrap().contains(&json!(method)), "{victim}");
    }

    let operations = operator.ask(&["operations"]);
    assert_eq!((&operations[0]["name"], &operations[0]["operation"]), (&json!("slow"), &json!("hairball")));
    assert_eq!((&operations[0]["state"], &operations[0]["victims"]), (&json!("running"), &json!(1)));

    let status = operator.ask(&["status"]);
    assert_eq!((&status["host"]["seed"], &status["host"]["pid"]), (&json!(7), &json!(host.pid())));
    let slow = json!({"victims": 1, "probability": 0.3, "delay_range": [0.5, 5.0]});
    assert_eq!(status["operations"], json!([{ "slow": slow }]));

    let outcome = operator.ask(&["call", "web", "greet", "whom=cat"]);
    assert_eq!((&outcome["verdict"], &outcome["asked"]), (&json!("effective"), &json!({"whom": "cat"})));
    assert_eq!(
        (&outcome["victim"]["name"], &outcome["result"]["said"]),
        (&json!("web"), &json!("hello, cat"))
    );
    assert_eq!(operator.ask(&["pause"])["paused"], json!(true));
    assert_eq!(operator.ask(&["resume"])["paused"], json!(false));
    host.stop();
}

#[test]
fn a_victim_is_called_by_id_and_by_name_and_units_are_understood() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let web = nest.victim("web").start();
    let id = host.registered("web").id.to_string();
    let operator = nest.operator();
    for victim in ["web", &id] {
        let outcome = operator.ask(&["call", victim, "delay", "duration=500ms"]);
        assert_eq!(outcome["asked"]["duration"], 0.5, "{outcome}");
        assert_eq!(outcome["result"]["delayed"], 0.5, "{outcome}");
        assert!(outcome["observed"]["hits"].as_u64() > Some(0), "{outcome}");
    }
    let outcome = operator.ask(&["call", "web", "allocate_memory", "size_mb=16MiB", "hold_duration=100ms"]);
    assert_eq!(
        (&outcome["asked"]["size_mb"], &outcome["verdict"]),
        (&json!(16), &json!("effective")),
        "{outcome}"
    );
    for signal in ["USR1", "SIGUSR1", "10"] {
        let outcome = operator.ask(&["call", "web", "signal", &format!("signal={signal}")]);
        assert_eq!(outcome["observed"]["fate"], "caught", "{outcome}");
    }
    web.log().wait_for("three signals", |lines| {
        (lines.iter().filter(|line| line["event"] == "signal").count() == 3).then_some(())
    });
    let collected = operator.run(&["call", "web", "trigger_gc"]);
    assert_eq!(collected.code, 0, "{collected:?}");
    for word in ["trigger_gc on web", "asked", "observed", "verdict   effective"] {
        assert!(collected.text.contains(word), "no `{word}` in:\n{}", collected.text);
    }
    web.event("collected", |_| true);
    host.stop();
}

#[test]
fn exit_code_0_is_done() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").start();
    host.registered("web");
    let raised = nest.operator().run(&["call", "web", "raise_error", "message=boo"]);
    assert_eq!(raised.code, 0, "an error that was raised is what was asked for: {raised:?}");
    web.event("error", |error| error["message"] == "boo");
    assert_eq!(web.report()["errors"], 1);
    host.stop();
}

#[test]
fn exit_code_1_is_refused_or_without_effect() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _idle = nest.victim("idle").idle().start();
    host.registered("idle");
    let operator = nest.operator();
    for (call, words) in [
        (&["call", "idle", "delay", "duration=50ms"][..], "verdict   none"),
        (&["call", "idle", "raise_error", "message=boo", "--lease", "50ms"], "verdict   none"),
        (&["call", "idle", "purr"], "idle does not offer purr: it declares delay"),
        (
            &["call", "idle", "dealy", "duration=1"],
            "idle does not offer dealy, did you mean `delay`? It offers delay, ",
        ),
        (&["undo", "999"], "there is no strike 999: `chaos-kitty effects`"),
        (&["detach", "idle"], "idle"),
        (&["attach", "1"], "never a victim"),
        (&["call", "nobody", "delay", "duration=1"], "there is no victim called `nobody`: "),
        (&["call", "idel", "delay", "duration=1"], "there is no victim called `idel`, did you mean `idle`: "),
        (&["call", "99", "delay", "duration=1"], "there is no victim 99"),
        (&["call", "idle", "signal", "signal=STOP"], "stops a process"),
        (&["call", "idle", "signal", "signal=WINCH"], "verdict   none"),
    ] {
        let answer = operator.run(call);
        assert_eq!(answer.code, 1, "{call:?}: {answer:?}");
        assert!((answer.text.clone() + &answer.error).contains(words), "{call:?}: {answer:?}");
        let in_json = operator.run(&[&["--json"], call].concat());
        assert_eq!(in_json.code, 1, "{call:?}: {in_json:?}");
        in_json.json();
    }
    host.stop();
}

#[test]
fn exit_code_2_is_wrong_use() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    let operator = nest.operator();
    for (call, words) in [
        (&["call", "web", "delay", "duration"][..], "key=value"),
        (&["call", "web", "delay", "duration=soon"], "`duration` of delay must be a time"),
        (&["call", "web", "delay", "duration=-1"], "`duration` of delay must be a time"),
        (&["call", "web", "delay", "duration=2h"], "a lease of 2 h, and the longest is 1 h"),
        (&["call", "web", "signal", "signal=TREM"], "must be a signal such as TERM"),
        (&["call", "web", "greet", "who=cat"], "whom: is missing"),
        (
            &["call", "web", "delay", "duration=1d"],
            "of an hour at most: seconds, or a text such as 500ms, 2s, 1m",
        ),
        (&["call", "web", "delay", "duration=0"], "`duration` of delay must be a time above 0"),
        (
            &["call", "web", "delay", "duration=1", "durration=1"],
            "`durration` is no option of delay, did you mean `duration`",
        ),
        (&["call", "web", "signal"], "`signal` of signal is missing"),
        (&["call", "web", "signal", "signal=TREM"], "did you mean `TERM`"),
        (&["attach", "nginx"], "--unit NAME, --executable PATH or --port PORT"),
        (&["call", "web", "delay"], "`duration` of delay is missing: say for how long"),
        (&["call", "web", "allocate_memory", "size_mb=0", "hold_duration=1"], "must be a size above 0: MiB"),
        (&["call", "web", "allocate_memory", "size_mb=1"], "`hold_duration` of allocate_memory is missing"),
        (&["call", "web", "raise_error"], "`message` of raise_error is missing"),
        (&["call", "web", "delay", "duration=1", "duration=2"], "`duration` is given twice: give it once"),
        (&["call", "web", "delay", "duration=1", "--lease", "0"], "--lease must be a time above 0"),
        (&["call", "web", "delay", "duration=1", "--lease", "soon"], "--lease must be a time"),
        (&["call", "web"], "METHOD"),
        (&["cal"], "call"),
        (&["serve", "--config", "/no/such/file"], "/no/such/file"),
    ] {
        let answer = operator.run(call);
        assert_eq!(answer.code, 2, "{call:?}: {answer:?}");
        assert!(answer.error.contains(words), "{call:?}: no `{words}`: {answer:?}");
        let in_json = operator.run(&[&["--json"], call].concat());
        assert_eq!(in_json.code, 2, "{call:?}: {in_json:?}");
        in_json.json();
    }
    host.stop();
}

#[test]
fn what_is_missing_or_impossible_is_the_gates_to_refuse_and_journalled_with_its_rule() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let web = nest.victim("web").idle().start();
    host.registered("web");
    let mut job = nest.job("job").start("read end; exit 5");
    host.registered("job");
    for (call, option) in [
        ("web delay", "`duration` of delay is missing"),
        ("web allocate_memory size_mb=0 hold_duration=1", "`size_mb` of allocate_memory must be"),
        ("web raise_error message=boo times=0", "`times` of raise_error must be"),
        ("job freeze", "`duration` of freeze is missing"),
    ] {
        let words: Vec<&str> = ["--json", "call"].into_iter().chain(call.split(' ')).collect();
        let answer = nest.operator().run(&words);
        assert_eq!((answer.code, &answer.json()["refused"]["rule"]), (2, &json!("arguments")), "{answer:?}");
        let record = host.record("the refusal", |record| {
            record["ruling"]["refused"]["reason"].as_str().is_some_and(|reason| reason.starts_with(option))
        });
        assert_eq!(record["ruling"]["refused"]["rule"], "arguments", "{record}");
    }
    assert!(host.records().iter().all(|record| record["record"] != "outcome"), "nobody was asked");
    drop(web);
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn exit_code_3_is_no_host() {
    let nest = Nest::new();
    let operator = nest.operator();
    for command in [
        &["status"][..],
        &["victims"],
        &["operations"],
        &["pause"],
        &["resume"],
        &["watch"],
        &["effects"],
        &["undo", "1"],
        &["attach", "1"],
        &["detach", "web"],
        &["reload"],
        &["operations", "reload", "yowl"],
        &["call", "web", "delay", "duration=1"],
    ] {
        let answer = operator.run(command);
        assert_eq!((answer.code, &*answer.text), (3, ""), "{command:?}: {answer:?}");
        assert!(answer.error.contains("no host serves at"), "{command:?}: {answer:?}");
        let in_json = operator.run(&[&["--json"], command].concat());
        assert_eq!((in_json.code, &*in_json.error), (3, &*answer.error), "{command:?}: {in_json:?}");
        let refused = &in_json.json()["refused"];
        assert_eq!(refused["rule"], "no_host", "{command:?}: {in_json:?}");
        assert!(answer.error.ends_with(refused["reason"].as_str().unwrap()), "{command:?}: {in_json:?}");
    }
    // A socket that a dead host left is no host either.
    nest.quiet_host().kill();
    assert!(nest.socket().exists());
    assert_eq!(operator.run(&["status"]).code, 3);
}

#[test]
fn watch_shows_what_is_decided_and_what_comes_of_it() {
    let nest = Nest::new();
    let configuration = "version = 1\n[[instance]]\noperation = \"yowl\"\n\
                         parameters = { interval = \"50ms\", probability = 1, messages = [\"meow\"] }\n";
    let host = nest.host().configuration(configuration).start();
    let _web = nest.victim("web").start();
    let operator = nest.operator();
    let (people, programs) = (operator.start(&["watch"]), operator.start(&["--json", "watch"]));
    let says =
        |line: &chaos_kitty_tests::Json, words: &str| line.as_str().is_some_and(|line| line.contains(words));
    people.said().wait("a decision", |line| says(line, "yowl → web: raise_error message meow (strike)"));
    people.said().wait("an outcome", |line| says(line, "web: raise_error was effective: asked message meow"));
    let decision = programs.said().wait("a decision", |record| record["record"] == "decision");
    assert_eq!((&decision["schema"], &decision["victim"]["name"]), (&json!(1), &json!("web")));
    let strike = decision["strike"].clone();
    let outcome = programs
        .said()
        .wait("its outcome", |record| record["record"] == "outcome" && record["strike"] == strike);
    assert_eq!(outcome["run"], decision["run"]);
    host.stop();
}

#[test]
fn what_the_host_gives_nobody_else_does() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let web = nest.victim("web").start();
    host.registered("web");
    for option in ["lease=86400", "effect=7"] {
        let refused = nest.operator().run(&["call", "web", "delay", "duration=1", option]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.error.contains("is the host's to give"), "{refused:?}");
    }
    drop(web);
    host.stop();
}

#[test]
fn check_says_what_is_wrong_with_the_file_and_with_the_plugins_at_once() {
    let nest = Nest::new();
    let plugins = nest.path().join("bad");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::write(plugins.join("libnotes.so"), "no library").unwrap();
    let text = "version = 1\n[host]\nsede = 1\n[[instance]]\noperation = \"hairball\"\n\
        parameters = { probability = 2 }\n[[instance]]\noperation = \"hairbal\"\n";
    let file = nest.file("chaos.toml", text);
    let bad = plugins.to_str().unwrap();
    let checked = nest.operator().run(&["check", "--config", file.to_str().unwrap(), "--plugins", bad]);
    assert_eq!(checked.code, 2, "{checked:?}");
    for words in [
        "chaos.toml:3:1: unknown key `sede`",
        "chaos.toml:6:30: ",
        "chaos.toml:8:13: no plugin offers",
        "libnotes.so: ",
    ] {
        assert!(checked.error.contains(words), "{words}: {checked:?}");
    }
}
