//! `freeze(duration:)`: stops the program and its descendants, and continues them. It is what `delay` is to a program that
//! has no fault points, under a name that means the same wherever it is offered.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};

use super::hold;
use super::program::Program;
use crate::effects::Effects;
use crate::options::Options;

pub(super) async fn freeze(
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let lease = lease.unwrap_or(duration.duration + hold::STOPPING);
    let effect = effects.begin(id.clone(), "freeze", lease)?;
    let held = hold::until_over(program, &effect, duration.duration, "freeze").await?;

    let mut answer = vec![("frozen", duration.asked)];
    if id.is_some() {
        answer.push(("observed", Value::map(hold::figures(held))));
    }
    Ok(Value::map(answer))
}
