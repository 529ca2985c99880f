//! `take_descriptors(leave:, duration:)`: takes file descriptors until so many are free, holds them, gives them back.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::aside::aside;
use crate::clock;
use crate::descriptors::{Descriptors, MOST};
use crate::effects::Effects;
use crate::lease::Lease;
use crate::options::Options;
use crate::refusal::refusal;

/// Time to take them, on top of holding them, where the caller gave no lease.
const TAKING: Duration = Duration::from_secs(10);

struct Observed {
    taken: u64,
    left: u64,
    held: Duration,
}

pub(crate) async fn take_descriptors(effects: &Arc<Effects>, request: &Request) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let leave = options.whole("leave", 0, u64::MAX)?.ok_or_else(|| options.missing("leave"))?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.unwrap_or(duration.duration + TAKING);
    let effect = effects.begin(id.clone(), "take_descriptors", length)?;
    // Nothing on the way to its end needs a descriptor: whoever waits for it knows its deadline.
    let until = Arc::clone(effect.lease());
    let observed = aside("take_descriptors", move || carry(leave, duration.duration, &until)).await??;

    let mut answer = vec![("taken", Value::from(observed.taken)), ("held_for", duration.asked)];
    if id.is_some() {
        let figures: [(_, Value); 3] = [
            ("taken", observed.taken.into()),
            ("left", observed.left.into()),
            ("seconds_held", observed.held.as_secs_f64().into()),
        ];
        answer.push(("observed", Value::map(figures)));
    }
    Ok(Value::map(answer))
}

fn carry(leave: u64, duration: Duration, lease: &Lease) -> Result<Observed, Exception> {
    let why = |error: std::io::Error| format!("take_descriptors: {error}");
    let needed = Descriptors::needed(leave).map_err(|error| refusal(why(error)))?;
    if needed > MOST {
        return Err(Exception::argument(format!(
            "take_descriptors: leave: {needed} would have to be taken so that {leave} are left, and {MOST} are the \
             most: start the program under a lower limit, such as `ulimit -n 4096`, or leave more"
        )));
    }
    let descriptors =
        Descriptors::take(leave, || lease.is_over()).map_err(|error| Exception::runtime(why(error)))?;
    let (taken, left, since) = (descriptors.taken(), descriptors.left(), clock::now());
    lease.wait_until(since + duration);
    let held = clock::now().saturating_duration_since(since);
    drop(descriptors); // given back before anyone is told that it is over
    Ok(Observed { taken, left, held })
}
