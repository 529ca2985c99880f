//! The options of a call, taken one by one: what is missing, wrong or left over is named in the answer.

use std::fmt::Display;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::pattern::Pattern;

/// The longest time that any option may ask for, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// The options that are left. `effect:` and `lease:` belong to every method and are taken at the start.
pub(crate) struct Options {
    method: String,
    left: Vec<(Value, Value)>,
    allowed: Vec<&'static str>,
    effect: Option<Value>,
    lease: Option<Duration>,
}

/// A time as it was asked for (to be echoed in its own kind, integer or float) and as we use it.
#[derive(Debug)]
pub(crate) struct Seconds {
    pub(crate) asked: Value,
    pub(crate) duration: Duration,
}

impl Options {
    /// # Errors
    /// ArgumentError for positional arguments, or a wrong `lease:`.
    pub(crate) fn of(request: &Request) -> Result<Options, Exception> {
        if !request.arguments.is_empty() {
            let (method, given) = (&request.method, request.arguments.len());
            let message =
                format!("{method}: takes options only, and {given} positional argument(s) were given");
            return Err(Exception::argument(message));
        }
        Options::open(request)
    }

    /// As [`Options::of`], for methods of the application's own, whose arguments are their own affair.
    pub(crate) fn open(request: &Request) -> Result<Options, Exception> {
        let method = request.method.to_string();
        let mut options =
            Options { method, left: request.options.clone(), allowed: Vec::new(), effect: None, lease: None };
        options.effect = options.take("effect");
        options.lease = options.seconds("lease")?.map(|seconds| seconds.duration);
        Ok(options)
    }

    /// The host's name for this effect: with one, the answer has an `observed:` map.
    pub(crate) fn effect(&self) -> Option<Value> {
        self.effect.clone()
    }

    pub(crate) fn lease(&self) -> Option<Duration> {
        self.lease
    }

    pub(crate) fn seconds(&mut self, name: &'static str) -> Result<Option<Seconds>, Exception> {
        let Some(asked) = self.take(name) else { return Ok(None) };
        match asked.as_f64() {
            Some(seconds) if (0.0..=LONGEST).contains(&seconds) => {
                Ok(Some(Seconds { duration: Duration::from_secs_f64(seconds), asked }))
            }
            _ => Err(self.wrong(name, &asked, format_args!("a number of seconds from 0 to {LONGEST}"))),
        }
    }

    /// A size in MiB above zero, as it was asked for and as a number.
    pub(crate) fn megabytes(&mut self, name: &'static str) -> Result<Option<(Value, f64)>, Exception> {
        let Some(asked) = self.take(name) else { return Ok(None) };
        match asked.as_f64() {
            Some(size) if size.is_finite() && size > 0.0 => Ok(Some((asked, size))),
            _ => Err(self.wrong(name, &asked, "a number of MiB above 0")),
        }
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Exception> {
        let Some(asked) = self.take(name) else { return Ok(None) };
        match asked.as_str() {
            Some(text) if !text.is_empty() => Ok(Some(text.to_owned())),
            _ => Err(self.wrong(name, &asked, "a string that is not empty")),
        }
    }

    /// As [`Options::text`], for words: a command line that takes `404` for a number meant the text.
    pub(crate) fn words(&mut self, name: &'static str) -> Result<Option<String>, Exception> {
        let number = self.left.iter_mut().find(|(key, _)| key.as_str() == Some(name));
        if let Some((_, value)) = number
            && let Some(digits) = decimal(value)
        {
            *value = Value::String(digits);
        }
        self.text(name)
    }

    /// `point:`, all fault points by default.
    pub(crate) fn point(&mut self) -> Result<Pattern, Exception> {
        Ok(self.text("point")?.map_or_else(Pattern::default, |glob| Pattern::new(&glob)))
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, Exception> {
        let Some(asked) = self.take(name) else { return Ok(false) };
        asked.as_bool().ok_or_else(|| self.wrong(name, &asked, "true or false"))
    }

    pub(crate) fn times(&mut self, name: &'static str, most: u64) -> Result<Option<u64>, Exception> {
        self.whole(name, 1, most)
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, Exception> {
        let Some(asked) = self.take(name) else { return Ok(None) };
        match asked.as_u64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(name, &asked, format_args!("a whole number from {least} to {most}"))),
        }
    }

    /// A number between two others, which are allowed too.
    #[cfg(feature = "cli")]
    pub(crate) fn number(
        &mut self,
        name: &'static str,
        least: f64,
        most: f64,
    ) -> Result<Option<f64>, Exception> {
        let Some(asked) = self.take(name) else { return Ok(None) };
        match asked.as_f64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(name, &asked, format_args!("a number from {least} to {most}"))),
        }
    }

    /// Any value at all.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.allowed.push(name);
        let at = self.left.iter().position(|(key, _)| key.as_str() == Some(name))?;
        Some(self.left.remove(at).1)
    }

    /// The ArgumentError for an option that is not there; it may be among those that are, under another name.
    pub(crate) fn missing(&self, name: &str) -> Exception {
        let given: Vec<String> = self.left.iter().map(|(key, _)| shown(key)).collect();
        let given = match given.as_slice() {
            [] => String::new(),
            [one] => format!("; {one} was given"),
            all => format!("; {} were given", all.join(", ")),
        };
        Exception::argument(format!("{}: {name}: is missing, give one{given}", self.method))
    }

    /// Call it when every option has been taken.
    ///
    /// # Errors
    /// ArgumentError naming the first one that is left.
    pub(crate) fn finish(self) -> Result<(), Exception> {
        let Some((key, _)) = self.left.first() else { return Ok(()) };
        let key = shown(key);
        // These two are between the host and us, and nobody's to write.
        let written = self.allowed.iter().filter(|name| !["effect", "lease"].contains(name));
        let allowed: Vec<_> = written.map(|name| format!("{name}:")).collect();
        let allowed = match allowed.as_slice() {
            [] => "it takes none".to_owned(),
            some => format!("allowed are {}", some.join(", ")),
        };
        let message = format!("{}: unknown option {key}, {allowed}", self.method);
        Err(Exception::argument(message))
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Vec<(Value, Value)> {
        self.left
    }

    fn wrong(&self, name: &str, asked: &Value, allowed: impl Display) -> Exception {
        let asked = match asked {
            Value::String(text) => format!("{text:?}").chars().take(60).collect(),
            other => decimal(other).unwrap_or_else(|| other.kind().to_owned()),
        };
        Exception::argument(format!("{}: {name}: must be {allowed}, not {asked}", self.method))
    }
}

