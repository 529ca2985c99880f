//! `raise_error([errno: "EIO"], [times: 1], [point:], [message:])`: makes the program's next calls fail.

use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::{Call, Deed, Rule, Target};

use super::calls::at_point;
use super::errno;
use super::interior::Interior;
use crate::effects::Effects;
use crate::options::Options;

/// How long the error waits for a call, unless `lease:` says otherwise.
const DEFAULT_LEASE: Duration = Duration::from_secs(10);
const MOST_TIMES: u64 = 1_000_000;

pub(super) async fn raise_error(
    interior: &Interior,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    // They are for a fault point: an errno carries no words.
    options.words("message")?;
    for unheard in ["class", "panic"] {
        options.take(unheard);
    }
    let named = options.words("errno")?.unwrap_or_else(|| "EIO".to_owned());
    let number = errno::parse(&named).ok_or_else(|| errno::unknown("raise_error", &named))?;
    let times = options.times("times", MOST_TIMES)?.unwrap_or(1);
    let point = options.text("point")?;
    let (id, lease) = (options.effect(), options.lease().unwrap_or(DEFAULT_LEASE));
    options.finish()?;

    let effect = effects.begin(id, "raise_error", lease)?;
    let io = Call::ALL.into_iter().filter(|call| call.is_io());
    let mut rule = Rule { times, ..Interior::rule(&effect, io, Deed::Fail(number)) };
    let target = match &point {
        None => Target::default(),
        Some(point) => at_point(&mut rule, point).map_err(|must| {
            Exception::argument(format!("raise_error: point: must be {must}, not {point:?}"))
        })?,
    };
    let raised = Value::from(interior.under(&effect, &rule, &target, "raise_error").await?.hits);
    Ok(Value::map([("raised", raised.clone()), ("observed", Value::map([("hits", raised)]))]))
}
