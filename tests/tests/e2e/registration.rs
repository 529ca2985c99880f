//! Under which name a process is a victim. Who may be none, and what may not be said, is in the table of hostile peers.

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_tests::{Nest, RubyWorker, Wire, descriptors};

fn names(nest: &Nest) -> Vec<String> {
    let victims = nest.operator().ask(&["victims"]);
    victims.as_array().unwrap().iter().map(|victim| victim["name"].as_str().unwrap().to_owned()).collect()
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
fn a_process_that_cannot_be_looked_at_is_not_said_to_have_exited() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let program = nest.target("read end");
    let mut wire = Wire::connect(host.socket());
    // It is accepted now.
    assert_eq!(wire.call("chaos", Request::new("keys")), Ok(Value::Array(vec![])));
    descriptors::leave_none(host.pid());
    let mut register = || wire.register(vec![("process_id", program.pid().into())]);
    let refusal = register().unwrap_err();
    let why = format!("process {} cannot be looked at: Too many open files", program.pid());
    assert!(refusal.message.contains(&why), "{refusal:?}");
    descriptors::leave_many(host.pid());
    assert_eq!(register(), Ok(Value::Int(1)));
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
