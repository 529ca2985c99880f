//! Which calls are hit: by rate and seed, and how many at most.

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
