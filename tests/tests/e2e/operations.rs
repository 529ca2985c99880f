//! Pounce, hiss, mousetrap and catnap: what they do to who can take it, and what is said of who cannot.

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_tests::{Host, Json, Nest, Teller, json, vitals};

use crate::wrapped::host_and;

/// The four, each for the victims of these names.
fn four(pounce: &str, hiss: &str, mousetrap: &str, catnap: &str) -> String {
    let instances = [
        ("pounce", pounce, "min_duration = \"300ms\", max_duration = \"400ms\""),
        (
            "hiss",
            hiss,
            "calls = [\"recv\", \"send\"], errno = \"ECONNRESET\", rate = 0.5, port = 6379, duration = \"100ms\"",
        ),
        ("mousetrap", mousetrap, "leave = 16, duration = \"300ms\""),
        ("catnap", catnap, "min_shift = \"-2h\", max_shift = \"-1h\", drift = 0.5, duration = \"100ms\""),
    ];
    let instances = instances.map(|(operation, victim, parameters)| {
        format!(
            "[[instance]]\noperation = \"{operation}\"\nvictims = {{ names = [\"{victim}\"] }}\n\
             parameters = {{ interval = \"200ms\", probability = 1, {parameters} }}\n"
        )
    });
    format!("version = 1\n{}", instances.concat())
}

fn effective(host: &Host, victim: &str, method: &str) -> Json {
    host.record(&format!("an effective {method} on {victim}"), |record| {
        record["record"] == "outcome"
            && record["victim"]["name"] == victim
            && record["method"] == method
            && record["verdict"] == "effective"
    })
}

/// A number that was asked for.
#[track_caller]
fn asked(request: &Request, option: &str) -> f64 {
    request.get_option(option).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {option}: {request:?}"))
}

#[test]
fn each_does_what_it_is_for_and_everything_is_put_back() {
    let nest = Nest::new();
    let host = nest.host().configuration(four("job", "inside", "web", "inside")).start();
    let mut job = nest.job("job").start("read end; exit 5");
    let mut web = nest.victim("web").descriptors(256).start();
    host.registered("web");
    let before = vitals::descriptors(web.pid());
    let inside = Teller::start(&nest, "inside", &["disturb", "shift_clock"]);
    inside.tells(&[("calls", 9.0), ("hits", 4.0), ("seconds_shifted", -5400.0)]);

    let frozen = effective(&host, "job", "freeze");
    let (held, duration) = (&frozen["observed"]["seconds_held"], &frozen["asked"]["duration"]);
    assert!(held.as_f64().unwrap() >= duration.as_f64().unwrap() * 0.9, "{frozen}");
    assert_eq!(frozen["observed"]["processes"], 1, "{frozen}");

    let taken = effective(&host, "web", "take_descriptors");
    let observed = |key: &str| taken["observed"][key].as_u64().unwrap();
    assert!(observed("left") <= 16 && observed("taken") >= 200, "{taken}");

    effective(&host, "inside", "disturb");
    effective(&host, "inside", "shift_clock");
    // Both were called by now, each again and again.
    let all: Vec<Request> = std::iter::repeat_with(|| inside.called()).take(4).collect();
    let of = |method: &str| all.iter().find(|request| &*request.method == method).expect("both were called");
    let (disturb, shift) = (of("disturb"), of("shift_clock"));
    let calls: Vec<_> =
        disturb.get_option("calls").and_then(Value::as_array).unwrap().iter().map(Value::as_str).collect();
    assert_eq!(calls, [Some("recv"), Some("send")]);
    assert_eq!(disturb.get_option("errno").and_then(Value::as_str), Some("ECONNRESET"));
    assert_eq!((asked(disturb, "rate"), asked(disturb, "port"), asked(disturb, "lease")), (0.5, 6379.0, 0.1));
    assert!((0.0..=f64::from(u32::MAX)).contains(&asked(disturb, "seed")), "{disturb:?}");
    assert!((-7200.0..=-3600.0).contains(&asked(shift, "by")), "{shift:?}");
    assert_eq!((asked(shift, "drift"), asked(shift, "lease")), (0.5, 0.1));

    nest.operator().ask(&["pause"]);
    nest.operator().until_nothing_is_active();
    assert!(!vitals::is_stopped(job.pid()));
    nest.operator().until("all are given back", || vitals::descriptors(web.pid()) <= before);
    web.goes_on();
    assert_eq!(job.end(), 5);
    drop(inside);
    host.stop();
}

