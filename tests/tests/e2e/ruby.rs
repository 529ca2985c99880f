//! A worker that knows no more than Ruby's is a victim like any other.

use chaos_kitty_bus::{Message, ObjectName, Request, Value};
use chaos_kitty_tests::{Json, Nest, RubyWorker, json};

#[test]
fn it_is_called_directly_with_plain_options_and_what_came_of_it_is_unknown() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let worker = RubyWorker::start(&nest);
    let victim = host.registered(worker.pid());
    let listed = nest.operator().ask(&["victims"]);
    assert_eq!((&listed[0]["methods"], &listed[0]["pid"]), (&Json::Null, &json!(worker.pid())));

    let outcome = nest.operator().ask(&["call", &victim.name, "delay", "duration=10ms"]);
    let Message::Invoke { object, request, block, .. } = worker.called() else { panic!("no call") };
    assert_eq!(object, ObjectName::from("victim"));
    assert_eq!((request, block), (Request::new("delay").option("duration", 0.01), false));
    assert_eq!((&outcome["verdict"], &outcome["observed"]), (&json!("unknown"), &Json::Null), "{outcome}");
    assert_eq!(outcome["result"], json!({"delayed": 0.01}));

    let people = nest.operator().run(&["call", &victim.name, "raise_error", "message=boo"]);
    assert_eq!(people.code, 0, "{people:?}");
    assert!(people.text.contains("the victim does not say"), "{people:?}");

    let signal = nest.operator().ask(&["call", &victim.name, "signal", "signal=TERM"]);
    assert_eq!(signal["observed"]["fate"], "exited", "a signal is the host's own doing: {signal}");
    host.left(victim.id);
    host.stop();
}

#[test]
fn the_operations_strike_it_too() {
    let nest = Nest::new();
    let configuration = "version = 1\n[[instance]]\noperation = \"floop\"\n\
                         parameters = { interval = \"50ms\", probability = 1, min_size_mb = 7, max_size_mb = 7 }\n";
    let host = nest.host().configuration(configuration).start();
    let worker = RubyWorker::start(&nest);
    let Message::Invoke { request, .. } = worker.called() else { panic!("no call") };
    let expected = Request::new("allocate_memory").option("size_mb", 7).option("hold_duration", 2);
    assert_eq!(request, expected);
    let outcome = host.record("its outcome", |record| record["record"] == "outcome");
    assert_eq!((&outcome["observed"], &outcome["result"]["allocated_mb"]), (&Json::Null, &json!(7)));
    assert_eq!(outcome["verdict"], "none", "it says nothing, and the host saw no memory: {outcome}");
    host.stop();
}

#[test]
fn a_client_never_holds_the_victims_own_object() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let worker = RubyWorker::start(&nest);
    host.registered(worker.pid());
    let mut client = chaos_kitty_tests::Wire::connect(&nest.socket());
    let mut handed_out = || match client.call("chaos", Request::new("[]").argument(1)).unwrap() {
        Value::Object(chaos_kitty_bus::Object::Name(ObjectName::Number(number))) => number,
        other => panic!("{other:?} is no proxy"),
    };
    let numbers = [handed_out(), handed_out()];
    assert_ne!(numbers[0], numbers[1], "a number is never used again");
    nest.operator().ask(&["pause"]);
    for request in [
        Request::new("delay").option("duration", 0.01),
        Request::new("public_send").argument(chaos_kitty_bus::Symbol::from("delay")).option("duration", 0.01),
    ] {
        let refused = client.call(numbers[0], request).unwrap_err();
        assert!(
            refused.message.contains("chaos is paused"),
            "also so it is the gate that is asked: {refused:?}"
        );
    }
    host.stop();
}
