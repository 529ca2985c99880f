//! `delay(duration:, [block: true])`: stops the program and its descendants, and continues them.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};

use super::hold;
use super::program::Program;
use crate::effects::Effects;
use crate::options::Options;

pub(super) async fn delay(
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let block = options.flag("block")?;
    if options.take("point").is_some() {
        return Err(Exception::argument(
            "delay: point: from outside a program has no fault points and is stopped as a whole: leave it out, or link the \
             library chaos-kitty-worker into the program",
        ));
    }
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let lease = lease.unwrap_or(duration.duration + hold::STOPPING);
    let effect = effects.begin(id.clone(), "delay", lease)?;
    if block {
        effect.block();
    }
    let held = hold::until_over(program, &effect, duration.duration, "delay").await?;

    let mut answer = vec![("delayed", duration.asked)];
    if id.is_some() {
        let mut observed = hold::figures(held);
        if block {
            observed.push(("blocked", true.into()));
        }
        answer.push(("observed", Value::map(observed)));
    }
    Ok(Value::map(answer))
}
