//! An attached victim: a process that was there already, and what can be done to it from beside it.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Raise, Request, Value};

use super::at_work::AtWork;
use super::control_group::{self, Resource};
use super::delay::delay;
use super::freeze::freeze;
use super::program::Program;
use crate::effects::Effects;
use crate::offer::{Answered, Offer};
use crate::refusal::refusal;

const METHODS: [&str; 4] = ["freeze", "delay", "allocate_memory", "cpu_spin"];

/// A process to which an attendant attends.
pub struct Attached {
    program: Arc<dyn Program>,
    at_work: AtWork,
}

impl Attached {
    /// One that is reached in this way.
    pub fn new(program: Arc<dyn Program>) -> Attached {
        Attached { program, at_work: AtWork::default() }
    }

    /// Takes memory or CPU time beside it: in its control group, where it has one of its own that we may enter.
    async fn press(
        &self,
        resource: Resource,
        effects: &Arc<Effects>,
        request: &Request,
    ) -> Result<Value, Raise> {
        let program = &*self.program;
        let stand_in = self.at_work.one(&request.method)?;
        let in_group = control_group::enter_own(stand_in.pid(), program, resource);
        let mut answer = stand_in.call(program, effects, request).await?;
        if let Value::Map(entries) = &mut answer {
            let observed = entries.iter_mut().find(|(key, _)| key.as_str() == Some("observed"));
            if let Some((_, Value::Map(observed))) = observed {
                observed.push((Value::Symbol("in_group".into()), in_group.into()));
            }
        }
        Ok(answer)
    }
}

impl Offer for Attached {
    fn process_id(&self) -> u32 {
        self.program.process_id()
    }

    fn has_exited(&self) -> bool {
        self.program.has_exited()
    }

    fn methods(&self) -> Vec<&str> {
        METHODS.to_vec()
    }

    fn call<'a>(&'a self, effects: &'a Arc<Effects>, request: &'a Request) -> Answered<'a> {
        Box::pin(async move {
            match &*request.method {
                "freeze" => Ok(freeze(&*self.program, effects, request).await?),
                "delay" => Ok(delay(&*self.program, effects, request).await?),
                "allocate_memory" => self.press(Resource::Memory, effects, request).await,
                "cpu_spin" => self.press(Resource::Cpu, effects, request).await,
                method @ ("raise_error" | "trigger_gc") => Err(without_meaning(method).into()),
                method => Err(Raise::no_method(method, "Victim")),
            }
        })
    }
}

fn without_meaning(method: &str) -> Exception {
    refusal(format!(
        "{method} has no meaning for a process that was attached, which is reached from outside only: start it under \
         `chaos-kitty-worker`, or link the library chaos-kitty-worker into it"
    ))
}
