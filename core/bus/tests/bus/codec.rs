//! The codec: whatever is encoded comes back, and whatever bytes there are do no harm.

use crate::any;
use chaos_kitty_bus::{
    Exception, Limits, Message, Object, ProtocolError, Request, Value, decode_value, encode_value,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_value_comes_back_as_it_was(value in any::value()) {
        let bytes = bytes(value.clone());
        prop_assert_eq!(&decode_value(&bytes, &Limits::default()).unwrap(), &value);
        for end in 0..bytes.len().min(50) {
            prop_assert_eq!(decode_value(&bytes[..end], &Limits::default()), Err(ProtocolError::Truncated));
        }
    }

    #[test]
    fn a_message_comes_back_as_it_was(message in any::message(), more in 1usize..9) {
        let mut bytes = encoded(&message).unwrap();
        prop_assert_eq!(&Message::decode(&bytes, &Limits::default()).unwrap(), &message);
        for end in 0..bytes.len().min(50) {
            prop_assert_eq!(Message::decode(&bytes[..end], &Limits::default()), Err(ProtocolError::Truncated));
        }
        bytes.extend(vec![0; more]);
        let trailing = Err(ProtocolError::TrailingBytes { count: more });
        prop_assert_eq!(Message::decode(&bytes, &Limits::default()), trailing);
    }

    #[test]
    fn a_float_keeps_its_bits(bits in prop_oneof![any::<u64>(), 0x7ff0_0000_0000_0001u64..=0x7fff_ffff_ffff_ffff]) {
        let written = bytes(f64::from_bits(bits));
        prop_assert_eq!(&written[1..], &bits.to_be_bytes());
        let Ok(Value::Float(read)) = decode_value(&written, &Limits::default()) else { panic!("no float") };
        prop_assert_eq!(read.to_bits(), bits);
    }

    #[test]
    fn bytes_that_are_no_text_cross_as_a_binary_alone(raw in proptest::collection::vec(0x80u8..=0xff, 1..200)) {
        prop_assume!(std::str::from_utf8(&raw).is_err());
        let as_binary = bytes(Value::Binary(raw.clone()));
        prop_assert_eq!(decode_value(&as_binary, &Limits::default()), Ok(Value::Binary(raw.clone())));
        let length = raw.len() as u8;
        for header in [vec![0xd9, length], vec![0xc7, length, 0x20], vec![0xc7, length, 0x22]] {
            let as_text = [header, raw.clone()].concat();
            prop_assert_eq!(decode_value(&as_text, &Limits::default()), Err(ProtocolError::NotUtf8));
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

fn encoded(message: &Message) -> Result<Vec<u8>, ProtocolError> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).map(|()| bytes)
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
    for number in [i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        assert_eq!(bytes(number).len(), 9, "{number}");
        assert_eq!(decode_value(&bytes(number), &Limits::default()), Ok(Value::from(number)));
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

/// This in so many arrays.
fn nested(depth: usize, innermost: impl Into<Value>) -> Value {
    (0..depth).fold(innermost.into(), |inner, _| Value::Array(vec![inner]))
}

#[test]
fn writing_and_reading_agree_on_what_is_too_deep() {
    let exception = |backtrace| Exception { backtrace, ..Exception::runtime("it broke") };
    // What each kind needs for itself.
    for (own, innermost) in [
        (0, Value::Nil),
        (0, Value::Class("String".into())),
        (1, Value::Array(vec![])),
        (1, Value::Map(vec![(1.into(), 2.into())])),
        (1, Object::Name("thing".into()).into()),
        (1, Object::Reference(7.into()).into()),
        (1, exception(None).into()),
        (2, exception(Some(vec!["a.rb:1".into()])).into()),
    ] {
        let fits = nested(64 - own, innermost.clone());
        assert_eq!(decode_value(&bytes(fits.clone()), &Limits::default()), Ok(fits));
        let deeper = nested(65 - own, innermost);
        assert_eq!(encode_value(&deeper, &mut Vec::new()), Err(ProtocolError::TooDeep { limit: 64 }));
    }
}

#[test]
fn every_message_that_can_be_written_can_be_read() {
    let request = |value| Request::new("echo").argument(value);
    for (own, message) in [
        (0, &(|value| Message::Return { id: 1, result: value }) as &dyn Fn(Value) -> Message),
        (0, &|value| Message::Next { id: 1, result: value }),
        (0, &|value| Message::Invoke { id: 1, object: 1.into(), request: request(value), block: false }),
        (1, &|value| Message::Yield { id: 1, arguments: vec![value] }),
        (1, &|value| Message::Throw { id: 1, tag: Value::Nil, value }),
        (1, &|tag| Message::Throw { id: 1, tag, value: Value::Nil }),
    ] {
        let fits = message(nested(64 - own, 1));
        assert_eq!(Message::decode(&encoded(&fits).unwrap(), &Limits::default()), Ok(fits));
        assert_eq!(encoded(&message(nested(65 - own, 1))), Err(ProtocolError::TooDeep { limit: 64 }));
    }
}

#[test]
fn what_is_exactly_at_a_bound_is_read_and_one_more_is_not() {
    let value = Value::from(vec![0; 9]);
    let bytes = bytes(value.clone());
    let whole = Limits { frame_bytes: 10, values: 10, depth: 1, ..Limits::default() };
    assert_eq!(decode_value(&bytes, &whole), Ok(value.clone()));
    for (limits, error) in [
        (Limits { frame_bytes: 9, ..whole }, ProtocolError::FrameTooLarge { bytes: 10, limit: 9 }),
        (Limits { values: 9, ..whole }, ProtocolError::TooManyValues { limit: 9 }),
        (Limits { depth: 0, ..whole }, ProtocolError::TooDeep { limit: 0 }),
    ] {
        assert_eq!(decode_value(&bytes, &limits), Err(error));
    }

    // The transaction's number is a value of the message too.
    let message = Message::Return { id: 1, result: value };
    let bytes = encoded(&message).unwrap();
    let whole = Limits { frame_bytes: 11, values: 11, ..whole };
    assert_eq!(Message::decode(&bytes, &whole), Ok(message));
    let short = Limits { frame_bytes: 10, ..whole };
    let too_large = ProtocolError::FrameTooLarge { bytes: 11, limit: 10 };
    assert_eq!(Message::decode(&bytes, &short), Err(too_large));
    let few = Limits { values: 10, ..whole };
    assert_eq!(Message::decode(&bytes, &few), Err(ProtocolError::TooManyValues { limit: 10 }));
}

#[test]
fn lengths_take_their_shortest_form() {
    let lengths = |kind: &dyn Fn(usize) -> Value, bounds: &[(usize, usize)]| {
        for (length, header) in bounds {
            let value = kind(*length);
            let written = bytes(value.clone());
            assert_eq!(written.len(), header + length, "{} of {length}", value.kind());
            assert_eq!(decode_value(&written, &Limits::default()), Ok(value));
        }
    };
    let text = |length| Value::from("x".repeat(length));
    lengths(&text, &[(0, 1), (31, 1), (32, 2), (255, 2), (256, 3), (65_535, 3), (65_536, 5)]);
    let binary = |length| Value::Binary(vec![7; length]);
    lengths(&binary, &[(0, 2), (255, 2), (256, 3), (65_535, 3), (65_536, 5)]);
    let array = |length| Value::Array(vec![Value::Nil; length]);
    lengths(&array, &[(0, 1), (15, 1), (16, 3), (65_535, 3), (65_536, 5)]);
    // An extension has a form of its own for 1, 2, 4, 8 and 16 bytes, and a byte for its code.
    let class = |length| Value::Class("x".repeat(length));
    lengths(&class, &[(0, 3), (1, 2), (2, 2), (3, 3), (4, 2), (8, 2), (15, 3), (16, 2), (17, 3)]);
    lengths(&class, &[(255, 3), (256, 4), (65_535, 4), (65_536, 6)]);
}