/// A refusal by name, written down, and never a silent success.
#[test]
fn who_cannot_is_not_struck_and_everybody_is_told_why() {
    let nest = Nest::new();
    let host = nest.host().configuration(four("web", "job", "job", "web")).start();
    let mut job = nest.job("job").start("read end; exit 5");
    let mut web = nest.victim("web").start();
    let (inside, beside) = ("--inside -- PROGRAM", "chaos-kitty-worker -- PROGRAM");
    for (operation, victim, method, option, what_to_do) in [
        ("pounce", "web", "freeze", &["duration=1"][..], beside),
        ("hiss", "job", "disturb", &["calls=read", "errno=EIO"], inside),
        ("mousetrap", "job", "take_descriptors", &["leave=1", "duration=1"], inside),
        ("catnap", "web", "shift_clock", &["by=-1h"], inside),
    ] {
        let refused = host.record(&format!("{operation} to be refused"), |record| {
            record["origin"]["instance"]["name"] == operation && !record["ruling"]["refused"].is_null()
        });
        let (refusal, named) = (&refused["ruling"]["refused"], &refused["victim"]["name"]);
        assert_eq!((&refusal["rule"], named), (&json!("not_declared"), &json!(victim)), "{refused}");
        let reason = refusal["reason"].as_str().unwrap();
        assert!([victim, method, what_to_do].iter().all(|word| reason.contains(word)), "{reason}");
        let answer = nest.operator().run(&[&["call", victim, method], option].concat());
        assert_eq!((answer.code, answer.text.as_str()), (1, ""), "{answer:?}");
        assert!(answer.error.contains(reason), "{answer:?}");
        let status = nest.operator().operation(operation);
        assert_eq!(status["victims"], 1, "{status}");
        nest.journal().record(&format!("the refusal of {method}"), |record| {
            record["ruling"]["refused"]["rule"] == "not_declared" && record["effect"]["method"] == method
        });
    }
    assert!(host.records().iter().all(|record| record["record"] != "outcome"), "nobody was struck");
    web.goes_on();
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn what_is_impossible_is_wrong_use_also_where_nothing_is_done() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let web = Teller::start(&nest, "web", &["disturb", "shift_clock", "take_descriptors", "freeze"]);
    for (call, words) in [
        ("disturb calls=raed errno=EIO", "did you mean `read`"),
        ("disturb calls=read errno=ENOSPCE", "did you mean `ENOSPC`"),
        ("disturb calls=read errno=EIO delay=1", "one of `errno`, `delay` and `share`"),
        ("disturb errno=EIO", "`calls` of disturb is missing: name a call, or some"),
        ("disturb calls=open share=0.5", "open has no bytes"),
        ("disturb calls=read errno=EIO rate=2", "above 0 to 1"),
        ("shift_clock by=11y", "ten years at most"),
        ("shift_clock duration=1", "needs `by` or `drift`"),
        ("take_descriptors duration=1", "`leave` of take_descriptors is missing"),
        ("freeze duration=-1", "`duration` of freeze must be"),
        ("freeze duration=2h", "the longest is 1 h"),
        ("freeze durtion=3", "`durtion` is no option of freeze, did you mean `duration`? It takes duration"),
        ("disturb calls=read errno=EIO pathh=/tmp", "did you mean `path`? It takes calls, errno, "),
        ("shift_clock by=1h duration=0", "`duration` of shift_clock must be a time above 0"),
    ] {
        let answer = nest.operator().run(&[&["call", "web"], &*call.split(' ').collect::<Vec<_>>()].concat());
        assert_eq!(answer.code, 2, "{call}: {answer:?}");
        assert!(answer.error.contains(words), "{call}: {answer:?}");
    }
    drop(web);
    host.stop();
    // What a worker itself finds wrong.
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    let answer = nest.operator().run(&["call", "job", "freeze", "duration=1", "point=a"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.error.contains("freeze: unknown option point:, allowed are"), "{answer:?}");
    assert_eq!(job.end(), 5);
    host.stop();
}

/// A program that has hardly any left is held, told of its end, and struck again: none of that takes a descriptor.
#[test]
fn the_last_descriptor_is_taken_and_given_back() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let web = nest.victim("web").idle().descriptors(64).start();
    host.registered("web");
    let operator = nest.operator();
    let before = vitals::descriptors(web.pid());
    // Whoever started us may have given us some that no limit of ours concerns.
    let taken = || {
        let entries = std::fs::read_dir(format!("/proc/{}/fd", web.pid())).unwrap();
        let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok());
        numbers.filter(|number| *number < 64).count()
    };
    let long = operator.start(&["--json", "call", "web", "take_descriptors", "leave=0", "duration=600"]);
    // It looks at a file of its own now and then: that one may have been the last.
    operator.until("all are taken", || taken() >= 63);
    let other = operator.ask(&["call", "web", "cpu_spin", "duration=10ms"]);
    assert_eq!(other["error"], Json::Null, "{other}");
    // Nobody can look how much there is, and that is no leave to take it all.
    if (0..3).all(|_| taken() == 64) {
        let memory = operator.run(&["call", "web", "allocate_memory", "size_mb=8", "hold_duration=0"]);
        let why = "ask again when there are descriptors";
        assert!(memory.code == 1 && memory.error.contains(why), "{memory:?}");
    }
    operator.ask(&["undo", "--all"]);
    long.said().to_its_end();
    let outcome: Json = serde_json::from_str(&long.said().shown()).unwrap();
    assert_eq!(
        (&outcome["observed"]["left"], &outcome["verdict"]),
        (&json!(0), &json!("partial")),
        "{outcome}"
    );
    operator.until("all are given back", || vitals::descriptors(web.pid()) <= before);
    host.stop();
    // It comes back to the next host, for which it needs one.
    let host = nest.quiet_host();
    host.registered("web");
    host.stop();
}
