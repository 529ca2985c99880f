//! Effects and victims at once, and strikes per minute.

use chaos_kitty_tests::{Nest, json};

use super::{done, host, instance_refused_by, listed, refused, yowl};

#[test]
fn no_more_effects_at_once_than_allowed_for_operators_and_instances() {
    let nest = Nest::new();
    let configuration = format!("version = 1\n{}[limits]\neffects = 1\n", yowl("loud"));
    let host = nest.host().configuration(configuration).start();
    let operator = nest.operator();
    // The operator comes first.
    operator.ask(&["operations", "unload", "loud"]);
    let (mut web, mail) = (nest.victim("web").start(), nest.victim("mail").idle().start());
    host.registered(web.pid());
    host.registered(mail.pid());
    let _held = operator.start(&["call", "web", "delay", "duration=60"]);
    web.event("held", |_| true);
    let words =
        "1 effect is under way, and [limits] allows 1 at once (`effects`): wait until one ends, or raise it";
    refused(&host, &operator, &["mail", "cpu_spin", "duration=10ms"], "effects_at_once", &[words]);
    let limit = listed(&operator, "effects_at_once");
    let figures = (&limit["table"], &limit["bound"], &limit["now"], &limit["full"]);
    assert_eq!(figures, (&json!("[limits]"), &json!(1), &json!(1), &json!(true)));
    let shown = operator.run(&["status"]).text;
    assert!(shown.contains("effects_at_once") && shown.contains("1, and no more"), "{shown}");

    operator.ask(&["reload"]);
    host.record("the instance to be refused", |record| {
        instance_refused_by(record, "loud", "effects_at_once")
    });
    // The effect is over with its victim, and its place is free.
    web.process().kill();
    host.record("the instance to strike", |record| {
        record["ruling"] == "strike" && record["origin"]["instance"]["name"] == "loud"
    });
    host.stop();
}

#[test]
fn no_more_victims_at_once_than_their_share() {
    let nest = Nest::new();
    // A third of four is one.
    let host = host(&nest, "[limits]\nvictims = \"34%\"\n");
    let mut web = nest.victim("web").start();
    let others = ["a", "b", "c"].map(|name| nest.victim(name).idle().start());
    host.registered(web.pid());
    others.iter().for_each(|victim| drop(host.registered(victim.pid())));
    let operator = nest.operator();
    let _held = operator.start(&["call", "web", "delay", "duration=60"]);
    web.event("held", |_| true);
    let words = "1 of 4 victims is under an effect, and [limits] allows 1, 34% of them, at once (`victims`)";
    refused(&host, &operator, &["a", "cpu_spin", "duration=10ms"], "victims_at_once", &[words]);
    done(&operator, &["web", "cpu_spin", "duration=10ms"]);
    let shown = operator.run(&["status"]).text;
    assert!(shown.contains("34%, that is 1") && shown.contains("1, and no more"), "{shown}");
    web.process().kill();
    host.left(host.registered("web").id);
    operator.until_nothing_is_active();
    done(&operator, &["a", "cpu_spin", "duration=10ms"]);
    host.stop();
}

#[test]
fn no_more_strikes_in_a_minute_than_allowed_and_refused_ones_are_none() {
    let nest = Nest::new();
    let host = host(&nest, "[limits]\nstrikes_per_minute = 2\n");
    let web = nest.victim("web").idle().start();
    host.registered(web.pid());
    let operator = nest.operator();
    let spin = ["web", "cpu_spin", "duration=1ms"];
    done(&operator, &spin);
    operator.ask(&["pause"]);
    assert_eq!(operator.run(&[&["call"], &spin[..]].concat()).code, 1, "it is paused");
    operator.ask(&["resume"]);
    assert_eq!(listed(&operator, "strikes_per_minute")["now"], 1);
    done(&operator, &spin);
    let words = [
        "2 strikes were made in the last 60 s, and [limits] allows 2 (`strikes_per_minute`): the next may be in ",
        " s, or raise it",
    ];
    refused(&host, &operator, &spin, "strikes_per_minute", &words);
    assert_eq!(listed(&operator, "strikes_per_minute")["now"], 2);
    host.stop();
}
