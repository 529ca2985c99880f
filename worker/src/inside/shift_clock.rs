//! `shift_clock([by:], [drift:], duration:)`: the time of day that the program reads is off, and comes back.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::{Rule, Target, now};

use super::interior::{Interior, missing};
use crate::effects::Effects;
use crate::options::Options;

/// Ten years, in seconds.
const FARTHEST: f64 = 315_576_000.0;
const FASTEST: f64 = 100.0;

pub(super) async fn shift_clock(
    interior: &Interior,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.map(|seconds| seconds.duration);
    let by = options.number("by", -FARTHEST, FARTHEST)?;
    let drift = options.number("drift", -1.0, FASTEST)?;
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;
    if by.is_none() && drift.is_none() {
        return Err(Exception::argument(
            "shift_clock: give by: (seconds that it jumps) or drift: (how much faster it goes), or both",
        ));
    }
    let (by, drift) = (by.unwrap_or_default(), drift.unwrap_or_default());
    // The host grants a lease where nobody says for how long.
    let length = [duration, lease].into_iter().flatten().min().ok_or_else(|| missing("shift_clock"))?;
    let effect = effects.begin(id, "shift_clock", length)?;
    let (begun, deadline) = Interior::time(&effect);
    let rule = Rule::shift((by * 1e9) as i64, drift, begun, deadline);
    let tally = interior.under(&effect, &rule, &Target::default(), "shift_clock").await?;
    let over = now().min(rule.deadline);
    let shifted = Value::from(by + drift * (over.saturating_sub(begun) as f64 / 1e9));
    let observed = Value::map([
        ("hits", Value::from(tally.hits)),
        ("seconds_shifted", shifted.clone()),
        ("seconds_held", (tally.lapses.leave_of(&(begun..over)) as f64 / 1e9).into()),
    ]);
    Ok(Value::map([("shifted", shifted), ("observed", observed)]))
}
