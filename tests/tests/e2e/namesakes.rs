//! Victims that gave themselves one name: who is meant is asked, and never guessed.

use chaos_kitty_tests::{Nest, json};

#[test]
fn a_name_that_several_bear_is_a_question_and_nobody_is_struck() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let [mut one, mut other] = [(); 2].map(|()| nest.victim("twin").start());
    let first = host.registered("twin");
    let second = host.registered("twin#2");
    let operator = nest.operator();
    for command in [&["call", "twin", "raise_error", "message=boo"][..], &["detach", "twin"]] {
        let asked = operator.run(command);
        assert_eq!((asked.code, &*asked.text), (1, ""), "{asked:?}");
        for words in [
            "2 victims call themselves `twin`, and none of them was touched: give the id",
            &format!("twin (id {}, pid {})", first.id, first.pid),
            &format!("twin#2 (id {}, pid {})", second.id, second.pid),
        ] {
            assert!(asked.error.contains(words), "{command:?}: no `{words}`: {asked:?}");
        }
        let in_json = operator.run(&[&["--json"], command].concat());
        assert_eq!(in_json.code, 1, "{in_json:?}");
        assert_eq!(in_json.json()["refused"]["rule"], "several_victims", "{in_json:?}");
    }
    let refused = host.record("the refusal", |record| record["ruling"]["refused"].is_object());
    assert_eq!(refused["ruling"]["refused"]["rule"], "several_victims", "{refused}");
    assert_eq!((&one.report()["errors"], &other.report()["errors"]), (&json!(0), &json!(0)));

    // An id and a name with a number mean one of them alone.
    for (who, pid) in [
        (first.id.to_string(), first.pid),
        ("twin#2".to_owned(), second.pid),
        (second.id.to_string(), second.pid),
    ] {
        let struck = operator.ask(&["call", &who, "raise_error", "message=boo"]);
        assert_eq!(struck["victim"]["pid"], pid, "{struck}");
    }
    // Who is alone again is nobody's namesake.
    let gone = if one.pid() == second.pid { one.process() } else { other.process() };
    gone.kill();
    host.left(second.id);
    let struck = operator.ask(&["call", "twin", "raise_error", "message=boo"]);
    assert_eq!(struck["victim"]["pid"], first.pid, "{struck}");
    host.stop();
}
