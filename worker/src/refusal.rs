//! A refusal: what was asked cannot be done here, or not now, and nothing of it was done.

use chaos_kitty_bus::{Exception, Raise, Request, Value};

/// By this class it is told from what broke on the way, until it leaves us. It never reaches a peer: Ruby has none of that
/// name.
const CLASS: &str = "ChaosKitty::Refusal";

/// Nothing was done, and this is why.
pub(crate) fn refusal(why: impl Into<String>) -> Exception {
    Exception { class: CLASS.to_owned(), message: why.into(), backtrace: None }
}

/// Whether nothing was done.
pub(crate) fn is_refusal(exception: &Exception) -> bool {
    exception.class == CLASS
}

/// What goes out: `{refused: "why"}` to a host that names its effects, RuntimeError to any other.
pub(crate) fn told(request: &Request, answer: Result<Value, Raise>) -> Result<Value, Raise> {
    match answer {
        Err(Raise::Error(refusal)) if is_refusal(&refusal) => match request.get_option("effect") {
            Some(_) => Ok(Value::map([("refused", refusal.message)])),
            None => Err(Exception::runtime(refusal.message).into()),
        },
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_names_its_effects_is_told_and_another_gets_an_error_of_rubys() {
        let ask = |request: Request| told(&request, Err(refusal("freeze: its guard is gone").into()));
        let answer = ask(Request::new("freeze").option("effect", 7)).unwrap();
        assert_eq!(answer, Value::map([("refused", "freeze: its guard is gone")]));
        let Err(Raise::Error(raised)) = ask(Request::new("freeze")) else { panic!("it is raised") };
        assert_eq!(raised, Exception::runtime("freeze: its guard is gone"));
        let broke =
            told(&Request::new("freeze").option("effect", 7), Err(Exception::runtime("it broke").into()));
        assert_eq!(broke, Err(Exception::runtime("it broke").into()));
    }
}
