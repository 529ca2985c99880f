//! `raise_error(message:, [class:], [times: 1], [panic: true], [point:])`: makes the next fault points fail.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::board;
use crate::effects::Effects;
use crate::options::Options;
use crate::trap::Trap;

/// How long the error waits for somebody who hits a fault point, unless `lease:` says otherwise.
const DEFAULT_LEASE: Duration = Duration::from_secs(10);
const MOST_TIMES: u64 = 1_000_000;

/// With `effect:`, answers when the error was raised as often as asked, or the lease is over. Without, answers as Ruby
/// does: at once, by raising the error in the caller too.
pub(crate) async fn raise_error(effects: &Arc<Effects>, request: &Request) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let message = options.words("message")?.ok_or_else(|| options.missing("message"))?;
    let class = options.words("class")?.unwrap_or_else(|| "RuntimeError".to_owned());
    let times = options.times("times", MOST_TIMES)?.unwrap_or(1);
    let panics = options.flag("panic")?;
    let point = options.point()?;
    let (id, lease) = (options.effect(), options.lease().unwrap_or(DEFAULT_LEASE));
    options.finish()?;

    let effect = effects.begin(id.clone(), "raise_error", lease)?;
    let trap = Trap::new(point, Arc::clone(effect.lease()), class, message.clone(), panics, times);
    let armed = board::arm_trap(&trap);
    if id.is_none() {
        tokio::spawn(async move {
            effect.run_out().await;
            drop(armed);
        });
        return Err(Exception::runtime(message));
    }
    effect.run_out().await;
    drop(armed); // before counting: from here on nobody is caught
    let raised = Value::from(trap.raised());
    Ok(Value::map([("raised", raised.clone()), ("observed", Value::map([("hits", raised)]))]))
}
