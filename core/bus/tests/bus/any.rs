//! Any value and any message there is, for properties.

use chaos_kitty_bus::{Exception, Message, Object, ObjectName, Request, Symbol, Value};
use proptest::collection::vec;
use proptest::prelude::*;

fn symbol() -> impl Strategy<Value = Symbol> {
    ".{0,20}".prop_map(Symbol::from)
}

pub(crate) fn name() -> impl Strategy<Value = ObjectName> {
    prop_oneof![symbol().prop_map(ObjectName::from), any::<u64>().prop_map(ObjectName::from)]
}

fn exception() -> impl Strategy<Value = Exception> {
    (".{0,9}", ".{0,40}", proptest::option::of(vec(".{0,9}", 0..20)))
        .prop_map(|(class, message, backtrace)| Exception { class, message, backtrace })
}

/// What holds no other value.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-300i64..300).prop_map(Value::from),
        any::<f64>().prop_filter("NaN is not itself", |n| !n.is_nan()).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        symbol().prop_map(Value::from),
        vec(any::<u8>(), 0..300).prop_map(Value::Binary),
        "[A-Z][a-z]{0,9}".prop_map(Value::Class),
        name().prop_map(|name| Object::Name(name).into()),
        name().prop_map(|name| Object::Reference(name).into()),
        exception().prop_map(Value::from),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 64, 20, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(Value::Array),
            vec((inner.clone(), inner), 0..20).prop_map(Value::Map),
        ]
    })
}

fn request() -> impl Strategy<Value = Request> {
    (symbol(), vec(value(), 0..4), vec((value(), value()), 0..4))
        .prop_map(|(method, arguments, options)| Request { method, arguments, options })
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    let id = any::<u64>;
    prop_oneof![
        (id(), name(), request(), any::<bool>()).prop_map(|(id, object, request, block)| Message::Invoke {
            id,
            object,
            request,
            block
        }),
        (id(), value()).prop_map(|(id, result)| Message::Return { id, result }),
        (id(), vec(value(), 0..20)).prop_map(|(id, arguments)| Message::Yield { id, arguments }),
        (id(), exception()).prop_map(|(id, exception)| Message::Error { id, exception }),
        (id(), value()).prop_map(|(id, result)| Message::Next { id, result }),
        (id(), value(), value()).prop_map(|(id, tag, value)| Message::Throw { id, tag, value }),
        id().prop_map(|id| Message::Close { id }),
        name().prop_map(|object| Message::Release { object }),
    ]
}
