//! Objects that are not its own, and too many.

use crate::arena::Arena;
use crate::told::{Told, answer, word, words};
use chaos_kitty_bus::{Message, Object, ObjectName, Request, Value};
use chaos_kitty_tests::Wire;

/// The number under which a victim is bound on this connection.
fn victim(wire: &mut Wire) -> u64 {
    match wire.call("chaos", Request::new("[]").argument(1)) {
        Ok(Value::Object(Object::Name(ObjectName::Number(number)))) => number,
        other => panic!("{other:?} is no victim"),
    }
}

fn boo() -> Request {
    Request::new("raise_error").option("message", "boo")
}

pub(crate) fn calls_an_object_of_another_connections(arena: &Arena) -> Option<Told> {
    let (mut owner, mut thief) = (arena.connect(), arena.connect());
    let number = victim(&mut owner);
    let told = answer(thief.call(number, boo()));
    drop(thief);
    assert!(answer(owner.call(number, boo())).contains("boo"), "it is its owner's still");
    Told::us([told])
}

pub(crate) fn releases_everything(arena: &Arena) -> Option<Told> {
    let (mut owner, mut thief) = (arena.connect(), arena.connect());
    let number = victim(&mut owner);
    for object in ["chaos", "victim", "nothing"] {
        thief.send(&Message::Release { object: object.into() });
    }
    for object in 0..10_000_u64 {
        thief.send(&Message::Release { object: object.into() });
    }
    let own = victim(&mut thief);
    thief.send(&Message::Release { object: own.into() });
    let gone = answer(thief.call(own, boo()));
    assert_eq!(gone, format!("NameError: Object not found: {own}"), "what was its own, and only that");
    assert!(answer(owner.call(number, boo())).contains("boo"), "another connection's stays");
    Told::us([gone, answer(thief.call("chaos", Request::new("keys")))])
}

pub(crate) fn has_objects_bound_without_end(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    for call in 0..4_097 {
        let request = Request::new("[]").argument(1);
        wire.send(&Message::Invoke { id: 2 * call + 1, object: "chaos".into(), request, block: false });
    }
    Told::us(words(&mut wire))
}

pub(crate) fn passes_objects_without_end(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    let references: Vec<Value> = (0..4_097_u64).map(|n| Object::Reference((2 * n).into()).into()).collect();
    let request = Request::new("keys").argument(references);
    wire.send(&Message::Invoke { id: 1, object: "chaos".into(), request, block: false });
    let mut heard = vec![word(&mut wire)];
    // What it passed is let go of again, which it hears of in between.
    while heard.last().is_some_and(|word| word.starts_with("Release")) {
        heard = vec![word(&mut wire)];
    }
    heard.extend(words(&mut wire));
    Told::us(heard)
}
