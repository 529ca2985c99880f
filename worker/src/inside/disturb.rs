//! `disturb(calls:, errno: | delay: | share:, [path:], [address:], [port:], [rate:], [after:], [times:], [seed:], duration:)`.

use std::sync::Arc;

use chaos_kitty_bus::{Exception, Request, Value};
use chaos_kitty_table::{Call, Deed, Rule, Target, Text};

use super::calls::named;
use super::errno;
use super::interior::{Interior, missing};
use crate::effects::Effects;
use crate::options::Options;

const MOST_TIMES: u64 = 1_000_000_000;

pub(super) async fn disturb(
    interior: &Interior,
    effects: &Arc<Effects>,
    request: &Request,
) -> Result<Value, Exception> {
    let mut options = Options::of(request)?;
    let duration = options.seconds("duration")?.map(|seconds| seconds.duration);
    let calls = options.take("calls").ok_or_else(|| options.missing("calls"))?;
    let calls =
        named(&calls).map_err(|must| Exception::argument(format!("disturb: calls: must be {must}")))?;
    let deed = deed(&mut options, &calls)?;
    if deed == Deed::Fail(libc::EINTR) && calls.contains(&Call::Nanosleep) {
        return Err(Exception::argument(
            "disturb: errno: EINTR: a nanosleep that is interrupted says how much of it is left, and a program that goes on with \
             that would sleep for nobody knows how long: leave nanosleep out, or give another errno",
        ));
    }
    let target = target(&mut options)?;
    let rate = options.number("rate", 0.0, 1.0)?.unwrap_or(1.0);
    let after = options.whole("after", 0, u64::MAX)?.unwrap_or_default();
    let times = options.times("times", MOST_TIMES)?.unwrap_or(u64::MAX);
    let seed = options.whole("seed", 0, u64::MAX)?.unwrap_or_default();
    let (id, lease) = (options.effect(), options.lease());
    options.finish()?;

    // The host grants a lease where nobody says for how long.
    let length = [duration, lease].into_iter().flatten().min().ok_or_else(|| missing("disturb"))?;
    let effect = effects.begin(id, "disturb", length)?;
    let rule = Rule {
        // To the nearest of them: 1 is always.
        threshold: (rate * u64::MAX as f64) as u64,
        after,
        times,
        seed,
        ..Interior::rule(&effect, calls, deed)
    };
    let tally = interior.under(&effect, &rule, &target, "disturb").await?;
    let observed = Value::map([("calls", tally.calls), ("hits", tally.hits)]);
    Ok(Value::map([("disturbed", Value::from(tally.hits)), ("observed", observed)]))
}

/// Exactly one of three.
fn deed(options: &mut Options, calls: &[Call]) -> Result<Deed, Exception> {
    let errno = options.words("errno")?;
    let delay = options.seconds("delay")?;
    let share = options.number("share", 0.0, 1.0)?;
    match (errno, delay, share) {
        (Some(name), None, None) => {
            errno::parse(&name).map(Deed::Fail).ok_or_else(|| errno::unknown("disturb", &name))
        }
        (None, Some(delay), None) => {
            Ok(Deed::Delay(u64::try_from(delay.duration.as_nanos()).unwrap_or(u64::MAX)))
        }
        (None, None, Some(share)) => match calls.iter().find(|call| !call.has_length()) {
            None => Ok(Deed::Shorten((share * 65_536.0).round().min(65_535.0) as u16)),
            Some(call) => Err(Exception::argument(format!(
                "disturb: share: {} does not say how much it has done, and cannot be cut short: leave it to read, write, \
                 send and recv",
                call.name()
            ))),
        },
        _ => Err(Exception::argument(
            "disturb: give one of errno: (they fail), delay: (each waits) and share: (each does less)",
        )),
    }
}

/// What the calls are to be made on.
fn target(options: &mut Options) -> Result<Target, Exception> {
    let long = |name: &str, most: usize| {
        Exception::argument(format!("disturb: {name}: must be at most {most} bytes, without a zero byte"))
    };
    let mut target = Target::default();
    if let Some(path) = options.text("path")? {
        target.path = Text::new(&path).ok_or_else(|| long("path", Text::<32>::LONGEST))?;
    }
    if let Some(address) = options.text("address")? {
        target.address = Text::new(&address).ok_or_else(|| long("address", Text::<16>::LONGEST))?;
    }
    let port = options.times("port", u64::from(u16::MAX))?.unwrap_or_default();
    target.port = u16::try_from(port).unwrap_or_default();
    Ok(target)
}
