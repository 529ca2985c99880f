//! An effect that is watched while it is carried out.

use super::look::Look;
use super::scene::Scene;
use super::seen::Seen;
use crate::backend::Report;
use crate::clock::Clock;
use crate::effect::Effect;
use crate::roster::Victim;
use chaos_kitty_bus::Value;
use std::pin::pin;
use std::time::Duration;

/// Between two looks at least.
const SHORTEST: Duration = Duration::from_millis(20);
/// And at most, as a share of what has gone by: an effect may end long before its time, and is to have been seen then too.
const OF_WHAT_WENT_BY: u32 = 4;
/// And as a share of the time for which an effect is asked.
const OF_THE_WHOLE: u32 = 20;

/// Carries an effect out, and looks at it meanwhile: before it begins, now and then, and when it is over.
///
/// It looks as long as it is awaited, and no longer.
pub(crate) async fn watched(
    clock: &Clock,
    victim: &Victim,
    effect: &Effect,
    carried_out: impl Future<Output = Report>,
) -> (Report, Option<Seen>) {
    let Some(scene) = Scene::of(victim, effect) else { return (carried_out.await, None) };
    let look = || look(clock, &scene);
    // Without a look from before there is nothing to compare with, and without one from after no end of it.
    let Some(before) = look().await else { return (carried_out.await, None) };
    let mut looks = vec![before];
    let mut carried_out = pin!(carried_out);
    let length = length(effect);
    let report = loop {
        let went_by = clock.offset().saturating_sub(before.at);
        tokio::select! {
            biased;
            report = &mut carried_out => break report,
            () = tokio::time::sleep(pause(went_by, length)) => looks.extend(look().await),
        }
    };
    let after = look().await;
    let is_whole = after.is_some();
    looks.extend(after);
    let exited = victim.process().has_exited();
    let looks = if is_whole { &looks[..] } else { &[] };
    let seen = Seen::of(looks, exited, effect, report.observed.as_ref());
    (report, Some(seen))
}

/// Not on the runtime's own threads: a machine with many processes takes its time over them.
async fn look(clock: &Clock, scene: &Scene) -> Option<Look> {
    let (clock, scene) = (clock.clone(), scene.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let since = clock.offset();
        let sight = scene.look()?;
        Some(Look { since, at: clock.offset(), sight })
    });
    looked.await.ok().flatten()
}

/// How long it is until the next look, when so much has gone by of an effect that is asked for this long.
fn pause(went_by: Duration, length: Duration) -> Duration {
    (went_by / OF_WHAT_WENT_BY).min(length.max(went_by) / OF_THE_WHOLE).max(SHORTEST)
}

/// For how long it is asked; its lease grants more, for a machine that is busy.
fn length(effect: &Effect) -> Duration {
    let seconds = |key: &str| effect.option(key).and_then(Value::as_f64);
    let asked = seconds("hold_duration").or_else(|| seconds("duration"));
    let asked = asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    asked.map_or(effect.lease, |asked| asked.min(effect.lease))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it is looked, of an effect that is asked for so long.
    fn looks(length: Duration) -> Vec<Duration> {
        let next = |at: &Duration| Some(*at + pause(*at, length)).filter(|next| *next < length);
        std::iter::successors(Some(Duration::ZERO), next).collect()
    }

    #[test]
    fn whenever_it_ends_most_of_it_lies_between_looks_and_there_are_not_many() {
        for milliseconds in [50, 400, 1000, 60_000, 600_000, 3_600_000] {
            let looks = looks(Duration::from_millis(milliseconds));
            for pair in looks.windows(2) {
                let apart = pair[1] - pair[0];
                assert!(apart == SHORTEST || apart > SHORTEST && apart <= pair[0] / 4, "{pair:?}");
            }
            assert!(looks.len() <= 64, "{} of {milliseconds} ms", looks.len());
        }
    }
}
