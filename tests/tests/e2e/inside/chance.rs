//! Which calls are hit: by rate and seed, how many go by first, and how many are hit at most.

use chaos_kitty_tests::{Nest, json};

use super::Inside;

#[test]
fn the_same_seed_hits_the_same_calls_and_another_one_others() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let path = &*format!("path={file}");
    let mut pattern = |seed: &str| {
        let strike =
            ["disturb", "calls=write", "errno=EIO", path, "rate=0.4", seed, "times=40", "duration=20s"];
        let (outcome, answer) = inside.struck(&strike, "pattern(lambda: os.pwrite(file, b'x', 0))");
        assert_eq!((&outcome["verdict"], &outcome["observed"]["hits"]), (&json!("effective"), &json!(40)));
        // When it began is not told to the program: from its first hit to its last one.
        answer.as_str().unwrap().trim_matches('.').to_owned()
    };
    let first = pattern("seed=7");
    assert_eq!(first, pattern("seed=7"));
    assert_ne!(first, pattern("seed=8"));
    assert_eq!(first.matches('x').count(), 40);
    assert!((60..=200).contains(&first.len()), "some two in five: {first}");
    inside.end();
}

#[test]
fn the_third_call_is_hit_and_none_before_it_whoever_makes_them() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let path = &*format!("path={file}");
    let third = ["disturb", "calls=fsync,write", "errno=ENOSPC", path, "after=2", "times=1", "duration=20s"];
    let (outcome, answer) = inside.struck(&third, "until(lambda: failure(lambda: os.fsync(file)), None)");
    assert_eq!((&outcome["verdict"], answer), (&json!("effective"), json!("ENOSPC")), "{outcome}");
    // Those that were made before it was there are none of its calls.
    assert_eq!((&outcome["observed"]["calls"], &outcome["observed"]["hits"]), (&json!(3), &json!(1)));

    // Four processes at once: not one call is counted twice, or missed.
    let many = ["disturb", "calls=write", "errno=EIO", path, "after=500", "times=4", "duration=20s"];
    let (outcome, failing) = inside.struck(&many, "children_failing(4, lambda: os.pwrite(file, b'x', 0))");
    assert_eq!((&outcome["verdict"], failing), (&json!("effective"), json!(4)), "{outcome}");
    assert_eq!((&outcome["observed"]["calls"], &outcome["observed"]["hits"]), (&json!(504), &json!(4)));

    // Who makes fewer calls is hit by nothing.
    let operator = nest.operator();
    let none = ["--json", "call", super::NAME, "disturb", "calls=fsync", "errno=EIO"];
    let none = operator.run(&[&none[..], &["after=1000000", "duration=200ms"]].concat());
    assert_eq!((none.code, &none.json()["verdict"]), (1, &json!("none")), "{none:?}");
    inside.end();
}

#[test]
fn what_hits_nobody_is_nothing_and_an_error_is_raised_as_often_as_was_asked_for() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let operator = nest.operator();
    let none = operator.run(&[
        "--json",
        "call",
        super::NAME,
        "disturb",
        "calls=fsync",
        "errno=EIO",
        "duration=200ms",
    ]);
    assert_eq!((none.code, &none.json()["verdict"]), (1, &json!("none")), "{none:?}");
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    let point = &*format!("point=write:{file}");
    let (outcome, answer) = inside.struck(
        &["raise_error", "times=3", "errno=ENOSPC", point],
        "pattern(lambda: os.pwrite(file, b'x', 0)).count('x')",
    );
    assert_eq!((&outcome["verdict"], answer), (&json!("effective"), json!(3)), "{outcome}");
    inside.end();
}
