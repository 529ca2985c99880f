//! An instance strikes only the victims that it selects, by name and by label.

use std::collections::BTreeSet;

use chaos_kitty_tests::{Json, Nest};

const SELECTIVE: &str = r#"
version = 1
[[instance]]
operation = "hairball"
name = "by-name"
victims = { names = ["api-*", "mail"] }
parameters = { interval = "10ms", probability = 1, min_delay = "1ms", max_delay = "1ms" }
[[instance]]
operation = "yowl"
name = "by-label"
victims = { labels = { tier = "front*" } }
parameters = { interval = "10ms", probability = 1 }
[[instance]]
operation = "zoomies"
name = "by-both"
victims = { names = ["api-*"], labels = { tier = "*" } }
parameters = { interval = "10ms", probability = 1, min_duration = "1ms", max_duration = "1ms" }
[[instance]]
operation = "floop"
name = "nobody"
victims = { names = ["api"] }
parameters = { interval = "10ms", probability = 1 }
"#;

/// Enough strikes that a wrong one would be among them.
const ENOUGH: usize = 40;

#[test]
fn names_and_labels_select() {
    let nest = Nest::new();
    let host = nest.host().configuration(SELECTIVE).arguments(["--dry-run"]).start();
    let victims = [
        nest.victim("api-1").label("tier", "frontend").idle().start(),
        nest.victim("api-2").idle().start(),
        nest.victim("mail").label("tier", "back").idle().start(),
        nest.victim("web").label("tier", "front").idle().start(),
    ];
    victims.iter().for_each(|victim| drop(host.registered(victim.pid())));
    let mark = host.log().mark();
    for (instance, expected) in [
        ("by-name", &["api-1", "api-2", "mail"][..]),
        ("by-label", &["api-1", "web"]),
        ("by-both", &["api-1"]),
        ("nobody", &[]),
    ] {
        assert_eq!(nest.operator().operation(instance)["victims"], expected.len(), "{instance}");
        if expected.is_empty() {
            continue;
        }
        let struck = host.log().wait_for(&format!("{ENOUGH} strikes of {instance}"), |lines| {
            let records = lines[mark..].iter().map(|line| &line["record"]);
            let own = records.filter(|record| record["origin"]["instance"]["name"] == instance);
            let names: Vec<Json> = own.map(|record| record["victim"]["name"].clone()).collect();
            (names.len() >= ENOUGH).then_some(names)
        });
        let struck: BTreeSet<&str> = struck.iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(struck, expected.iter().copied().collect(), "{instance}");
    }
    assert!(!host.records().iter().any(|record| record["origin"]["instance"]["name"] == "nobody"));
    host.stop();
}
