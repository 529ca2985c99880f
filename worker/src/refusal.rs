//! A refusal: what was asked cannot be done here, or not now, and nothing of it was done.

use chaos_kitty_bus::{Exception, Raise, Value};

/// By this class it is told from what broke on the way. Ruby has none of that name, so only a host that names its effects,
/// which Ruby's does not, is sent it.
const CLASS: &str = "ChaosKitty::Refusal";

/// Nothing was done, and this is why.
pub(crate) fn refusal(why: impl Into<String>) -> Exception {
    Exception { class: CLASS.to_owned(), message: why.into(), backtrace: None }
}

/// Whether nothing was done.
pub(crate) fn is_refusal(exception: &Exception) -> bool {
    exception.class == CLASS
}

/// What goes out: to a host that names no effect a refusal is a RuntimeError.
pub(crate) fn told(answer: Result<Value, Raise>, names_its_effects: bool) -> Result<Value, Raise> {
    match answer {
        Err(Raise::Error(refusal)) if is_refusal(&refusal) && !names_its_effects => {
            Err(Exception::runtime(refusal.message).into())
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ruby_gets_a_class_that_it_knows() {
        let raised = |exception: Exception, names_its_effects| {
            let Err(Raise::Error(raised)) = told(Err(exception.into()), names_its_effects) else {
                panic!("it is raised")
            };
            raised
        };
        let gone = || refusal("freeze: its guard is gone");
        assert_eq!(raised(gone(), true), gone());
        assert_eq!(raised(gone(), false), Exception::runtime("freeze: its guard is gone"));
        let broke = || Exception::argument("freeze: duration: is missing");
        assert_eq!((raised(broke(), true), raised(broke(), false)), (broke(), broke()));
    }
}
