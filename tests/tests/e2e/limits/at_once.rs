//! Effects, victims and healthy victims at once, and strikes per minute.

use chaos_kitty_tests::{Nest, json};

use super::{done, host, instance_refused_by, listed, refused, yowl};

const DELAY: &str = "duration=20";

#[test]
fn no_more_effects_at_once_than_allowed_for_operators_and_instances() {
    let nest = Nest::new();
    let configuration = format!("version = 1\n{}[limits]\neffects = 1\n", yowl("loud"));
    let host = nest.host().configuration(configuration).arguments(["--paused"]).start();
    let (web, mail) = (nest.victim("web").start(), nest.victim("mail").idle().start());
    host.registered(web.pid());
    host.registered(mail.pid());
    let operator = nest.operator();
    // The instance waits until the operator's effect is under way.
    operator.ask(&["pause"]);
    operator.ask(&["operations", "unload", "loud"]);
    operator.ask(&["resume"]);
    let held = operator.start(&["call", "web", "delay", DELAY]);
    web.event("held", |_| true);
    let words = [
        "1 effect is under way, and [limits] allows 1 at once (`effects`): wait until one ends, or raise it",
    ];
    refused(&host, &operator, &["mail", "cpu_spin", "duration=10ms"], "effects_at_once", &words);
    let limit = listed(&operator, "effects_at_once");
    assert_eq!(
        (&limit["table"], &limit["bound"], &limit["now"], &limit["full"]),
        (&json!("[limits]"), &json!(1), &json!(1), &json!(true))
    );
    let shown = operator.run(&["status"]).text;
    assert!(shown.contains("effects_at_once") && shown.contains("1, and no more"), "{shown}");

    operator.ask(&["reload"]);
    host.record("the instance to be refused", |record| {
        instance_refused_by(record, "loud", "effects_at_once")
    });
    // Whoever hangs up has his effect ended, and its place is free.
    drop(held);
    web.event("released", |_| true);
    host.record("the instance to strike", |record| {
        record["ruling"] == "strike" && record["origin"]["instance"]["name"] == "loud"
    });
    host.stop();
}
