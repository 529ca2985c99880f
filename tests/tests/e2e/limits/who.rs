//! Victims that are protected, and those that have opted in.

use chaos_kitty_tests::Nest;

use super::{done, instance_refused_by, listed, refused, yowl};

#[test]
fn who_is_protected_is_never_struck() {
    let nest = Nest::new();
    let limits = "[limits]\nprotected = [{ names = [\"base*\"] }, { labels = { role = \"leader\" } }]\n";
    let host = nest.host().configuration(format!("version = 1\n{}{limits}", yowl("loud"))).start();
    let victims = [
        nest.victim("base-1").start(),
        nest.victim("web").label("role", "leader").start(),
        nest.victim("mail").start(),
    ];
    victims.iter().for_each(|victim| drop(host.registered(victim.pid())));
    let operator = nest.operator();
    let words = "base-1 is protected by [limits] (`protected`), and never struck: choose another victim";
    refused(&host, &operator, &["base-1", "signal", "signal=KILL"], "protected", &[words]);
    refused(&host, &operator, &["web", "cpu_spin", "duration=1ms"], "protected", &["web is protected"]);
    done(&operator, &["mail", "cpu_spin", "duration=1ms"]);
    host.record("an instance to be refused", |record| instance_refused_by(record, "loud", "protected"));
    host.strikes("mail", "raise_error");
    assert_eq!(listed(&operator, "protected")["now"], 2);
    let shown = operator.run(&["status"]).text;
    assert!(shown.contains("base*; role=leader") && shown.contains("keeps chaos off 2 victims"), "{shown}");
    host.stop();
}

#[test]
fn who_is_protected_by_its_name_is_so_whatever_number_it_got() {
    let nest = Nest::new();
    let host = super::host(&nest, "[limits]\nprotected = { names = [\"db\", \"queue#2\"] }\n");
    // The second `db` is `db#2` here, and the `web#2` that calls itself so is nobody's second.
    let names = ["db", "db", "queue", "queue", "web#2"];
    let victims = names.map(|name| {
        let victim = nest.victim(name).start();
        (host.registered(victim.pid()).id.to_string(), victim)
    });
    let operator = nest.operator();
    for name in ["db#2", "queue#2"] {
        let words = format!("{name} is protected by [limits]");
        refused(&host, &operator, &[name, "signal", "signal=KILL"], "protected", &[&words]);
    }
    // `db` alone would be a question.
    let first = operator.run(&["call", &victims[0].0, "signal", "signal=KILL"]);
    assert!(first.code == 1 && first.error.contains("db is protected by [limits]"), "{first:?}");
    for name in [&victims[2].0, "web#2"] {
        done(&operator, &[name, "cpu_spin", "duration=1ms"]);
    }
    assert_eq!(listed(&operator, "protected")["now"], 3);
    host.stop();
    drop(victims);
}

#[test]
fn only_who_has_opted_in_is_struck() {
    let nest = Nest::new();
    let limits = "[limits.operations.yowl]\nopt_in = { chaos = \"yes\" }\n";
    let host = nest.host().configuration(format!("version = 1\n{}{limits}", yowl("loud"))).start();
    let victims = [
        nest.victim("no").label("chaos", "no").start(),
        nest.victim("none").start(),
        nest.victim("yes").label("chaos", "yes").start(),
    ];
    victims.iter().for_each(|victim| drop(host.registered(victim.pid())));
    for name in ["no", "none"] {
        let record = host.record("a refusal", |record| {
            instance_refused_by(record, "loud", "not_opted_in") && record["victim"]["name"] == name
        });
        let reason = record["ruling"]["refused"]["reason"].as_str().unwrap();
        assert!(
            reason.contains("[limits.operations.yowl] lets only victims with the label chaos=yes"),
            "{reason}"
        );
    }
    host.strikes("yes", "raise_error");
    // It is yowl's limit alone.
    done(&nest.operator(), &["none", "cpu_spin", "duration=1ms"]);
    host.stop();
}

#[test]
fn an_operator_is_held_to_opt_in_too() {
    let nest = Nest::new();
    let host = super::host(&nest, "[limits]\nopt_in = { chaos = \"yes\" }\n");
    let victims = [nest.victim("web").start(), nest.victim("mail").label("chaos", "yes").start()];
    victims.iter().for_each(|victim| drop(host.registered(victim.pid())));
    let operator = nest.operator();
    let words = [
        "web has not opted in: [limits] lets only victims with the label chaos=yes be struck (`opt_in`)",
        "--label chaos=yes",
    ];
    refused(&host, &operator, &["web", "cpu_spin", "duration=1ms"], "not_opted_in", &words);
    done(&operator, &["mail", "cpu_spin", "duration=1ms"]);
    host.stop();
}

#[test]
fn a_process_that_is_protected_is_so_under_whichever_name_it_is_attached() {
    let nest = Nest::new();
    let limits = "version = 1\ninstance = []\n[limits]\nprotected = { names = [\"sh\"] }\n";
    let host = nest.host().configuration(limits).start();
    let operator = nest.operator();
    let mut target = nest.target("read end; exit 5");
    operator.ask(&["attach", &target.pid().to_string(), "--name", "cache"]);
    refused(&host, &operator, &["cache", "freeze", "duration=1"], "protected", &["cache is protected"]);
    assert_eq!(listed(&operator, "protected")["now"], 1);
    assert_eq!(target.end(), 5);
    host.stop();
}
