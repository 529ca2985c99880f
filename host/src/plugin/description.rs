//! What a plugin's author wrote about its parameters.

use std::sync::{Arc, Mutex, PoisonError};

use chaos_kitty_abi::host::{Host, Host_TO};
use chaos_kitty_abi::{Bytes, FfiFuture, FutureExt, ModuleRef, RResult, RSlice, RStr, TD_Opaque};
use chaos_kitty_bus::{Value, from_value};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Fault, dialect};

/// What a plugin is asked in the place of parameters, and the extension of the host's that it answers with.
const DESCRIBE: &str = "describe";

/// A type of parameters. An operation's is a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kind {
    /// In a word or two: `time`, `list of text`.
    #[serde(rename = "type")]
    pub name: String,
    /// What a number without a unit counts; empty where nothing is counted.
    pub unit: String,
    /// What the author says of it: a line, and further ones where there is more to say.
    pub meaning: String,
    /// Of a choice: what there is to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Of a table: what is in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
}

/// One of the words that a choice is from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// The word.
    pub name: String,
    /// What the author says of it.
    pub meaning: String,
}

/// A key of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameter {
    /// The key.
    pub name: String,
    /// What its value is.
    pub kind: Kind,
    /// Its value where it is left out, which may be nothing; without one it must be given.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// What the author says of it.
    pub meaning: String,
}

/// Of itself, serde takes a default that is nothing for no default.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// What a plugin's parameters may be, none where the author does not describe them or the SDK was too old to. It runs the
/// plugin's code, for as long as that takes.
///
/// # Errors
/// The plugin panicked over it, or answered what cannot be read.
pub(super) fn describe(module: ModuleRef) -> Result<Option<Kind>, Fault> {
    let told = Arc::new(Mutex::new(None));
    let host = Host_TO::from_value(Listener(Arc::clone(&told)), TD_Opaque);
    let question = dialect::encode(Value::Symbol(DESCRIBE.into()));
    let answer = module.construct()(RSlice::from_slice(&question), host).into_result();
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (told, answer.map_err(|bytes| Fault::from_bytes(&bytes))) {
        (Some(kind), _) => {
            let unreadable = |error| Fault::new("error", format!("its description cannot be read: {error}"));
            from_value(kind).map_err(unreadable)
        }
        (None, Err(fault)) if fault.is_panic() => Err(fault),
        // One that is too old takes the question for parameters, most often for wrong ones.
        (None, _) => Ok(None),
    }
}

/// A host that has nothing to give, and keeps what it is told.
struct Listener(Arc<Mutex<Option<Value>>>);

impl Host for Listener {
    fn call(&self, _: u64, _: Bytes) -> FfiFuture<RResult<Bytes, Bytes>> {
        let refusal = dialect::failure("refused", "this plugin is being described, and nothing runs");
        std::future::ready(RResult::RErr(dialect::encode(refusal).into())).into_ffi()
    }

    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Bytes> {
        let kept = match (name.as_str(), dialect::decode(body.as_slice())) {
            (DESCRIBE, Ok(told)) => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
                Ok(Value::Nil)
            }
            (DESCRIBE, Err(error)) => Err(dialect::failure("parameter", &error)),
            _ => Err(dialect::failure("unknown", "this plugin is being described, and nothing else")),
        };
        kept.map(|value| dialect::encode(value).into()).map_err(|value| dialect::encode(value).into()).into()
    }
}
