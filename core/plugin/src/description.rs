//! What a plugin tells of its parameters where a host asks.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::link::Link;
use crate::{Error, Kind, Parameters, Value, guard, msgpack};

/// As a symbol in the place of parameters, it asks a plugin to tell the host what they may be. A plugin that is too old for it
/// takes it for wrong parameters.
const DESCRIBE: &str = "describe";

/// Whether these are no parameters, but the question.
pub(crate) fn is_asked(parameters: &[u8]) -> bool {
    msgpack::from_bytes(parameters).is_ok_and(|asked: Value| asked == Value::Symbol(DESCRIBE.into()))
}

/// Tells the host, by its extension of the same name; and answers why there is no instance.
pub(crate) fn tell(link: &Arc<Link>, kind: fn() -> Option<Kind>) -> Error {
    let told = guard::run(link, || link.ask::<Value>(DESCRIBE, &kind()));
    match told {
        Ok(Ok(_)) => Error::of_kind("described", "this was a question, and no parameters"),
        Ok(Err(error)) | Err(error) => error,
    }
}

/// Tells a configuration that describes its parameters from one that does not, where a bound on `Operation::Config`
/// would have everybody describe them: the method below is taken before the trait's, where its bound is met.
pub struct Probe<C>(pub PhantomData<C>);

impl<C: Parameters> Probe<C> {
    /// What its author says of it.
    pub fn kind(&self) -> Option<Kind> {
        Some(C::kind())
    }
}

/// The other answer of [`Probe`].
pub trait Undescribed {
    /// Nothing is said.
    fn kind(&self) -> Option<Kind> {
        None
    }
}

impl<C> Undescribed for Probe<C> {}
