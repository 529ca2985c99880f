//! What a user's crate looked like when the SDK was new.

use chaos_kitty_plugin::{Context, Interval, Operation, Probability, Result, Seconds, ordered, serde};

/// Holds a random victim.
#[derive(serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
struct First {
    interval: Interval,
    probability: Probability,
    shortest: Seconds,
    longest: Seconds,
}

impl Default for First {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.3),
            shortest: Seconds::from(0.1),
            longest: Seconds::from(0.2),
        }
    }
}

impl Operation for First {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        ordered(("shortest", config.shortest), ("longest", config.longest))?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        std::collections::BTreeMap::from([("victims", context.victims().len())])
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                victim.delay(chance.between("duration", self.shortest, self.longest)).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(First);
