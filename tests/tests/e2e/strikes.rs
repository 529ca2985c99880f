//! The five operations, each on a real victim: what the host measured, and what the victim saw.

use chaos_kitty_tests::{Host, Json, Nest, vitals};

const FIVE: &str = r#"
version = 1
[[instance]]
operation = "hairball"
victims = { names = ["web"] }
parameters = { interval = "200ms", probability = 1, min_delay = "300ms", max_delay = "400ms" }
[[instance]]
operation = "floop"
victims = { names = ["web"] }
parameters = { interval = "200ms", probability = 1, min_size_mb = 40, max_size_mb = 60, hold_duration = "200ms" }
[[instance]]
operation = "zoomies"
victims = { names = ["web"] }
parameters = { interval = "200ms", probability = 1, min_duration = "50ms", max_duration = "80ms" }
[[instance]]
operation = "yowl"
victims = { names = ["web"] }
parameters = { interval = "200ms", probability = 1, messages = ["meow"] }
[[instance]]
operation = "scratch"
victims = { names = ["web"] }
parameters = { interval = "200ms", probability = 1, signal = "USR1" }
[[instance]]
operation = "scratch"
name = "scratch-hard"
victims = { names = ["mortal"] }
parameters = { interval = "200ms", probability = 1 }
"#;

/// An outcome that was effective, of this method on this victim.
fn effective(host: &Host, victim: &str, method: &str) -> Json {
    host.record(&format!("an effective {method} on {victim}"), |record| {
        record["record"] == "outcome"
            && record["victim"]["name"] == victim
            && record["method"] == method
            && record["verdict"] == "effective"
    })
}

#[test]
fn the_five_strike_the_victim_feels_it_and_everything_is_put_back() {
    let nest = Nest::new();
    let host = nest.host().configuration(FIVE).start();
    let mut web = nest.victim("web").start();
    host.registered("web");
    let before = vitals::cpu_seconds(web.pid());

    let delay = effective(&host, "web", "delay");
    let (asked, held) = (delay["asked"]["duration"].as_f64(), delay["observed"]["seconds_held"].as_f64());
    assert!((0.3..=0.4).contains(&asked.unwrap()) && held.unwrap() >= asked.unwrap() * 0.9, "{delay}");
    web.event("held", |_| true);
    web.event("released", |_| true);

    let memory = effective(&host, "web", "allocate_memory");
    let size = memory["observed"]["resident_mb"].as_f64().unwrap();
    assert!((40.0..=60.0).contains(&size), "{memory}");
    web.event("grown", |event| event["to"].as_f64().unwrap() - event["from"].as_f64().unwrap() >= 8.0);
    web.event("shrunk", |_| true);

    let spin = effective(&host, "web", "cpu_spin");
    let burnt = spin["observed"]["cpu_seconds"].as_f64().unwrap();
    assert!((0.045..0.6).contains(&burnt), "{spin}");
    let used = vitals::cpu_seconds(web.pid()) - before;
    assert!(used >= burnt - 0.02, "the kernel counts {used} s of CPU, and {burnt} were reported");

    effective(&host, "web", "raise_error");
    web.event("error", |error| error["message"] == "meow");

    let signal = effective(&host, "web", "signal");
    assert_eq!((&signal["asked"]["signal"], &signal["observed"]["fate"]), (&"USR1".into(), &"caught".into()));
    web.event("signal", |_| true);

    let mut mortal = nest.victim("mortal").start();
    let id = host.registered("mortal").id;
    let killed = effective(&host, "mortal", "signal");
    assert_eq!((&killed["asked"]["signal"], &killed["observed"]["fate"]), (&"TERM".into(), &"exited".into()));
    assert_eq!(mortal.process().exit_code(), 128 + 15);
    host.left(id);

    put_back(&nest, &host, &mut web);
    host.stop();
}

/// From the pause on nothing begins, what is under way ends, and the victim is as it was.
fn put_back(nest: &Nest, host: &Host, web: &mut chaos_kitty_tests::Victim) {
    nest.operator().ask(&["pause"]);
    host.log().wait_for("every strike to come to its outcome", |lines| {
        let of = |kind: &str| {
            let records = lines.iter().map(|line| &line["record"]);
            let records = records.filter(|record| record["record"] == kind);
            let begun = records.filter(|record| kind == "outcome" || record["ruling"] == "strike");
            begun.map(|record| record["strike"].as_u64().unwrap()).collect::<std::collections::BTreeSet<_>>()
        };
        (of("decision") == of("outcome")).then_some(())
    });
    nest.operator().until_nothing_is_active();
    let report = web.report();
    let resident = report["resident_mb"].as_f64().unwrap();
    assert!(resident < 40.0, "{resident} MiB are more than before: {report}");
    web.goes_on();
}
