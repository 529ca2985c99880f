//! Types of one's own: through a value, over the wire, and back.

use crate::any;
use chaos_kitty_bus::{Limits, Symbol, Value, decode_value, encode_value, from_value, to_value};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Unit,
    Newtype(f64),
    Tuple(i8, Option<char>),
    Struct { name: Symbol, count: u64 },
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Everything {
    number: i64,
    single: f32,
    text: String,
    maybe: Option<bool>,
    kinds: Vec<Kind>,
    counts: BTreeMap<String, u16>,
    pair: (Symbol, ()),
    whatever: Value,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Unit),
        (-1e9..1e9).prop_map(Kind::Newtype),
        (any::<i8>(), option::of(any::<char>())).prop_map(|(number, letter)| Kind::Tuple(number, letter)),
        (".{0,9}", any::<u64>()).prop_map(|(name, count)| Kind::Struct { name: name.into(), count }),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let plain = (any::<i64>(), -1e9f32..1e9, ".{0,20}", option::of(any::<bool>()));
    let nested = (vec(kind(), 0..5), btree_map(".{0,9}", any::<u16>(), 0..5), ".{0,9}", any::value());
    (plain, nested).prop_map(|((number, single, text, maybe), (kinds, counts, name, whatever))| Everything {
        number,
        single,
        text,
        maybe,
        kinds,
        counts,
        pair: (name.into(), ()),
        whatever,
    })
}

proptest! {
    #[test]
    fn a_type_crosses_the_wire_and_is_the_same(sent in everything()) {
        let mut bytes = Vec::new();
        encode_value(&to_value(&sent).unwrap(), &mut bytes).unwrap();
        let received = decode_value(&bytes, &Limits::default()).unwrap();
        prop_assert_eq!(from_value::<Everything>(received).unwrap(), sent);
    }

    #[test]
    fn a_value_that_fits_no_type_is_said_and_does_no_harm(value in any::value()) {
        let _ = from_value::<Kind>(value.clone());
        let _ = from_value::<Vec<Kind>>(value.clone());
        let _ = from_value::<BTreeMap<i64, Option<u16>>>(value.clone());
        let error = from_value::<Everything>(value).unwrap_err();
        prop_assert!(!error.to_string().is_empty());
    }
}
