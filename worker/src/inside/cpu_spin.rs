//! `cpu_spin(duration:)`: burns CPU seconds in the program, as the kernel counts those of the thread that burns them.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::Take;

use super::interior::Interior;
use super::taking::{held, taking};
use crate::beside::Program;
use crate::effects::Effects;
use crate::methods::WAITING;
use crate::options::Options;

pub(super) async fn cpu_spin(
    interior: &Interior,
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(duration.duration * 4 + WAITING);
    let effect = effects.begin(id.clone(), "cpu_spin", length)?;
    let nanoseconds = u64::try_from(duration.duration.as_nanos()).unwrap_or(u64::MAX);
    let take = ("cpu_spin", Take::Cpu(nanoseconds));
    let haul = taking(interior, program, &effect, take, Duration::ZERO).await?;

    let mut answer = vec![("cpu_spun", duration.asked), ("iterations", haul.left.into())];
    if id.is_some() {
        let figures: [(_, Value); 3] = [
            ("cpu_seconds", Duration::from_nanos(haul.taken).as_secs_f64().into()),
            ("wall_seconds", held(&haul).as_secs_f64().into()),
            ("iterations", haul.left.into()),
        ];
        answer.push(("observed", Value::map(figures)));
    }
    Ok(Value::map(answer))
}
