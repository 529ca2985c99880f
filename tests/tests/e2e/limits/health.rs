//! Victims that are left healthy.

use chaos_kitty_tests::{Host, Nest, Signal, Victim};

use super::{done, host, refused, refused_by};

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

    // One that has left is not of the group any more.
    let id = host.registered("web-1").id;
    victims[0].process().kill();
    host.left(id);
    let words = "1 of 1 victims with tier=web are healthy";
    refused(&host, &operator, &["web-2", "cpu_spin", "duration=10ms"], "healthy_victims", &[words]);
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
