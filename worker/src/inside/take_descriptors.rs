//! `take_descriptors(leave:, duration:)`: takes the program's file descriptors until so many are free, holds them, gives them
//! back.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::Take;

use super::interior::Interior;
use super::taking::{Taking, held};
use crate::beside::Program;
use crate::effects::Effects;
use crate::options::Options;

/// Time to take them, on top of holding them, where the caller gave no lease.
const TAKING: Duration = Duration::from_secs(10);

pub(super) async fn take_descriptors(
    interior: &Interior,
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let leave = options.whole("leave", 0, u64::MAX)?.ok_or_else(|| options.missing("leave"))?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(duration.duration + TAKING);
    let effect = effects.begin(id.clone(), "take_descriptors", length)?;
    let taking = Taking {
        method: "take_descriptors",
        take: Take::Descriptors(leave),
        hold: duration.duration,
        threads: 1,
    };
    let haul = taking.of(interior, program, &effect).await?;

    let mut answer = vec![("taken", Value::from(haul.taken)), ("held_for", duration.asked)];
    if id.is_some() {
        let figures: [(_, Value); 3] = [
            ("taken", haul.taken.into()),
            ("left", haul.left.into()),
            ("seconds_held", held(&haul).as_secs_f64().into()),
        ];
        answer.push(("observed", Value::map(figures)));
    }
    Ok(Value::map(answer))
}
