//! Limits of an operation, or of one instance.

use chaos_kitty_tests::{Json, Nest};

use super::{done, instance_refused_by, yowl};

/// When these struck, in seconds since the start of the run.
fn strikes(records: &[Json], instances: &[&str]) -> Vec<f64> {
    let is_own = |record: &&Json| instances.iter().any(|name| record["origin"]["instance"]["name"] == *name);
    let struck = records.iter().filter(is_own).filter(|record| record["ruling"] == "strike");
    struck.map(|record| record["offset"].as_f64().unwrap()).collect()
}

/// Whether there were so many at least, and never more within a minute.
fn are_at_most(strikes: &[f64], most: usize) -> bool {
    strikes.len() >= most && strikes.windows(most + 1).all(|some| some[most] - some[0] > 59.9)
}

#[test]
fn an_operations_limit_counts_all_its_instances_and_an_instances_its_own() {
    let nest = Nest::new();
    let configuration = format!(
        "version = 1\n{}{}{}[limits.operations.yowl]\nstrikes_per_minute = 4\n\
         [limits.operations.cat]\nstrikes_per_minute = 1\n",
        yowl("loud"),
        yowl("quiet"),
        "[[instance]]\noperation = \"zoomies\"\nname = \"cat\"\n\
         parameters = { interval = \"50ms\", probability = 1, min_duration = \"1ms\", max_duration = \"1ms\" }\n",
    );
    let host = nest.host().configuration(configuration).start();
    let web = nest.victim("web").start();
    host.registered(web.pid());
    for instance in ["loud", "quiet", "cat"] {
        host.record("a refusal", |record| instance_refused_by(record, instance, "strikes_per_minute"));
    }
    let records = host.records();
    for (instances, most) in [(&["loud", "quiet"][..], 4), (&["cat"], 1)] {
        let strikes = strikes(&records, instances);
        assert!(are_at_most(&strikes, most), "{instances:?} at {strikes:?}");
    }
    let reason = |instance: &str| {
        let record = host.record("it", |record| instance_refused_by(record, instance, "strikes_per_minute"));
        record["ruling"]["refused"]["reason"].as_str().unwrap().to_owned()
    };
    assert!(reason("loud").contains("[limits.operations.yowl] allows 4"), "{}", reason("loud"));
    assert!(reason("cat").contains("[limits.operations.cat] allows 1"), "{}", reason("cat"));
    // They are no concern of the operator's.
    done(&nest.operator(), &["web", "cpu_spin", "duration=1ms"]);
    host.stop();
}
