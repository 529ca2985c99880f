//! The codec: whatever is encoded comes back, and whatever bytes there are do no harm.

use chaos_kitty_bus::{
    Exception, Limits, Message, Object, ObjectName, ProtocolError, Symbol, Value, decode_value, encode_value,
};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = ObjectName> {
    prop_oneof![".{0,20}".prop_map(ObjectName::from), any::<u64>().prop_map(ObjectName::from)]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-300i64..300).prop_map(Value::from),
        any::<f64>().prop_filter("NaN is not itself", |n| !n.is_nan()).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        ".{0,20}".prop_map(|text| Symbol::from(text).into()),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Value::Binary),
        "[A-Z][a-z]{0,9}".prop_map(Value::Class),
        name().prop_map(|name| Object::Name(name).into()),
        name().prop_map(|name| Object::Reference(name).into()),
        (".{0,9}", ".{0,40}", proptest::option::of(proptest::collection::vec(".{0,9}", 0..20)))
            .prop_map(|(class, message, backtrace)| Exception { class, message, backtrace }.into()),
    ];
    leaf.prop_recursive(5, 64, 20, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            proptest::collection::vec((inner.clone(), inner), 0..20).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_comes_back_as_it_was(value in value()) {
        let mut bytes = Vec::new();
        encode_value(&value, &mut bytes).unwrap();
        prop_assert_eq!(&decode_value(&bytes, &Limits::default()).unwrap(), &value);
        for end in 0..bytes.len().min(50) {
            prop_assert_eq!(decode_value(&bytes[..end], &Limits::default()), Err(ProtocolError::Truncated));
        }
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode_value(&bytes, &Limits::default());
        let _ = Message::decode(&bytes, &Limits::default());
    }

    #[test]
    fn bytes_that_look_like_messages_do_no_harm(code in 0u8..0x40, payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = vec![0xc7, payload.len() as u8, code];
        bytes.extend(payload);
        let _ = Message::decode(&bytes, &Limits::default());
    }
}

fn bytes(value: impl Into<Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_value(&value.into(), &mut bytes).unwrap();
    bytes
}

#[test]
fn integers_take_their_shortest_form() {
    for (number, length) in [
        (0, 1),
        (127, 1),
        (128, 2),
        (255, 2),
        (256, 3),
        (65_535, 3),
        (65_536, 5),
        (4_294_967_295, 5),
        (4_294_967_296, 9),
        (-1, 1),
        (-32, 1),
        (-33, 2),
        (-128, 2),
        (-129, 3),
        (-32_768, 3),
        (-32_769, 5),
        (-2_147_483_648, 5),
        (-2_147_483_649, 9),
        (i64::MIN, 9),
    ] {
        assert_eq!(bytes(number).len(), length, "{number}");
    }
    assert_eq!(bytes(1.0).len(), 9, "a float is always 64 bits");
}

#[test]
fn longer_forms_are_read_as_well() {
    let read = |bytes: &[u8]| decode_value(bytes, &Limits::default()).unwrap();
    assert_eq!(read(&[0xcf, 0, 0, 0, 0, 0, 0, 0, 1]), Value::Int(1));
    assert_eq!(read(&[0xd3, 0, 0, 0, 0, 0, 0, 0, 1]), Value::Int(1));
    assert_eq!(read(&[0xca, 0x3f, 0xc0, 0, 0]), Value::Float(1.5));
    assert_eq!(read(&[0xdd, 0, 0, 0, 1, 0xc0]), Value::Array(vec![Value::Nil]));
    assert_eq!(read(&[0xdb, 0, 0, 0, 1, b'a']), Value::from("a"));
}

#[test]
fn a_live_object_needs_a_connection() {
    struct Nobody;
    impl chaos_kitty_bus::Controller for Nobody {
        fn call(self: std::sync::Arc<Self>, _: chaos_kitty_bus::Call) -> chaos_kitty_bus::Answer {
            Box::pin(async { Ok(Value::Nil) })
        }
        fn responds_to(&self, _: &str) -> bool {
            false
        }
    }
    let ours = Value::from(std::sync::Arc::new(Nobody) as std::sync::Arc<dyn chaos_kitty_bus::Controller>);
    assert_eq!(encode_value(&ours, &mut Vec::new()), Err(ProtocolError::UnboundObject));
}

#[test]
fn what_nests_too_deep_is_not_encoded() {
    let nested = (0..100).fold(Value::Nil, |inner, _| Value::Array(vec![inner]));
    assert_eq!(encode_value(&nested, &mut Vec::new()), Err(ProtocolError::TooDeep { limit: 64 }));
}
