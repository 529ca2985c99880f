//! The four operations that reach into a program, all at once on redis: it takes what comes, and is well afterwards.

use crate::redis::Redis;

const CONFIGURATION: &str = r#"
version = 1

[[instance]]
operation = "pounce"
parameters = { interval = 0.5, probability = 1, min_duration = 0.1, max_duration = 0.2 }

[[instance]]
name = "resets"
operation = "hiss"
parameters = { interval = 0.3, probability = 1, calls = ["read", "recv"], address = "unix:*", errno = "ECONNRESET", rate = 0.05, duration = 0.2 }

[[instance]]
name = "slow"
operation = "hiss"
parameters = { interval = 0.4, probability = 1, calls = ["fsync"], delay = "20ms", rate = 1, duration = 0.3 }

[[instance]]
operation = "mousetrap"
parameters = { interval = 0.7, probability = 1, leave = 0, duration = 0.2 }

[[instance]]
operation = "catnap"
parameters = { interval = 0.6, probability = 1, duration = 0.3 }
"#;

#[test]
fn all_of_them_at_once_cost_it_nothing_that_it_had_acknowledged() {
    let Some(mut redis) = Redis::under(CONFIGURATION) else { return };
    // Until each of them has done something at least three times.
    let wanted = ["freeze", "disturb", "take_descriptors", "shift_clock"];
    let enough = |redis: &Redis| {
        let records = redis.scene.host().records();
        let done = |method: &str| {
            let outcomes = records.iter().filter(|record| {
                record["record"] == "outcome" && record["method"] == method && record["verdict"] != "none"
            });
            outcomes.count() >= 3
        };
        wanted.into_iter().all(done)
    };
    redis.keeps_until(enough);
    redis.scene.operator().ask(&["pause"]);
    redis.scene.operator().until_nothing_is_active();
    redis.ends_well();
}
