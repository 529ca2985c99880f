//! `trigger_gc()`: the application gives back what it can spare, and the heap what is free.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::aside::aside;
use crate::available::resident;
use crate::effects::Effects;
use crate::hooks::Hooks;
use crate::options::Options;

const MIB: f64 = 1_048_576.0;
const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// Hooks are the application's code and cannot be stopped: when the lease ends first, the answer says so.
pub(crate) async fn trigger_gc(
    effects: &Arc<Effects>,
    hooks: &Arc<Hooks>,
    request: &Request,
) -> Result<Value, Exception> {
    let options = Options::of(request)?;
    let (id, lease) = (options.effect(), options.lease().unwrap_or(DEFAULT_LEASE));
    options.finish()?;

    let effect = effects.begin(id.clone(), "trigger_gc", lease)?;
    let before = hooks.collections();
    let collecting = {
        let hooks = Arc::clone(hooks);
        aside("trigger_gc", move || {
            let size = resident();
            let ran = hooks.collect();
            // Where only one of the two could be read, nobody knows.
            let freed = size.zip(resident()).map_or(0, |(before, after)| before.saturating_sub(after));
            (ran, freed)
        })
    };
    let (ran, freed) = tokio::select! {
        collected = collecting => collected?,
        () = effect.run_out() => {
            let message = format!("trigger_gc: a hook of the application's is still running after {lease:?}");
            return Err(Exception::runtime(message));
        }
    };

    let mut answer = vec![
        ("gc_triggered", Value::Bool(true)),
        ("collections_before", before.into()),
        ("collections_after", hooks.collections().into()),
    ];
    if id.is_some() {
        let figures: [(_, Value); 2] = [("freed_mb", (freed as f64 / MIB).into()), ("hooks", ran.into())];
        answer.push(("observed", Value::map(figures)));
    }
    Ok(Value::map(answer))
}
