//! A linked victim: this process.

use std::sync::Arc;

use chaos_kitty_bus::{Raise, Request};

use crate::effects::Effects;
use crate::hooks::Hooks;
use crate::methods;
use crate::offer::{Answered, Offer};

/// What every application offers that is linked with this library.
pub(crate) const METHODS: [&str; 6] =
    ["delay", "raise_error", "allocate_memory", "cpu_spin", "trigger_gc", "take_descriptors"];

/// Does it to the process that it is in.
#[derive(Default)]
pub(crate) struct Linked {
    pub(crate) hooks: Arc<Hooks>,
}

impl Offer for Linked {
    fn methods(&self) -> Vec<&str> {
        METHODS.to_vec()
    }

    fn call<'a>(&'a self, effects: &'a Arc<Effects>, request: &'a Request) -> Answered<'a> {
        Box::pin(async move {
            let answer = match &*request.method {
                "delay" => methods::delay(effects, request).await,
                "raise_error" => methods::raise_error(effects, request).await,
                "allocate_memory" => methods::allocate_memory(effects, request).await,
                "cpu_spin" => methods::cpu_spin(effects, request).await,
                "trigger_gc" => methods::trigger_gc(effects, &self.hooks, request).await,
                "take_descriptors" => methods::take_descriptors(effects, request).await,
                other => return Err(Raise::no_method(other, "Victim")),
            };
            Ok(answer?)
        })
    }
}
