//! Victims that are left healthy.

use std::collections::BTreeMap;

use chaos_kitty_tests::{Host, Nest, Signal, Victim};

use super::{done, host, listed, refused, refused_by};

const ONE_OF_A_TIER: &str = "[limits]\nhealthy = { label = \"tier\", least = 1 }\n";

/// Two of a tier, one of another, and one of none.
fn four(nest: &Nest, host: &Host) -> [Victim; 4] {
    let victims = [
        nest.victim("web-1").label("tier", "web").start(),
        nest.victim("web-2").label("tier", "web").idle().start(),
        nest.victim("base").label("tier", "base").idle().start(),
        nest.victim("free").idle().start(),
    ];
    victims.iter().for_each(|victim| drop(host.registered(victim.pid())));
    victims
}

#[test]
fn the_least_of_each_group_are_left_alone() {
    let nest = Nest::new();
    let host = host(&nest, ONE_OF_A_TIER);
    let [web, ..] = &four(&nest, &host);
    let operator = nest.operator();
    let spin = |name| [name, "cpu_spin", "duration=10ms"];
    let words =
        "1 of 1 victims with tier=base are healthy, and without base 0 would be left, where [limits] keeps 1";
    refused(&host, &operator, &spin("base"), "healthy_victims", &[words]);
    // One after the other is well again.
    for name in ["web-1", "web-2"] {
        done(&operator, &spin(name));
        operator.until_nothing_is_active();
    }
    let _held = operator.start(&["call", "web-1", "delay", "duration=60"]);
    web.event("held", |_| true);
    let words = "1 of 2 victims with tier=web are healthy, and without web-2 0 would be left";
    refused(&host, &operator, &spin("web-2"), "healthy_victims", &[words]);
    done(&operator, &spin("free"));
    done(&operator, &spin("web-1"));
    let shown = operator.run(&["status"]).text;
    assert!(shown.contains("1 with tier=web") && shown.contains("1 with tier=base"), "{shown}");
    host.stop();
}

#[test]
fn a_signal_that_may_end_a_victim_leaves_it_unhealthy() {
    let nest = Nest::new();
    let host = host(&nest, ONE_OF_A_TIER);
    let mut victims = four(&nest, &host);
    let operator = nest.operator();
    // It is caught, which nobody knows before. On a machine that has much else to do ten seconds may be over until the next.
    operator.until("the other one is kept", || {
        done(&operator, &["web-1", "signal", "signal=USR1"]);
        operator.run(&["call", "web-2", "signal", "signal=USR1"]).code == 1
    });
    host.record("the refusal", |record| refused_by(record, "healthy_victims"));

    // That it has left makes nobody else more dispensable.
    let id = host.registered("web-1").id;
    victims[0].process().kill();
    host.left(id);
    let words = "victims with tier=web are healthy";
    refused(&host, &operator, &["web-2", "cpu_spin", "duration=10ms"], "healthy_victims", &[words]);
    host.stop();
}

/// Four of a tier, of which an instance kills one after the other, as far as it may.
fn killed_by_turns(limits: &str, rule: &str, at_once: usize) {
    let nest = Nest::new();
    let scratch = "[[instance]]\noperation = \"scratch\"\n\
         parameters = { interval = \"50ms\", probability = 1, signal = \"KILL\" }\n";
    let configuration = format!("version = 1\n{scratch}{limits}");
    let host = nest.host().configuration(configuration).arguments(["--paused"]).start();
    let victims = ["a", "b", "c", "d"].map(|name| nest.victim(name).label("tier", "web").idle().start());
    let ids: BTreeMap<&str, u64> = victims
        .iter()
        .zip(["a", "b", "c", "d"])
        .map(|(victim, name)| (name, host.registered(victim.pid()).id))
        .collect();
    let operator = nest.operator();
    operator.until("it knows all of them", || operator.operation("scratch")["victims"] == 4);
    operator.ask(&["resume"]);
    let first = host.record("the first strike", |record| record["ruling"] == "strike");
    host.left(ids[first["victim"]["name"].as_str().unwrap()]);
    // Decided after it has left.
    let mark = host.log().mark();
    host.record_after(mark, "a refusal", |record| refused_by(record, rule));
    let strikes: Vec<f64> = host
        .records()
        .iter()
        .filter(|record| record["ruling"] == "strike")
        .map(|record| record["offset"].as_f64().unwrap())
        .collect();
    // A strike may be made 100 ms after it was due.
    let is_apart = |some: &[f64]| some[at_once] - some[0] > 9.8;
    assert!(strikes.windows(at_once + 1).all(is_apart), "no more than {at_once} in 10 s: {strikes:?}");
    host.stop();
}

#[test]
fn who_is_killed_counts_as_a_victim_under_an_effect_though_it_has_left() {
    killed_by_turns("[limits]\nvictims = 1\n", "victims_at_once", 1);
}

#[test]
fn who_is_killed_makes_its_group_no_smaller() {
    let half = "[limits]\nhealthy = { label = \"tier\", least = \"50%\" }\n";
    killed_by_turns(half, "healthy_victims", 2);
}

#[test]
fn who_comes_back_after_it_was_killed_is_healthy() {
    let nest = Nest::new();
    let host = host(&nest, "[limits]\nvictims = 1\nhealthy = { label = \"tier\", least = 1 }\n");
    let web = || nest.victim("web-1").label("tier", "web").idle().start();
    let (before, other) = (web(), nest.victim("web-2").label("tier", "web").idle().start());
    let id = host.registered(before.pid()).id;
    host.registered(other.pid());
    let operator = nest.operator();
    let kill = |name| operator.run(&["call", name, "signal", "signal=KILL"]);
    assert_eq!(kill("web-1").code, 0);
    host.left(id);
    let after = web();
    assert_eq!(host.registered(after.pid()).name, "web-1");
    // At once, and not after ten seconds.
    assert_eq!(listed(&operator, "victims_at_once")["now"], 0);
    assert_eq!(listed(&operator, "healthy_victims")["now"], 2);
    done(&operator, &["web-2", "cpu_spin", "duration=10ms"]);
    host.stop();
}

#[test]
fn a_victim_that_does_not_answer_is_not_healthy() {
    let nest = Nest::new();
    let host = host(&nest, ONE_OF_A_TIER);
    let mut victims = four(&nest, &host);
    let operator = nest.operator();
    victims[0].process().signal(Signal::STOP);
    let answer = operator.run(&["call", "web-1", "cpu_spin", "duration=1ms", "--lease", "1ms"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    refused(&host, &operator, &["web-2", "cpu_spin", "duration=10ms"], "healthy_victims", &["tier=web"]);
    // It answers after all.
    victims[0].process().signal(Signal::CONT);
    operator.until("it is healthy again", || {
        operator.run(&["call", "web-2", "cpu_spin", "duration=10ms"]).code == 0
    });
    host.stop();
}
