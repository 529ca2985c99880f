//! `allocate_memory(size_mb:, hold_duration:)`: makes memory resident in the program, holds it, gives it back.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::Take;

use super::interior::Interior;
use super::taking::{Taking, held};
use crate::available::available_to;
use crate::beside::Program;
use crate::effects::Effects;
use crate::methods::{FILLING, GRANTED, Grant, MIB};
use crate::options::Options;

pub(super) async fn allocate_memory(
    interior: &Interior,
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let (asked, size) = options.megabytes("size_mb")?.ok_or_else(|| options.missing("size_mb"))?;
    let hold = options.seconds("hold_duration")?.ok_or_else(|| options.missing("hold_duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let effect = effects.begin(id.clone(), "allocate_memory", lease.unwrap_or(hold.duration + FILLING))?;
    let grant = Grant::ask(size, available_to(program.process_id()), &GRANTED)?;
    let taking = Taking {
        method: "allocate_memory",
        take: Take::Memory(grant.bytes),
        hold: hold.duration,
        threads: 1,
    };
    let haul = taking.of(interior, program, &effect).await?;

    let mut answer = vec![("allocated_mb", asked), ("held_for", hold.asked)];
    if id.is_some() {
        let resident = (haul.taken as f64 / MIB).into();
        let seconds = held(&haul).as_secs_f64().into();
        answer.push((
            "observed",
            Value::map::<_, Value>([("resident_mb", resident), ("seconds_held", seconds)]),
        ));
    }
    Ok(Value::map(answer))
}
