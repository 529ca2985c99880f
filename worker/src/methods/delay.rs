//! `delay(duration:, [point:], [block: true])`: holds the application at its fault points.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::board;
use crate::effects::Effects;
use crate::hold::Hold;
use crate::options::Options;

pub(crate) async fn delay(effects: &Arc<Effects>, request: &Request) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let point = options.point()?;
    let block = options.flag("block")?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.map_or(duration.duration, |lease| lease.min(duration.duration));
    let effect = effects.begin(id.clone(), "delay", length)?;
    let hold = Hold::new(point, Arc::clone(effect.lease()));
    let armed = board::arm_hold(&hold);
    if block {
        effect.block(); // as in a Ruby worker: nobody is answered on this connection until it is over
    }
    effect.run_out().await;
    drop(armed); // before counting: from here on nobody enters
    let (held, hits) = hold.observed();

    let mut answer = vec![("delayed", duration.asked)];
    if id.is_some() {
        let mut observed: Vec<(&str, Value)> =
            vec![("seconds_held", held.as_secs_f64().into()), ("hits", hits.into())];
        if block {
            observed.push(("blocked", true.into()));
        }
        answer.push(("observed", Value::map(observed)));
    }
    Ok(Value::map(answer))
}
