//! `cpu_spin(duration:, [cpus:])`: burns CPU seconds in the program, as the kernel counts those of the threads that burn them.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::{TASKS, Take};
use rustix::process::Pid;
use rustix::thread::sched_getaffinity;

use super::interior::Interior;
use super::taking::{Taking, held};
use crate::beside::Program;
use crate::effects::Effects;
use crate::methods::{self, WAITING};
use crate::options::Options;

pub(super) async fn cpu_spin(
    interior: &Interior,
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let cpus = options.times("cpus", processors(program))?.unwrap_or(1);
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(duration.duration * 4 + WAITING);
    let effect = effects.begin(id.clone(), "cpu_spin", length)?;
    let nanoseconds = u64::try_from(duration.duration.as_nanos()).unwrap_or(u64::MAX);
    let taking =
        Taking { method: "cpu_spin", take: Take::Cpu(nanoseconds), hold: Duration::ZERO, threads: cpus };
    let haul = taking.of(interior, program, &effect).await?;

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

/// How many processors the program may use: those of its mask and of our control groups, which are its own; and no more than there
/// can be threads.
fn processors(program: &dyn Program) -> u64 {
    let pid = i32::try_from(program.process_id()).ok().and_then(Pid::from_raw);
    let own = sched_getaffinity(pid).map_or(1, |own| u64::from(own.count()));
    own.min(methods::processors()).min(TASKS as u64)
}
