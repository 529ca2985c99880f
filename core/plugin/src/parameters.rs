//! What an author's parameters say of themselves.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

pub use chaos_kitty_plugin_derive::Parameters;

use crate::{Errno, Interval, Kind, Megabytes, Probability, Seconds, Shift, Signal, Value};

/// A type that parameters can have. For an author's own it is derived, and then `chaos-kitty operations describe` shows
/// each parameter with its type, unit, default and the words of its doc comment.
///
/// ```
/// use chaos_kitty_plugin::{Interval, Parameters, Seconds, Value, serde};
///
/// /// Holds a random victim.
/// #[derive(serde::Deserialize, Parameters)]
/// #[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
/// struct Hiccup {
///     /// How far apart two hiccups are.
///     interval: Interval,
///     /// How long one lasts.
///     duration: Seconds,
/// }
///
/// impl Default for Hiccup {
///     fn default() -> Self {
///         Self { interval: Interval::from(10), duration: Seconds::from(0.2) }
///     }
/// }
///
/// let kind = Hiccup::kind();
/// assert_eq!(kind.meaning, "Holds a random victim.");
/// let duration = &kind.parameters[1];
/// assert_eq!((&*duration.name, &*duration.kind.name, duration.kind.unit), ("duration", "time", "s"));
/// assert_eq!((&duration.default, &*duration.meaning), (&Some(Value::Float(0.2)), "How long one lasts."));
/// ```
///
/// Names and defaults are those that serde's attributes give (`default`, `rename`, `rename_all`, `flatten`, `skip`); the
/// parameter without a default must be given. An enum is a choice of its variants. Nothing else changes where it is not
/// derived: the operation is then described without parameters.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be described as a parameter",
    note = "derive Parameters for a type of your own, or leave the derive out: then parameters are not described"
)]
pub trait Parameters {
    /// What it is.
    fn kind() -> Kind;

    /// A value as configuration would write it.
    fn value(&self) -> Value;

    /// What it is where it is left out without a default, `None` where it cannot be.
    fn missing() -> Option<Value> {
        None
    }
}

macro_rules! simple {
    ($($type:ty => $kind:expr, $value:expr;)*) => {
        $(impl Parameters for $type {
            fn kind() -> Kind {
                $kind
            }
            fn value(&self) -> Value {
                let value: fn(&Self) -> Value = $value;
                value(self)
            }
        })*
    };
}

/// From 0 to 1, as it is shown in the place of a unit.
const SHARE: &str = "0 to 1";

simple! {
    () => Kind::table(Vec::new()), |()| Value::Map(Vec::new());
    bool => Kind::named("true or false"), |value| Value::Bool(*value);
    String => Kind::named("text"), |text| Value::from(&**text);
    char => Kind::named("letter"), |letter| Value::from(letter.to_string());
    PathBuf => Kind::named("path"), |path| Value::from(&*path.to_string_lossy());
    f64 => Kind::named("number"), |number| Value::Float(*number);
    f32 => Kind::named("number"), |number| Value::Float(f64::from(*number));
    Seconds => Kind::named("time").unit("s"), |time| {
        if time.is_whole() { Value::Int(time.as_f64() as i64) } else { Value::Float(time.as_f64()) }
    };
    Shift => Kind::named("time, forward or back").unit("s"), |shift| Value::Float(shift.as_f64());
    Interval => Kind::named("time").unit("s"), |interval| interval.seconds().value();
    Megabytes => Kind::named("size").unit("MiB"), |size| Value::Int((*size).into());
    Probability => Kind::named("probability").unit(SHARE), |probability| Value::Float(probability.get());
    Errno => Kind::named("error of a call"), |errno| Value::from(errno.name());
    Signal => Kind::named("signal"), |signal| Value::from(signal.name());
}

macro_rules! integers {
    ($($type:ty)*) => {
        simple! { $($type => Kind::named("whole number"), |number| {
            i64::try_from(*number).map_or(Value::UInt(*number as u64), Value::Int)
        };)* }
    };
}

integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

/// Without one, it is nothing.
impl<T: Parameters> Parameters for Option<T> {
    fn kind() -> Kind {
        T::kind()
    }
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Nil, Parameters::value)
    }
    fn missing() -> Option<Value> {
        Some(Value::Nil)
    }
}

impl<T: Parameters> Parameters for Box<T> {
    fn kind() -> Kind {
        T::kind()
    }
    fn value(&self) -> Value {
        T::value(self)
    }
    fn missing() -> Option<Value> {
        T::missing()
    }
}

impl<T: Parameters> Parameters for Vec<T> {
    fn kind() -> Kind {
        T::kind().many("list")
    }
    fn value(&self) -> Value {
        Value::Array(self.iter().map(Parameters::value).collect())
    }
}

impl<T: Parameters, const N: usize> Parameters for [T; N] {
    fn kind() -> Kind {
        T::kind().many("list")
    }
    fn value(&self) -> Value {
        Value::Array(self.iter().map(Parameters::value).collect())
    }
}

