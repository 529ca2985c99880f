//! A wrapped victim: what it offers, and who does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaos_kitty_bus::{Exception, Raise, Request};

use super::at_work::AtWork;
use super::control_group;
use super::delay::delay;
use super::freeze::freeze;
use super::program::Program;
use super::reaction::Reaction;
use crate::effects::Effects;
use crate::inside::Interior;
use crate::offer::{Answered, Offer};
use crate::refusal::refusal;

/// What can be done to every program from outside.
const METHODS: [&str; 4] = ["delay", "freeze", "allocate_memory", "cpu_spin"];
/// What has a meaning only inside a program, unless somebody says what it shall be.
pub(super) const INSIDE: [&str; 2] = ["raise_error", "trigger_gc"];

/// A program and the reactions that whoever started it said it has.
pub struct Wrapped {
    program: Arc<dyn Program>,
    reactions: BTreeMap<String, Reaction>,
    at_work: AtWork,
    interior: Option<Interior>,
}

impl Wrapped {
    /// A program with these reactions, by the method that means each. Of two for a method the last one counts.
    pub fn new(
        program: Arc<dyn Program>,
        reactions: impl IntoIterator<Item = (String, Reaction)>,
    ) -> Wrapped {
        let reactions = reactions.into_iter().collect();
        Wrapped { program, reactions, at_work: AtWork::default(), interior: None }
    }

    /// The library is in it: what can be done inside is done there.
    pub fn inside(mut self, interior: Option<Interior>) -> Wrapped {
        if let Some(interior) = &interior {
            interior.is_in(self.program.process_id());
        }
        self.interior = interior;
        self
    }

    /// Whether the library is in it.
    pub(crate) fn is_inside(&self) -> bool {
        self.interior.is_some()
    }
}

impl Offer for Wrapped {
    fn process_id(&self) -> u32 {
        self.program.process_id()
    }

    fn has_exited(&self) -> bool {
        self.program.has_exited()
    }

    fn methods(&self) -> Vec<&str> {
        let inside = self.interior.iter().flat_map(|_| Interior::METHODS);
        let outside = METHODS
            .into_iter()
            .filter(|method| self.interior.is_none() || !Interior::METHODS.contains(method));
        let reactions = self.reactions.keys().map(String::as_str);
        // What somebody says that a method means, it means.
        let inside = inside.filter(|method| !self.reactions.contains_key(*method));
        outside.chain(inside).chain(reactions).collect()
    }

    fn call<'a>(&'a self, effects: &'a Arc<Effects>, request: &'a Request) -> Answered<'a> {
        Box::pin(async move {
            let program = &*self.program;
            if let Some(reaction) = self.reactions.get(&*request.method) {
                return Ok(reaction.call(program, effects, request).await?);
            }
            if let Some(interior) = &self.interior
                && Interior::METHODS.contains(&&*request.method)
            {
                return interior.call(program, effects, request).await;
            }
            match &*request.method {
                "delay" => Ok(delay(program, effects, request).await?),
                "freeze" => Ok(freeze(program, effects, request).await?),
                "allocate_memory" | "cpu_spin" => {
                    let stand_in = self.at_work.one(&request.method)?;
                    let entered = control_group::enter(stand_in.pid(), program);
                    entered.map_err(|why| refusal(format!("{}: {why}", request.method)))?;
                    stand_in.call(program, effects, request).await
                }
                method if INSIDE.contains(&method) => Err(without_meaning(method).into()),
                method => Err(Raise::no_method(method, "Victim")),
            }
        })
    }
}

fn without_meaning(method: &str) -> Exception {
    refusal(format!(
        "{method} has no meaning for a wrapped program: start it with `--on {method}=SIGUSR1`, where it does that on \
         this signal, or link the library chaos-kitty-worker into it"
    ))
}