/// An option's name as one would type it.
fn shown(key: &Value) -> String {
    key.as_str().map_or_else(|| format!("{key:?}"), |key| format!("{key}:"))
}

/// A number as one would type it; nothing for what is none. A float keeps its point, as in `2.0`.
fn decimal(value: &Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(options: &[(&str, Value)]) -> Options {
        let request = options
            .iter()
            .fold(Request::new("delay"), |request, (key, value)| request.option(*key, value.clone()));
        Options::of(&request).unwrap()
    }

    #[test]
    fn what_was_asked_is_kept_in_its_own_kind() {
        let mut options =
            of(&[("duration", Value::Int(2)), ("effect", Value::Int(9)), ("lease", Value::Float(1.5))]);
        let seconds = options.seconds("duration").unwrap().unwrap();
        assert_eq!((seconds.asked, seconds.duration), (Value::Int(2), Duration::from_secs(2)));
        assert_eq!(options.effect(), Some(Value::Int(9)));
        assert_eq!(options.lease(), Some(Duration::from_millis(1500)));
        options.finish().unwrap();
    }

    #[test]
    fn wrong_values_are_refused_with_method_option_and_what_is_allowed() {
        for bad in [
            Value::Float(-0.1),
            Value::Float(f64::NAN),
            Value::Float(f64::INFINITY),
            Value::Float(1e300),
            Value::Int(-1),
            Value::Nil,
            "soon".into(),
        ] {
            let refused = of(&[("duration", bad.clone())]).seconds("duration").unwrap_err();
            assert_eq!(refused.class, "ArgumentError");
            assert!(refused.message.starts_with("delay: duration: must be"), "{bad:?}: {}", refused.message);
        }
        assert!(of(&[("size_mb", Value::Int(0))]).megabytes("size_mb").is_err());
        assert!(of(&[("size_mb", Value::Float(f64::NAN))]).megabytes("size_mb").is_err());
        assert!(of(&[("times", Value::Int(0))]).times("times", 3).is_err());
        assert!(of(&[("times", Value::Int(4))]).times("times", 3).is_err());
        assert!(of(&[("message", "".into())]).text("message").is_err());
        assert!(of(&[("message", Value::Bool(true))]).words("message").is_err());
        assert!(of(&[("message", Value::Int(404))]).text("message").is_err());
        assert!(of(&[("block", 1.into())]).flag("block").is_err());
        assert!(Options::of(&Request::new("delay").argument(1)).is_err());
    }

    #[test]
    fn words_that_look_like_a_number_are_still_words() {
        for (given, words) in [
            (Value::Int(404), "404"),
            (Value::UInt(u64::MAX), "18446744073709551615"),
            (Value::Float(2.0), "2.0"),
            (Value::Float(-0.25), "-0.25"),
            ("404".into(), "404"),
        ] {
            assert_eq!(of(&[("message", given)]).words("message").unwrap().as_deref(), Some(words));
        }
        assert_eq!(of(&[]).words("message").unwrap(), None);
    }

    #[test]
    fn what_is_left_over_is_named() {
        let mut options = of(&[("durration", Value::Int(1))]);
        assert!(options.seconds("duration").unwrap().is_none());
        let missing = options.missing("duration").message;
        assert_eq!(missing, "delay: duration: is missing, give one; durration: was given");
        let refused = options.finish().unwrap_err().message;
        assert!(refused.contains("durration:") && refused.contains(" duration:"), "{refused}");
    }
}