macro_rules! maps {
    ($($map:ident)*) => {
        $(impl<T: Parameters> Parameters for $map<String, T> {
            fn kind() -> Kind {
                T::kind().many("table")
            }
            fn value(&self) -> Value {
                Value::Map(self.iter().map(|(name, value)| (Value::from(&**name), value.value())).collect())
            }
        })*
    };
}

maps!(BTreeMap HashMap);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameter;

    /// How it goes.
    #[derive(serde::Deserialize, Parameters)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code, reason = "what counts is how it is described")]
    enum Way {
        /// At once.
        VeryFast,
        #[serde(rename = "lazily")]
        Slow,
        #[serde(skip)]
        Never,
    }

    #[derive(serde::Deserialize, Parameters)]
    struct Range {
        /// Where it begins.
        low: u8,
        high: Option<u8>,
    }

    #[derive(serde::Deserialize, Parameters)]
    struct Shared {
        #[serde(default)]
        loud: bool,
    }

    #[derive(serde::Deserialize, Parameters)]
    #[serde(rename_all(deserialize = "camelCase"), deny_unknown_fields)]
    #[allow(dead_code, reason = "what counts is how it is described")]
    struct Everything {
        /// Over two
        /// lines.
        way_to_go: Way,
        #[serde(default = "three", alias = "old")]
        times: Times,
        #[serde(rename = "in")]
        inside: Range,
        ranges: Vec<Range>,
        #[serde(flatten)]
        shared: Shared,
        #[serde(skip, default = "three")]
        kept: Times,
    }

    /// A number of times.
    #[derive(serde::Deserialize, Parameters)]
    struct Times(u32);

    fn three() -> Times {
        Times(3)
    }

    fn named<'a>(parameters: &'a [Parameter], name: &str) -> &'a Parameter {
        parameters.iter().find(|parameter| parameter.name == name).unwrap_or_else(|| panic!("no {name}"))
    }

    #[test]
    fn names_defaults_and_words_are_those_of_the_type() {
        let parameters = Everything::kind().parameters;
        let names: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(names, ["wayToGo", "times", "in", "ranges", "loud"]);

        let way = named(&parameters, "wayToGo");
        assert_eq!((way.meaning, way.kind.meaning, &way.default), ("Over two lines.", "How it goes.", &None));
        let choices: Vec<_> = way.kind.choices.iter().map(|choice| (choice.name, choice.meaning)).collect();
        assert_eq!(choices, [("very-fast", "At once."), ("lazily", "")]);

        let times = named(&parameters, "times");
        assert_eq!((&*times.kind.name, times.kind.meaning), ("whole number", "A number of times."));
        assert_eq!(times.default, Some(Value::Int(3)));
        assert_eq!(named(&parameters, "loud").default, Some(Value::Bool(false)));

        let low = named(&named(&parameters, "in").kind.parameters, "low").clone();
        assert_eq!((low.meaning, low.default), ("Where it begins.", None));
        let ranges = named(&parameters, "ranges");
        assert_eq!((&*ranges.kind.name, &ranges.default), ("list of table", &None));
        // Serde takes an option that is left out for nothing.
        assert_eq!(named(&ranges.kind.parameters, "high").default, Some(Value::Nil));
    }

    /// One after the other.
    #[derive(serde::Deserialize, Parameters)]
    #[allow(dead_code, reason = "what counts is how it is described")]
    struct Node {
        next: Option<Box<Node>>,
        others: Vec<Others>,
    }

    #[derive(serde::Deserialize, Parameters)]
    #[allow(dead_code, reason = "what counts is how it is described")]
    struct Others(BTreeMap<String, Node>);

    #[test]
    fn a_type_that_contains_itself_is_described_once() {
        // The second time as the first: nothing is kept.
        for _ in 0..2 {
            let node = Node::kind();
            assert_eq!((&*node.name, node.meaning), ("table", "One after the other."));
            let names: Vec<_> = node.parameters.iter().map(|parameter| &*parameter.kind.name).collect();
            assert_eq!(names, ["table as above", "list of table of table as above"]);
        }
    }

    /// What is described is what can be written: a default that is given back makes the same value.
    #[test]
    fn a_value_is_written_as_it_is_read() {
        let text = "in=low=1 high=nil loud=true ranges=[low=2 high=9] times=4 wayToGo=very-fast";
        let entries = [
            ("in", Value::from([("low", 1)])),
            ("loud", true.into()),
            ("ranges", Value::Array(vec![Value::from([("low", 2), ("high", 9)])])),
            ("times", 4.into()),
            ("wayToGo", "very-fast".into()),
        ];
        let bytes = crate::msgpack::to_bytes(&Value::from(entries)).unwrap();
        let everything: Everything = crate::msgpack::parameters(&bytes).unwrap();
        let Value::Map(mut written) = everything.value() else { panic!("no table") };
        written.sort_by_key(|(key, _)| key.to_string());
        assert_eq!(Value::Map(written).to_string(), text);
    }
}
