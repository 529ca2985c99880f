//! Who may be a victim, under which name, and who may not.

use chaos_kitty_bus::{Exception, Value};
use chaos_kitty_tests::{Host, Nest, Process, RubyWorker, Wire};

/// A registration from a process of its own that says this about itself.
fn refusal(nest: &Nest, options: Vec<(&str, Value)>) -> Exception {
    let (_relay, mut wire) = RubyWorker::relay(nest);
    wire.register(options).unwrap_err()
}

fn names(nest: &Nest) -> Vec<String> {
    let victims = nest.operator().ask(&["victims"]);
    victims.as_array().unwrap().iter().map(|victim| victim["name"].as_str().unwrap().to_owned()).collect()
}

/// A host, and somebody who must not be harmed by what others claim.
fn host_and_bystander(nest: &Nest) -> (Host, chaos_kitty_tests::Victim) {
    let host = nest.quiet_host();
    let bystander = nest.victim("bystander").start();
    host.registered("bystander");
    (host, bystander)
}

#[test]
fn nobody_is_a_victim_by_somebody_elses_pid() {
    let nest = Nest::new();
    let (host, mut bystander) = host_and_bystander(&nest);
    for (claimed, words) in [
        (i64::from(bystander.pid()), "nor a process that you started"),
        (1, "is not you"),
        (i64::from(host.pid()), "is not you"),
        (0, "is not you"),
        (-1, "is not you"),
        (-i64::from(bystander.pid()), "is not you"),
        (i64::MAX, "is not you"),
    ] {
        let refusal = refusal(&nest, vec![("process_id", claimed.into()), ("name", "liar".into())]);
        assert_eq!(refusal.class, "RuntimeError", "{claimed}");
        assert!(refusal.message.starts_with("register: process_id "), "{claimed}: {}", refusal.message);
        assert!(refusal.message.contains(words), "{claimed}: {}", refusal.message);
        host.wait("a line about it", |line| {
            line["message"].as_str().is_some_and(|message| {
                message.starts_with("a registration was refused")
                    && message.contains(&format!("process_id {claimed} "))
            })
        });
    }
    assert_eq!(names(&nest), ["bystander"]);
    assert!(bystander.report()["hits"].as_u64() > Some(0), "it works on");
    host.stop();
}

#[test]
fn the_host_and_who_started_it_are_never_victims() {
    let nest = Nest::new();
    let (host, _bystander) = host_and_bystander(&nest);
    // This very process started the host, and says the truth about itself.
    let own = std::process::id();
    for options in [vec![("process_id", Value::from(own))], vec![]] {
        let refusal = Wire::connect(&nest.socket()).register(options).unwrap_err();
        assert_eq!(refusal.class, "RuntimeError");
        assert!(refusal.message.contains("started the host, and is never a victim"), "{}", refusal.message);
    }
    // The host is a child of this process, which therefore could speak for it.
    let refusal =
        Wire::connect(&nest.socket()).register(vec![("process_id", host.pid().into())]).unwrap_err();
    assert!(refusal.message.contains("is the host itself, which is never a victim"), "{}", refusal.message);
    assert_eq!(names(&nest), ["bystander"]);
    host.stop();
}

#[test]
fn registering_twice_is_refused_in_rubys_words_and_harms_nothing() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let (relay, mut wire) = RubyWorker::relay(&nest);
    let own = vec![("process_id", Value::from(relay.pid())), ("name", "once".into())];
    assert_eq!(wire.register(own.clone()), Ok(Value::Int(1)));
    let refusal = wire.register(own).unwrap_err();
    assert_eq!((&*refusal.class, &*refusal.message), ("RuntimeError", "Already registered"));
    assert_eq!(names(&nest), ["once"]);
    host.stop();
}

#[test]
fn unknown_keywords_are_refused_in_rubys_words_and_less_may_be_said_again() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let (relay, mut wire) = RubyWorker::relay(&nest);
    let pid = Value::from(relay.pid());
    let refusal =
        wire.register(vec![("a", 1.into()), ("process_id", pid.clone()), ("b", Value::Nil)]).unwrap_err();
    assert_eq!((&*refusal.class, &*refusal.message), ("ArgumentError", "unknown keywords: :a, :b"));
    let refusal = wire.register(vec![("colour", "red".into())]).unwrap_err();
    assert_eq!(refusal.message, "unknown keyword: :colour");
    assert_eq!(wire.register(vec![("process_id", pid)]), Ok(Value::Int(1)), "as a worker of ours does it");
    host.stop();
}

#[test]
fn what_would_spoil_a_log_or_a_table_is_refused() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let text = |text: &str| Value::from(text);
    for (key, value) in [
        ("name", text("two\nlines")),
        ("name", text("\u{1b}[2J")),
        ("name", text("")),
        ("name", text(&"x".repeat(200))),
        ("name", Value::Int(3)),
        ("labels", Value::map([("tier", "a\tb")])),
        ("labels", text("tier=web")),
        ("methods", Value::from(vec!["fine", "not\0fine"])),
        ("methods", text("delay")),
        ("protocol", text("1")),
        ("process_id", text("12")),
    ] {
        let refusal = refusal(&nest, vec![(key, value.clone())]);
        assert_eq!(refusal.class, "ArgumentError", "{key}: {value:?}: {}", refusal.message);
        assert!(!refusal.message.chars().any(char::is_control), "{:?}", refusal.message);
    }
    assert!(names(&nest).is_empty());
    host.stop();
}

#[test]
fn a_name_that_is_taken_gets_a_number() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let first = nest.victim("web").idle().start();
    assert_eq!(host.registered(first.pid()).name, "web");
    let second = nest.victim("web").idle().start();
    assert_eq!(host.registered(second.pid()).name, "web#2");
    let third = RubyWorker::start(&nest);
    assert_eq!(host.registered(third.pid()).name, "chaos-kitty-tes", "by its comm");
    assert_eq!(names(&nest), ["web", "web#2", "chaos-kitty-tes"]);
    host.stop();
}

#[test]
fn a_name_that_could_be_taken_for_an_id_is_refused() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let refusal = refusal(&nest, vec![("name", "17".into())]);
    assert_eq!(refusal.class, "ArgumentError");
    assert!(refusal.message.contains("would be taken for an id"), "{}", refusal.message);
    host.stop();
}

#[test]
fn a_victim_whose_process_has_exited_leaves_also_where_its_connection_lives_on() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut beside = Process::start("the program", nest.command("sleep").arg("600"));
    let mut wire = Wire::connect(&nest.socket());
    let id = wire.register(vec![("process_id", beside.pid().into()), ("name", "beside".into())]).unwrap();
    beside.kill();
    host.left(id.as_u64().unwrap());
    assert_eq!(names(&nest), [""; 0]);
    host.stop();
}
