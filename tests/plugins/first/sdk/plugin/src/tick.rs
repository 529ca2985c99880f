//! One beat of an instance's loop.

use serde::Serialize;

use crate::{Chance, Context, Victim};

/// A boundary of the interval. Everything random belongs to one: the same run answers the same way again.
pub struct Tick<'a> {
    number: u64,
    context: &'a Context,
}

impl<'a> Tick<'a> {
    pub(crate) fn new(number: u64, context: &'a Context) -> Self {
        Self { number, context }
    }

    /// How many boundaries have passed since the run began, this one included.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// A random victim of the instance's, `None` without victims.
    pub fn pick(&self) -> Option<Victim> {
        #[derive(Serialize)]
        struct Pick {
            tick: u64,
        }
        let answer = self.context.link().ask("pick", &Pick { tick: self.number });
        let id = answer.unwrap_or_else(|error| {
            tracing::error!("the host could not pick a victim: {error}");
            None
        });
        // Nobody, if it left between the host's answer and now.
        self.context.roster().get(id?)
    }

    /// What chance has in store for this victim at this tick.
    pub fn chance(&self, victim: &Victim) -> Chance<'a> {
        Chance::new(self.context.link(), victim.id(), self.number)
    }
}
