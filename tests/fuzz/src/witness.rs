//! Witness: an object that answers every call at once, and remembers them.

use chaos_kitty_bus::{Answer, Call, Controller, Exception, Raise, Symbol};
use std::sync::{Arc, Mutex, PoisonError};

/// Answers every call at once, and remembers them.
#[derive(Default)]
pub struct Witness(Mutex<Vec<String>>);

impl Witness {
    /// What it was asked, in order.
    pub fn testimony(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Controller for Witness {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        let seen = format!("{:?}", call.request);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        Box::pin(async move {
            match &*call.request.method {
                "raise" => Err(Exception::runtime("as asked").into()),
                "throw" => Err(Raise::Throw { tag: Symbol::from("ball").into(), value: 7.into() }),
                "itself" => Ok((self as Arc<dyn Controller>).into()),
                _ => Ok(call.request.arguments.into()),
            }
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        method.starts_with(|letter: char| letter < 'n')
    }
}
