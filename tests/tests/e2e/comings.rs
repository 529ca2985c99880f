//! Victims come, go and are killed: roster, operations and names follow.

use chaos_kitty_tests::{Json, Nest, json};

const TWO: &str = "version = 1\n[[instance]]\noperation = \"hairball\"\nparameters = { interval = \"1h\" }\n\
                   [[instance]]\noperation = \"yowl\"\nparameters = { interval = \"1h\" }\n";

/// The victims of both operations, as they count them themselves, and as the host lists them.
fn counted(nest: &Nest) -> [Json; 4] {
    let operator = nest.operator();
    let listed = operator.ask(&["operations"]);
    let victims = |name: &str| operator.operation(name)["victims"].clone();
    [victims("hairball"), victims("yowl"), listed[0]["victims"].clone(), listed[1]["victims"].clone()]
}

fn listed(nest: &Nest) -> Vec<(u64, String)> {
    let victims = nest.operator().ask(&["victims"]);
    let victims = victims.as_array().unwrap().iter();
    victims.map(|v| (v["id"].as_u64().unwrap(), v["name"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn roster_and_operations_follow_who_comes_goes_and_is_killed() {
    let nest = Nest::new();
    let host = nest.host().configuration(TWO).start();
    let mut one = nest.victim("one").idle().start();
    assert_eq!(host.registered("one").id, 1);
    let mut two = nest.victim("two").idle().start();
    assert_eq!(host.registered("two").id, 2);
    assert_eq!(counted(&nest), [2, 2, 2, 2].map(Json::from));

    two.process().kill();
    host.left(2);
    assert_eq!(listed(&nest), [(1, "one".to_owned())]);
    assert_eq!(counted(&nest), [1, 1, 1, 1].map(Json::from), "remove reached the operations");

    drop(one.process().take_input());
    assert_eq!(one.process().exit_code(), 0, "a victim that ends takes its leave");
    host.left(1);
    assert!(listed(&nest).is_empty());
    assert_eq!(counted(&nest), [0, 0, 0, 0].map(Json::from));

    let again = nest.victim("two").idle().start();
    let registered = host.registered(again.pid());
    assert_eq!((registered.id, &*registered.name), (3, "two"), "another id, the same name");
    assert_eq!(counted(&nest), [1, 1, 1, 1].map(Json::from));
    host.stop();
}

#[test]
fn a_victim_that_is_killed_in_the_middle_of_an_effect_leaves_no_trace() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut web = nest.victim("web").start();
    let id = host.registered("web").id;
    let mut call = nest.operator().start(&["--json", "call", "web", "delay", "duration=60"]);
    web.event("held", |_| true);
    web.process().kill();
    host.left(id);
    assert_eq!(call.exit_code(), 1, "{}", call.complained().shown());
    let outcome = host.record("the outcome", |record| record["record"] == "outcome");
    assert_eq!(
        (&outcome["verdict"], &outcome["error"]["kind"]),
        (&json!("unknown"), &json!("unclear")),
        "{outcome}"
    );
    nest.operator().until_nothing_is_active();
    host.stop();
}

#[test]
fn who_comes_back_has_its_name_and_nobody_elses() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let first = nest.victim("web").idle().start();
    assert_eq!(host.registered(first.pid()).name, "web");
    let mut second = nest.victim("web").idle().start();
    let gone = host.registered(second.pid());
    assert_eq!(gone.name, "web#2");
    second.process().kill();
    host.left(gone.id);
    let second = nest.victim("web").idle().start();
    let back = host.registered(second.pid());
    assert_eq!((&*back.name, back.id), ("web#2", gone.id + 1));
    host.stop();
}

#[test]
fn a_broken_plugin_does_not_keep_the_others_from_learning_who_comes_and_goes() {
    let nest = Nest::new();
    let configuration = format!(
        "{TWO}[[instance]]\noperation = \"misbehaving\"\nname = \"sour\"\nparameters = {{ misdeed = \"error in register\" }}\n\
         [[instance]]\noperation = \"misbehaving\"\nname = \"clingy\"\nparameters = {{ misdeed = \"error in remove\" }}\n"
    );
    let host = nest.host().configuration(configuration).start();
    let mut web = nest.victim("web").idle().start();
    let id = host.registered("web").id;
    host.wait("what the one says", |line| line["instance"] == "sour" && line["level"] == "WARN");
    assert_eq!(counted(&nest), [1, 1, 1, 1].map(Json::from));
    web.process().kill();
    host.left(id);
    host.wait("what the other says", |line| line["instance"] == "clingy" && line["level"] == "WARN");
    assert_eq!(counted(&nest), [0, 0, 0, 0].map(Json::from));
    host.stop();
}
