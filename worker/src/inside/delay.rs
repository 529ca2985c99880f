//! `delay(duration:, [point:], [block: true])`: holds the program at its next calls.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::{Call, Deed, Target, now};

use super::calls::at_point;
use super::interior::Interior;
use crate::effects::Effects;
use crate::options::Options;

pub(super) async fn delay(
    interior: &Interior,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let point = options.text("point")?;
    let block = options.flag("block")?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.map_or(duration.duration, |lease| lease.min(duration.duration));
    let effect = effects.begin(id.clone(), "delay", length)?;
    let mut rule = Interior::rule(&effect, Call::ALL.into_iter().filter(|call| call.is_io()), Deed::Hold);
    let target = match &point {
        None => Target::default(),
        Some(point) => at_point(&mut rule, point)
            .map_err(|must| Exception::argument(format!("delay: point: must be {must}, not {point:?}")))?,
    };
    if block {
        effect.block();
    }
    let tally = interior.under(&effect, &rule, &target, "delay").await?;
    let over = now().min(rule.deadline);
    let held = tally.first.map_or(0, |first| tally.lapses.leave_of(&(first..over)));
    let held = Duration::from_nanos(held);

    let mut answer = vec![("delayed", duration.asked)];
    if id.is_some() {
        let mut observed: Vec<(&str, Value)> =
            vec![("seconds_held", held.as_secs_f64().into()), ("hits", tally.hits.into())];
        if block {
            observed.push(("blocked", true.into()));
        }
        answer.push(("observed", Value::map(observed)));
    }
    Ok(Value::map(answer))
}
