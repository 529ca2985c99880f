//! What runs is changed while the host runs: operations are loaded, replaced and ended, and the configuration is read again.

use std::fs::{self, OpenOptions};
use std::io::Write;

use crate::stage::{Stage, configuration, instance, running, says, yowl};
use chaos_kitty_tests::{Json, Signal, Workspace, json, vitals};

#[test]
fn an_operation_is_loaded_reloaded_and_unloaded_with_the_victims_that_are_there() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host("").start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let operator = stage.nest.operator();
    let file = stage.file("yowl");

    let loaded = operator.ask(&["operations", "load", file.to_str().unwrap()]);
    let version = env!("CARGO_PKG_VERSION");
    let row = json!({"name": "yowl", "operation": "yowl", "version": version, "generation": 1, "before": null, "victims": 1});
    assert_eq!(loaded, json!({"instances": [row], "untouched": 0, "notes": []}));

    let reloaded = operator.run(&["operations", "reload", "yowl"]);
    let said = format!("yowl: generation 2 (yowl {version}) takes over from 1, with 1 victim");
    assert_eq!((reloaded.code, &*reloaded.text), (0, &*said));
    assert_eq!(operator.operation("yowl")["victims"], 1, "it has learned of who was there");
    assert_eq!(stage.states(), [running("yowl", 2)]);
    assert_eq!(operator.ask(&["pause"])["paused"], true);
    assert_eq!(stage.listed()["yowl"]["state"], "paused");
    operator.ask(&["resume"]);

    let nobody = operator.run(&["operations", "reload", "yowll"]);
    let said = "error: no operation or instance is called `yowll`, did you mean `yowl`";
    assert_eq!((nobody.code, &*nobody.error), (2, said));
    let unloaded = operator.run(&["operations", "unload", "yowl"]);
    assert_eq!((unloaded.code, &*unloaded.text), (0, "yowl (yowl) runs no more"));
    assert_eq!(stage.states(), []);
    assert_eq!(operator.run(&["operations", "unload", "yowl"]).code, 2);
    drop(web);
    host.stop();
}

#[test]
fn a_file_that_is_not_there_is_told_and_leaves_nothing_behind() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host("").start();
    let operator = stage.nest.operator();
    let file = stage.file("yowl");
    let misspelt = file.with_file_name("libyowll.so");
    let answer = operator.run(&["operations", "load", misspelt.to_str().unwrap()]);
    let advice = format!("did you mean {}?", file.display());
    assert!(answer.code == 1 && answer.error.contains(&advice), "{answer:?}");
    let nobody = operator.run(&["--json", "operations", "load", "/no/such/operation.so"]);
    assert!(nobody.code == 1 && nobody.error.contains("see whether its name is right"), "{nobody:?}");
    assert_eq!(nobody.json()["refused"]["rule"], "refused");
    // Somewhere else than the plugins, and by the operation's own name.
    for name in ["yowll", "yowll.so", "libyowl.so", "yowl"] {
        let told = operator.run(&["operations", "load", name]);
        let advice =
            format!("{name}: there is no such file, did you mean yowl, which is {}?", file.display());
        assert!(told.code == 1 && told.error.contains(&advice), "{told:?}");
    }
    assert_eq!(stage.states(), [], "{answer:?}");
    // One that is there, and is no plugin, does not run: that is listed.
    let damaged = file.with_file_name("libdamaged.so");
    std::fs::write(&damaged, "no library").unwrap();
    assert_eq!(operator.run(&["operations", "load", damaged.to_str().unwrap()]).code, 1);
    assert_eq!(stage.states().len(), 1);
    host.stop();
}

