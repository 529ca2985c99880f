//! The loop that operations share.

use std::time::Duration;

use crate::{Chance, Context, Outcome, Probability, Result, Victim};

impl Context {
    /// At each tick: picks a random victim, rolls the probability, strikes, logs what came of it, and goes on.
    ///
    /// A strike that is refused or fails is logged and does not end the loop; of the same error at every strike, the
    /// host logs the first, the tenth, the hundredth. One strike is awaited before the next
    /// tick, so an effect longer than the interval leaves ticks out.
    ///
    /// # Errors
    /// Only when the host is going down.
    pub async fn strike_at_random<F>(
        &self,
        interval: impl Into<Duration>,
        probability: Probability,
        strike: F,
    ) -> Result<()>
    where
        F: AsyncFn(&Victim, &Chance<'_>) -> Result<Outcome>,
    {
        let interval = interval.into();
        loop {
            let tick = self.tick(interval).await?;
            let Some(victim) = tick.pick() else { continue };
            let chance = tick.chance(&victim);
            if !chance.happens("strike", probability) {
                tracing::trace!(tick = tick.number(), victim = victim.name(), "spared");
                continue;
            }
            match strike(&victim, &chance).await {
                Ok(Outcome { verdict, observed, dry_run, .. }) => {
                    tracing::info!(tick = tick.number(), victim = victim.name(), %verdict, %observed, dry_run, "struck");
                }
                // The gate has said why in its own line.
                Err(error) if matches!(error.kind(), "refused" | "failed") => {
                    tracing::debug!(
                        tick = tick.number(),
                        victim = victim.name(),
                        "{}: {error}",
                        error.kind()
                    );
                }
                Err(error) => {
                    tracing::warn!(tick = tick.number(), victim = victim.name(), "strike failed: {error}");
                }
            }
        }
    }
}
