//! Transactions that are not its own, and too many.

use crate::arena::Arena;
use crate::told::{Told, word, words};
use chaos_kitty_bus::{Exception, Message, Request, Value};
use chaos_kitty_tests::Wire;

fn call(id: u64, method: &str, block: bool) -> Message {
    Message::Invoke { id, object: "chaos".into(), request: Request::new(method), block }
}

pub(crate) fn calls_under_the_hosts_ids(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    wire.send(&call(2, "keys", false));
    Told::us(words(&mut wire))
}

pub(crate) fn calls_under_an_id_that_is_in_flight(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    wire.send(&call(1, "watch", true));
    assert!(word(&mut wire).starts_with("Yield"), "the watch has begun, and lasts");
    wire.send(&call(1, "keys", false));
    Told::us(words(&mut wire))
}

pub(crate) fn calls_without_end(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    for call_of_many in 0..1_025 {
        wire.send(&call(2 * call_of_many + 1, "watch", true));
    }
    Told::us(words(&mut wire))
}

/// Every kind of reply, to calls of all parities that nobody made.
fn replies_to_nothing(wire: &mut Wire, times: u64) {
    for id in 0..times {
        wire.send(&Message::Return { id, result: Value::Nil });
        wire.send(&Message::Error { id, exception: Exception::runtime("boo") });
        wire.send(&Message::Yield { id, arguments: vec![] });
        wire.send(&Message::Next { id, result: Value::Nil });
        wire.send(&Message::Throw { id, tag: Value::Nil, value: Value::Nil });
    }
}

pub(crate) fn replies_to_no_call(arena: &Arena) -> Option<Told> {
    let mut wire = arena.connect();
    replies_to_nothing(&mut wire, 2_000);
    // Nothing of it was taken for an answer or a question.
    wire.send(&call(1, "keys", false));
    Told::us([word(&mut wire)])
}

pub(crate) fn steers_as_another_user(arena: &Arena) -> Option<Told> {
    if !chaos_kitty_tests::can_be_nobody() {
        return None;
    }
    let (stranger, mut wire) = arena.nest.stranger();
    // To look is allowed.
    assert_eq!(wire.call("chaos", Request::new("keys")), Ok(Value::from(vec![1])));
    wire.call("chaos", Request::new("status")).unwrap();
    let mut heard = Vec::new();
    for _ in 0..1_000 {
        for request in [
            Request::new("[]").argument(1),
            Request::new("pause"),
            Request::new("resume"),
            Request::new("overview"),
            Request::new("victims"),
            Request::new("operations"),
            Request::new("strike").argument(1).argument("delay"),
            Request::new("watch"),
        ] {
            heard.push(wire.call("chaos", request).unwrap_err().to_string());
        }
    }
    assert!(heard.iter().all(|word| *word == heard[0]), "one and the same");
    // Nor is it a victim of root's, unless the configuration says so.
    heard.push(wire.register(vec![("process_id", stranger.pid().into())]).unwrap_err().to_string());
    Some(Told::of(stranger.pid(), heard)?.by(chaos_kitty_tests::NOBODY))
}
