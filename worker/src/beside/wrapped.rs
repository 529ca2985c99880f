//! A wrapped victim: what it offers, and who does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaos_kitty_bus::{Exception, Raise, Request};

use super::at_work::AtWork;
use super::control_group;
use super::delay::delay;
use super::program::Program;
use super::reaction::Reaction;
use crate::effects::Effects;
use crate::offer::{Answered, Offer};

/// What can be done to every program from outside.
const METHODS: [&str; 3] = ["delay", "allocate_memory", "cpu_spin"];
/// What has a meaning only inside a program, unless somebody says what it shall be.
pub(super) const INSIDE: [&str; 2] = ["raise_error", "trigger_gc"];

/// A program and the reactions that whoever started it said it has.
pub struct Wrapped {
    program: Arc<dyn Program>,
    reactions: BTreeMap<String, Reaction>,
    at_work: AtWork,
}

impl Wrapped {
    /// A program with these reactions, by the method that means each. Of two for a method the last one counts.
    pub fn new(
        program: Arc<dyn Program>,
        reactions: impl IntoIterator<Item = (String, Reaction)>,
    ) -> Wrapped {
        Wrapped { program, reactions: reactions.into_iter().collect(), at_work: AtWork::default() }
    }
}

impl Offer for Wrapped {
    fn process_id(&self) -> u32 {
        self.program.process_id()
    }

    fn methods(&self) -> Vec<&str> {
        METHODS.into_iter().chain(self.reactions.keys().map(String::as_str)).collect()
    }

    fn call<'a>(&'a self, effects: &'a Arc<Effects>, request: &'a Request) -> Answered<'a> {
        Box::pin(async move {
            let program = &*self.program;
            match &*request.method {
                "delay" => Ok(delay(program, effects, request).await?),
                "allocate_memory" | "cpu_spin" => {
                    let stand_in = self.at_work.one(&request.method)?;
                    let entered = control_group::enter(stand_in.pid(), program.process_id());
                    entered.map_err(|why| Exception::runtime(format!("{}: {why}", request.method)))?;
                    stand_in.call(program.process_id(), effects, request).await
                }
                method => match self.reactions.get(method) {
                    Some(reaction) => Ok(reaction.call(program, effects, request).await?),
                    None if INSIDE.contains(&method) => Err(without_meaning(method).into()),
                    None => Err(Raise::no_method(method, "Victim")),
                },
            }
        })
    }
}

fn without_meaning(method: &str) -> Exception {
    Exception::runtime(format!(
        "{method} has no meaning for a wrapped program: start it with `--on {method}=SIGUSR1`, where it does that on \
         this signal, or link the library chaos-kitty-worker into it"
    ))
}
