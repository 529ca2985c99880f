//! A refusal: what was asked cannot be done here, or not now, and nothing of it was done.

use chaos_kitty_bus::{Exception, Raise, Request, Value};

/// By this class it is told from what broke on the way, until it leaves us. It never reaches a peer: Ruby has none of that
/// name.
const CLASS: &str = "ChaosKitty::Refusal";

/// Nothing was done, and this is why.
pub(crate) fn refusal(why: impl Into<String>) -> Exception {
    Exception { class: CLASS.to_owned(), message: why.into(), backtrace: None }
}

/// What goes out: `{refused: "why"}` to a host that names its effects, RuntimeError to any other.
pub(crate) fn told(request: &Request, answer: Result<Value, Raise>) -> Result<Value, Raise> {
    match answer {
        Err(Raise::Error(refusal)) if refusal.class == CLASS => match request.get_option("effect") {
            Some(_) => Ok(Value::map([("refused", refusal.message)])),
            None => Err(Exception::runtime(refusal.message).into()),
        },
        answer => answer,
    }
}
