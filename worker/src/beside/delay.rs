//! `delay(duration:, [block: true])` and `freeze(duration:)`: stop the program and its descendants, and continue them.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use super::program::{Held, Holding, Program};
use crate::clock;
use crate::effects::Effects;
use crate::options::Options;

/// How long it may take to hear what a hold came to after its end.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn delay(
    program: &dyn Program,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.ok_or_else(|| options.missing("duration"))?;
    let method = request.method.to_string();
    // What a linked victim's delay knows as well.
    let is_delay = method == "delay";
    let block = is_delay && options.flag("block")?;
    if is_delay && options.take("point").is_some() {
        return Err(Exception::argument(
            "delay: point: from outside a program has no fault points and is stopped as a whole: leave it out, or link the \
             library chaos-kitty-worker into the program",
        ));
    }
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    let length = lease.map_or(duration.duration, |lease| lease.min(duration.duration));
    let effect = effects.begin(id.clone(), &method, length)?;
    let mut hold =
        Hold::begin(&method, program, effect.lease().deadline().saturating_duration_since(clock::now()))?;
    if block {
        effect.block();
    }
    let over = tokio::select! {
        over = &mut hold.holding.over => Some(over),
        () = effect.run_out() => None,
    };
    let held = match over {
        Some(over) => over.map_err(|_| gone(&method))?,
        None => hold.released().await?,
    };

    let mut answer = vec![(if is_delay { "delayed" } else { "frozen" }, duration.asked)];
    if id.is_some() {
        let mut observed: Vec<(&str, Value)> =
            vec![("seconds_held", held.time.as_secs_f64().into()), ("processes", held.processes.into())];
        observed.push(("by", held.by.as_str().into()));
        if held.missed > 0 {
            observed.push(("missed", held.missed.into()));
        }
        if block {
            observed.push(("blocked", true.into()));
        }
        answer.push(("observed", Value::map(observed)));
    }
    Ok(Value::map(answer))
}

/// Releases the program when dropped, whatever ends the call that holds it.
struct Hold<'a> {
    method: &'a str,
    program: &'a dyn Program,
    holding: Holding,
}

impl<'a> Hold<'a> {
    fn begin(method: &'a str, program: &'a dyn Program, length: Duration) -> Result<Hold<'a>, Exception> {
        let failed = |error| Exception::runtime(format!("{method}: {error}"));
        let holding = program.hold(length).map_err(failed)?;
        Ok(Hold { method, program, holding })
    }

    async fn released(&mut self) -> Result<Held, Exception> {
        self.program.release(self.holding.number);
        match tokio::time::timeout(PATIENCE, &mut self.holding.over).await {
            Ok(over) => over.map_err(|_| gone(self.method)),
            Err(_) => Err(Exception::runtime(format!(
                "{}: the program's guard does not say within {PATIENCE:?} that it goes on: is the guard stopped?",
                self.method
            ))),
        }
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.program.release(self.holding.number);
    }
}

fn gone(method: &str) -> Exception {
    Exception::runtime(format!(
        "{method}: the program's guard was killed meanwhile: the program was continued, and nobody can say when"
    ))
}
