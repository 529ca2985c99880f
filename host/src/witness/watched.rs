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
/// How many looks there are in the time for which an effect is asked.
const LOOKS: u32 = 20;

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
    let apart = (length(effect) / LOOKS).max(SHORTEST);
    let report = loop {
        tokio::select! {
            biased;
            report = &mut carried_out => break report,
            () = tokio::time::sleep(apart) => looks.extend(look().await),
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

/// For how long it is asked; its lease grants more, for a machine that is busy.
fn length(effect: &Effect) -> Duration {
    let seconds = |key: &str| effect.option(key).and_then(Value::as_f64);
    let asked = seconds("hold_duration").or_else(|| seconds("duration"));
    let asked = asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    asked.map_or(effect.lease, |asked| asked.min(effect.lease))
}