#[test]
fn a_file_that_is_broken_is_told_and_what_ran_before_goes_on() {
    let stage = Stage::with(&["yowl", "misbehaving"]);
    let loud = yowl("loud", "meow");
    let quiet = instance("misbehaving", "quiet", "misdeed = \"panic in status\"");
    let host = stage.host(&(loud + &quiet)).start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let operator = stage.nest.operator();
    let generations = |name: &str| stage.listed()[name]["generation"].clone();
    let (loud, quiet) = (generations("loud"), generations("quiet"));

    fs::remove_file(stage.file("yowl")).unwrap();
    fs::write(stage.file("yowl"), "no library").unwrap();
    let answer = operator.run(&["operations", "reload", "yowl"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    for words in ["libyowl.so: it is not a Linux library", "\nwhat ran before goes on: loud (generation "] {
        assert!(answer.error.contains(words), "{answer:?}");
    }
    let rejected = stage.listed();
    assert!(rejected["yowl"]["state"].as_str().unwrap().starts_with("rejected: plugin "), "{rejected:?}");
    assert_eq!((&rejected["loud"]["state"], &rejected["loud"]["generation"]), (&json!("running"), &loud));
    let mark = web.log().mark();
    web.log().wait_after(mark, "a strike of the old one's", |line| line["message"] == "meow");

    // Another one's file in its place is no new generation of it.
    stage.put("misbehaving", "yowl");
    let other = operator.run(&["operations", "reload", "loud"]);
    assert!(other.code == 1 && other.error.contains("it carries misbehaving now, and not yowl"), "{other:?}");
    stage.put("yowl", "yowl");
    operator.ask(&["operations", "reload", "loud"]);
    assert!(!stage.listed().contains_key("yowl"), "it is sound again");
    assert!(generations("loud").as_u64() > loud.as_u64());
    assert_eq!(generations("quiet"), quiet);
    host.stop();
}

/// What a new generation does wrong before it takes over, and what the reload is refused with.
const FAILING: [(&str, &str); 6] = [
    ("panic at once", "instance cat (misbehaving): panicked at tests/plugins/misbehaving/src/lib.rs:"),
    ("panic in register", "instance cat (misbehaving): panicked at tests/plugins/misbehaving/src/lib.rs:"),
    ("panic in new", "instance cat (misbehaving) does not run: panicked at "),
    ("hog in register", "instance cat (misbehaving): its register has not come back for 2 s"),
    ("error in new", "`misdeed` of instance `cat` (misbehaving): not this one"),
    // Told by who waits for it, or by who watches it.
    ("hog at once", "instance cat (misbehaving): its run has "),
];

/// The same of those that would end the host, in a process of their own.
const ENDING: [(&str, &str); 10] = [
    ("segfault in new", "instance cat (misbehaving) does not run: its process was ended by SIGSEGV"),
    ("segfault in register", "instance cat (misbehaving): its process was ended by SIGSEGV"),
    ("segfault at once", "instance cat (misbehaving): its process was ended by SIGSEGV"),
    ("exit in new", "instance cat (misbehaving) does not run: its process exited with 3"),
    ("exit in register", "instance cat (misbehaving): its process exited with 3"),
    ("exit at once", "instance cat (misbehaving): its process exited with 3"),
    ("abort in new", "instance cat (misbehaving) does not run: its process was ended by SIGABRT"),
    ("abort in register", "instance cat (misbehaving): its process was ended by SIGABRT"),
    ("abort at once", "instance cat (misbehaving): its process was ended by SIGABRT"),
    ("hog in new", "instance cat (misbehaving) does not run: its `new` has not come back for 10 s"),
];

#[test]
fn a_new_generation_that_fails_before_it_takes_over_leaves_the_old_one_in_place() {
    each_leaves_the_old_one_in_place("", &FAILING);
}

#[test]
fn an_isolated_one_that_fails_before_it_takes_over_leaves_the_old_one_in_place() {
    each_leaves_the_old_one_in_place("isolate = true\n", &[&FAILING[..], &ENDING].concat());
}

#[track_caller]
fn each_leaves_the_old_one_in_place(isolate: &str, failing: &[(&str, &str)]) {
    let stage = Stage::with(&["misbehaving"]);
    let well = instance("misbehaving", "cat", "misdeed = \"\"") + isolate;
    let host = stage.host(&well).start();
    let processes = || vitals::children(host.pid());
    let old = processes();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let operator = stage.nest.operator();
    for (misdeed, wanted) in failing {
        let parameters = format!("misdeed = {misdeed:?}, until = \"/no/such/file\"");
        let cat = instance("misbehaving", "cat", &parameters) + isolate;
        stage.nest.file("chaos.toml", configuration(&cat));
        let answer = operator.run(&["reload"]);
        assert!(answer.code == 2 && answer.error.contains(wanted), "{misdeed}: {answer:?}");
        assert_eq!(stage.states(), [running("cat", 1)], "{misdeed}");
        operator.until("its process is gone", || processes() == old);
        let mark = host.log().mark();
        host.record_after(mark, "a strike of the old one's", |record| {
            record["record"] == "outcome" && record["method"] == "trigger_gc"
        });
    }
    let lines = host.log().lines();
    let messages = lines.iter().filter_map(|line| line["message"].as_str());
    let adds = |text: &&str| ["retired: ", "restarts", "effects"].iter().any(|words| text.contains(words));
    assert_eq!(
        messages.filter(adds).collect::<Vec<_>>(),
        Vec::<&str>::new(),
        "who asks is told, and that is all"
    );
    drop(web);
    host.stop();
}

/// Its process is told of all of them at once.
#[test]
fn an_isolated_one_answers_for_each_of_many_victims() {
    let stage = Stage::with(&["misbehaving"]);
    let cat = |misdeed: &str| {
        instance("misbehaving", "cat", &format!("misdeed = {misdeed:?}")) + "isolate = true\n"
    };
    let host = stage.host(&cat("")).start();
    let names: Vec<_> = (1..=5).map(|number| format!("web-{number}")).collect();
    let victims: Vec<_> = names.iter().map(|name| stage.nest.victim(name).idle().start()).collect();
    names.iter().for_each(|name| drop(host.registered(&**name)));
    let operator = stage.nest.operator();
    assert_eq!(operator.ask(&["operations", "reload", "cat"])["instances"][0]["victims"], 5);
    stage.nest.file("chaos.toml", configuration(&cat("error in register")));
    assert_eq!(operator.ask(&["reload"])["instances"][0]["victims"], 0);
    for name in &names {
        let refusal = format!("register failed: not {name} (");
        host.wait(&refusal, |line| {
            line["victim"] == **name
                && line["message"].as_str().is_some_and(|text| text.starts_with(&refusal))
        });
    }
    drop(victims);
    host.stop();
}

/// What it has under way is none of the one's that fails beside it.
#[test]
fn an_isolated_one_that_ends_on_trial_ends_no_effect_of_the_old_one() {
    let stage = Stage::with(&["hairball", "misbehaving"]);
    let delays = "interval = \"20ms\", probability = 1, min_delay = \"3s\", max_delay = \"3s\"";
    let host = stage.host(&instance("hairball", "cat", delays)).start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let record = |mark, what: &str| host.record_after(mark, what, |record| record["record"] == what);
    record(0, "decision");
    let mark = host.log().mark();
    let crash = instance("misbehaving", "cat", "misdeed = \"segfault at once\"") + "isolate = true\n";
    stage.nest.file("chaos.toml", configuration(&crash));
    let answer = stage.nest.operator().run(&["reload"]);
    assert!(answer.code == 2 && answer.error.contains("its process was ended by SIGSEGV"), "{answer:?}");
    let refused = host.log().mark();
    assert_eq!(record(mark, "outcome")["verdict"], "effective", "the one under way");
    assert_eq!(record(refused, "outcome")["verdict"], "effective", "and where that was over, the next");
    drop(web);
    host.stop();
}

#[test]
fn what_is_retired_comes_back_by_a_reload() {
    let stage = Stage::with(&["misbehaving"]);
    let host = stage.host(&instance("misbehaving", "cat", "misdeed = \"panic in status\"")).start();
    let operator = stage.nest.operator();
    operator.ask(&["status"]);
    host.wait("that it is retired", |line| {
        let message = line["message"].as_str().unwrap_or_default();
        message.starts_with("retired: ") && message.ends_with("(chaos-kitty operations reload cat)")
    });
    assert!(stage.listed()["cat"]["state"].as_str().unwrap().starts_with("retired: panicked at "));
    operator.ask(&["operations", "reload", "cat"]);
    assert_eq!(stage.states(), [running("cat", 2)]);
    host.stop();
}

#[test]
fn the_configuration_is_read_again_all_of_it_or_nothing() {
    let stage = Stage::with(&["yowl", "hairball"]);
    let same = instance("hairball", "same", "interval = \"1h\"");
    let before = [yowl("changed", "meow"), same.clone(), yowl("gone", "hiss")].concat();
    let mut host = stage.host(&before).start();
    let web = stage.nest.victim("web").start();
    host.registered("web");
    let operator = stage.nest.operator();
    let generation = |name: &str| stage.listed()[name]["generation"].as_u64().unwrap();
    let (hairball, old) = (generation("same"), generation("changed"));

    let wrong = [yowl("changed", "purr"), instance("hairball", "same", "intervall = 1")].concat();
    stage.nest.file("chaos.toml", configuration(&wrong));
    let answer = operator.run(&["reload"]);
    assert!(answer.code == 2 && answer.error.contains("chaos.toml:9:"), "{answer:?}");
    let mark = host.log().mark();
    host.process().signal(Signal::HUP);
    says(&host, mark, "the configuration is wrong, and nothing has changed");
    assert_eq!(stage.states(), [running("changed", old), running("gone", old), running("same", hairball)]);

    let now = [yowl("new", "growl"), "# moved\n".to_owned(), same, yowl("changed", "purr")].concat();
    stage.nest.file("chaos.toml", format!("version = 1\n[host]\nseed = 4\n{now}"));
    let mark = host.log().mark();
    host.process().signal(Signal::HUP);
    says(&host, mark, "the configuration was read again: 3 changed, 1 untouched");
    says(&host, mark, "[host] `seed` needs a restart");
    assert_eq!(stage.states(), [running("changed", old + 1), running("new", 1), running("same", hairball)]);
    let order: Vec<_> =
        operator.ask(&["operations"]).as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(order, ["new", "same", "changed"]);
    for message in ["growl", "purr"] {
        web.event("error", |error| error["message"] == message);
    }
    let untouched = operator.ask(&["reload"]);
    assert_eq!((&untouched["instances"], &untouched["untouched"]), (&json!([]), &json!(3)));
    host.stop();
}

#[test]
fn a_watching_host_follows_its_directories_and_its_configuration() {
    let stage = Stage::with(&["yowl"]);
    let host = stage.host(&yowl("loud", "meow")).arguments(["--watch"]).start();
    says(&host, 0, "following ");
    let replace = |words: &str, change: &dyn Fn()| {
        let mark = host.log().mark();
        change();
        says(&host, mark, words);
    };
    replace("loud: generation 2 (yowl ", &|| stage.put("yowl", "yowl"));
    // Written in place: it is whole when it is closed.
    replace("takes over from 2", &|| {
        let _ = fs::copy(Workspace::built().plugin("yowl"), stage.file("yowl")).unwrap();
    });
    replace("what ran before goes on: loud (generation 3)", &|| {
        fs::write(stage.file("yowl"), "broken").unwrap()
    });
    assert_eq!(stage.listed()["loud"]["state"], "running");
    replace("has gone: loud goes on", &|| fs::remove_file(stage.file("yowl")).unwrap());
    // As Cargo does it.
    let link = |operation: &str| {
        let beside = stage.nest.path().join("linked.so");
        fs::copy(Workspace::built().plugin(operation), &beside).unwrap();
        fs::hard_link(&beside, stage.file(operation)).unwrap();
    };
    replace("takes over from 3", &|| link("yowl"));
    replace("no instance asks for hairball", &|| stage.put("hairball", "hairball"));
    let more = [yowl("loud", "meow"), instance("hairball", "more", "interval = \"1h\"")].concat();
    replace("more runs: generation 1 (hairball ", &|| {
        stage.nest.file("chaos.toml", configuration(&more));
    });
    assert_eq!(stage.states(), [running("loud", 4), running("more", 1)]);
    host.stop();
}

/// How often the operation is loaded again while it strikes.
const RELOADS: usize = 200;
/// Seconds between two ticks, and how long before one the last strike must be over to be no excuse for missing it.
const INTERVAL: f64 = 0.2;
const EXCUSED: f64 = 0.15;

/// A strike as the log tells it: its tick, and when it began and ended.
struct Strike {
    tick: u64,
    began: f64,
    ended: f64,
}

fn strikes(lines: &[Json]) -> Vec<Strike> {
    let (mut open, mut found) = (None, Vec::new());
    for line in lines {
        let record = &line["record"];
        match record["record"].as_str() {
            Some("decision") => {
                assert_eq!(record["ruling"], "strike", "{record}");
                assert!(open.is_none(), "two strikes at once: {record}");
                open = Some((record["offset"].as_f64().unwrap(), 0.0));
            }
            Some("outcome") => open.as_mut().unwrap().1 = record["offset"].as_f64().unwrap(),
            _ if line["message"] == "struck" => {
                let fields = line["fields"].as_str().unwrap();
                let tick = fields.split(' ').find_map(|field| field.strip_prefix("tick=")).unwrap();
                let (began, ended) = open.take().expect("a strike that nobody decided on");
                found.push(Strike { tick: tick.parse().unwrap(), began, ended });
            }
            _ => {}
        }
    }
    found
}

#[test]
fn two_hundred_reloads_lose_no_strike_and_make_none_twice() {
    let stage = Stage::with(&["yowl"]);
    let parameters = format!("interval = {INTERVAL}, probability = 1, messages = [\"meow\"]");
    let host = stage.host(&instance("yowl", "soaked", &parameters)).start();
    let web = stage.nest.victim("web").restless().start();
    host.registered("web");
    let operator = stage.nest.operator();
    for generation in 2..=RELOADS + 1 {
        // Other bytes each time: what is loaded already would not be loaded again.
        let file = OpenOptions::new().append(true).open(stage.file("yowl"));
        file.and_then(|mut file| file.write_all(b".")).unwrap();
        let change = operator.ask(&["operations", "reload", "soaked"]);
        assert_eq!(change["instances"][0]["generation"], generation, "{change}");
        assert_eq!(change["instances"][0]["victims"], 1, "{change}");
    }
    let struck = || stage.listed()["soaked"]["strikes"].as_u64() > Some(0);
    operator.until("the last generation has struck, too", struck);
    let strikes = strikes(&host.log().lines());
    assert!(strikes.len() > 20, "there are but {} strikes", strikes.len());
    // The boundary of a tick is not before the earliest that any strike of its phase has begun.
    let start =
        strikes.iter().map(|strike| strike.began - strike.tick as f64 * INTERVAL).fold(f64::MAX, f64::min);
    for pair in strikes.windows(2) {
        let [one, next] = pair else { unreachable!() };
        assert!(one.tick < next.tick, "tick {} twice", next.tick);
        let due = start + (one.tick + 1) as f64 * INTERVAL;
        assert!(
            next.tick == one.tick + 1 || one.ended > due - EXCUSED,
            "between ticks {} and {} there is nothing, though the strike was over {} s before the next",
            one.tick,
            next.tick,
            due - one.ended
        );
    }
    drop(web);
    host.stop();
}
