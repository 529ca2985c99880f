//! Any value and any message that can be built: what is encoded decodes to the same, and serde takes it or says why not.
#![no_main]

use chaos_kitty_bus::{Message, ProtocolError, Symbol, Value, from_value, to_value};
use chaos_kitty_fuzz::{Any, Coded};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::fmt::Debug;

fuzz_target!(|input: (Any<Value>, Any<Message>)| {
    let (Any(value), Any(message)) = input;
    comes_back(&value);
    comes_back(&message);
    passes_serde(value);
});

fn comes_back<T: Coded>(sent: &T) {
    match sent.encoded() {
        Ok(bytes) => sent.comes_back_from(&bytes),
        Err(error) => assert_eq!(error, ProtocolError::TooDeep { limit: 64 }),
    }
}

/// A type with what serde has to offer.
#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Unit,
    Newtype(f32),
    Tuple(i8, Option<char>),
    Struct { name: Symbol, rest: Box<Value>, nested: Option<Box<Kind>> },
}

fn passes_serde(value: Value) {
    let whole = to_value(&value).expect("a value is a value already");
    assert!(whole.is(&value), "{value:?} became {whole:?}");
    let back: Value = from_value(whole).expect("a value is a value already");
    assert!(back.is(&value), "{value:?} came back as {back:?}");

    if let Ok(json) = serde_json::to_string(&value) {
        let plain: Value = serde_json::from_str(&json).expect("what was written as JSON is read");
        assert_eq!(serde_json::to_string(&plain).expect("JSON can be written again"), json);
    }

    fits::<Kind>(&value);
    fits::<Vec<Kind>>(&value);
    fits::<BTreeMap<String, Value>>(&value);
    fits::<BTreeMap<i64, Option<u16>>>(&value);
    fits::<(u64, f64, String)>(&value);
    fits::<(bool, Symbol, ())>(&value);
    fits::<i128>(&value);
}

/// If a value fits a type, then what the type is written as fits it too, and is the same.
fn fits<T: Serialize + DeserializeOwned + Debug>(value: &Value) {
    let Ok(taken) = from_value::<T>(value.clone()) else { return };
    let given = to_value(&taken).expect("what was taken from a value can be given as one");
    let again = from_value::<T>(given).expect("what was given can be taken");
    assert_eq!(format!("{taken:?}"), format!("{again:?}"));
}
