//! A hold: the program is stopped for as long as an effect lasts.

use std::time::Duration;

use chaos_kitty_bus::{Exception, Value};

use super::program::{Held, Holding, Program};
use crate::clock;
use crate::effects::Effect;
use crate::refusal::refusal;

/// How long it may take to hear what a hold came to after its end.
const PATIENCE: Duration = Duration::from_secs(2);

/// What it may take until all are stopped, on top of holding them, where the caller gave no lease.
pub(super) const STOPPING: Duration = Duration::from_secs(1);

/// Holds the program for so long from when all of it is stopped; until the effect is over at the latest, or until somebody else
/// has continued it.
///
/// # Errors
/// In this method's name: a refusal where nobody would continue it, RuntimeError where nobody can say what it came to.
pub(super) async fn until_over(
    program: &dyn Program,
    effect: &Effect,
    length: Duration,
    method: &'static str,
) -> Result<Held, Exception> {
    let left = effect.lease().deadline().saturating_duration_since(clock::now());
    let mut hold = Hold::begin(program, length, left, method)?;
    let over = tokio::select! {
        over = &mut hold.holding.over => Some(over),
        () = effect.run_out() => None,
    };
    match over {
        Some(over) => over.map_err(|_| gone(method)),
        None => hold.released().await,
    }
}

/// What is observed of it.
pub(super) fn figures(held: Held) -> Vec<(&'static str, Value)> {
    let mut figures = vec![
        ("seconds_held", Value::from(held.time.as_secs_f64())),
        ("processes", held.processes.into()),
        ("by", held.by.as_str().into()),
    ];
    for (name, count) in [("missed", held.missed), ("strangers", held.strangers)] {
        if count > 0 {
            figures.push((name, count.into()));
        }
    }
    figures
}

/// Releases the program when dropped, whatever ends the call that holds it.
struct Hold<'a> {
    program: &'a dyn Program,
    holding: Holding,
    method: &'static str,
}

impl<'a> Hold<'a> {
    fn begin(
        program: &'a dyn Program,
        length: Duration,
        lease: Duration,
        method: &'static str,
    ) -> Result<Hold<'a>, Exception> {
        let holding = program.hold(length, lease).map_err(|error| refusal(format!("{method}: {error}")))?;
        Ok(Hold { program, holding, method })
    }

    async fn released(&mut self) -> Result<Held, Exception> {
        let method = self.method;
        self.program.release(self.holding.number);
        match tokio::time::timeout(PATIENCE, &mut self.holding.over).await {
            Ok(over) => over.map_err(|_| gone(method)),
            Err(_) => Err(Exception::runtime(format!(
                "{method}: the program's guard does not say within {PATIENCE:?} that it goes on: is the guard stopped?"
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
        "{method}: the program's guard was killed meanwhile: whoever it held was continued, and nobody can say when"
    ))
}
