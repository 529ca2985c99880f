//! What a worker says of itself.

use crate::arena::Arena;
use crate::told::{Told, answer};
use chaos_kitty_bus::{Request, Value};
use chaos_kitty_tests::RubyWorker;

/// What a process of its own is told that registers with each of these, one after the other.
fn says(arena: &Arena, options: impl IntoIterator<Item = Vec<(&'static str, Value)>>) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let told: Vec<String> = options.into_iter().map(|options| answer(wire.register(options))).collect();
    let words = told.iter().flat_map(|word| word.chars());
    assert!(!words.into_iter().any(char::is_control), "{told:?}");
    Told::of(relay.pid(), told)
}

pub(crate) fn registers_twice(arena: &Arena) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let own = || vec![("process_id", Value::from(relay.pid())), ("name", "once".into())];
    assert_eq!(wire.register(own()), Ok(Value::Int(2)));
    let told: Vec<String> = (0..1_000).map(|_| answer(wire.register(own()))).collect();
    assert_eq!(wire.call("chaos", Request::new("keys")), Ok(Value::from(vec![1, 2])), "once it is there");
    Told::of(relay.pid(), told)
}

fn megabyte(of: &str) -> Value {
    of.repeat(1 << 20).into()
}

pub(crate) fn has_a_name_of_a_megabyte(arena: &Arena) -> Option<Told> {
    says(arena, [vec![("name", megabyte("x"))], vec![("name", megabyte("7"))]])
}

pub(crate) fn has_labels_of_a_megabyte(arena: &Arena) -> Option<Told> {
    let labels = |label: (String, Value)| {
        let (key, value) = label;
        vec![("labels", Value::Map(vec![(key.into(), value)]))]
    };
    let many = (0..100_000).map(|n| (Value::from(format!("k{n}")), Value::from("v"))).collect();
    says(
        arena,
        [
            labels(("x".repeat(1 << 20), "v".into())),
            labels(("tier".to_owned(), megabyte("x"))),
            vec![("labels", Value::Map(many))],
            vec![("methods", vec!["m"; 100_000].into())],
        ],
    )
}

pub(crate) fn has_keywords_of_a_megabyte(arena: &Arena) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let keyword = "k".repeat(1 << 20);
    let told = answer(wire.register(vec![(&keyword, 1.into())]));
    Told::of(relay.pid(), [told])
}

pub(crate) fn has_control_characters(arena: &Arena) -> Option<Told> {
    let text = |text: &str| Value::from(text);
    says(
        arena,
        [
            ("name", text("two\nlines")),
            ("name", text("\u{1b}[2J")),
            ("name", text("")),
            ("name", Value::Int(3)),
            ("name", text("17")),
            ("labels", Value::map([("tier", "a\tb")])),
            ("labels", text("tier=web")),
            ("methods", Value::from(vec!["fine", "not\0fine"])),
            ("methods", text("delay")),
            ("protocol", text("1")),
            ("process_id", text("12")),
        ]
        .map(|option| vec![option]),
    )
}

pub(crate) fn forges_a_line_of_the_log(arena: &Arena) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let told = answer(wire.register(vec![("a\n{\"level\":\"WARN\",\"message\":\"forged\"}\nb", 1.into())]));
    arena.goes_on();
    assert!(!arena.lines().iter().any(|line| line["message"] == "forged"), "a line of its own");
    Told::of(relay.pid(), [told])
}

pub(crate) fn has_another_victims_name(arena: &Arena) -> Option<Told> {
    let (relay, mut wire) = RubyWorker::relay(&arena.nest);
    let told = answer(wire.register(vec![("process_id", relay.pid().into()), ("name", "good".into())]));
    assert_eq!(arena.host.registered(relay.pid()).name, "good#2");
    Told::of(relay.pid(), [told])
}
