//! my-operation: random delays, to begin with.

use chaos_kitty_plugin::{
    Context, Interval, Operation, Parameters, Probability, Result, Seconds, lasting, ordered, serde,
};

// The parameters of an instance, which are the instance too. The configuration sets them in `[instance.parameters]`, and
// `chaos-kitty operations describe` shows the comments with three slashes.
/// Delays a random victim for a random time.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
struct MyOperation {
    /// How far apart ticks are.
    interval: Interval,
    /// How likely a strike is at each tick.
    probability: Probability,
    /// The shortest delay.
    min_duration: Seconds,
    /// The longest one.
    max_duration: Seconds,
}

/// What holds where the configuration says nothing.
impl Default for MyOperation {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.5),
            min_duration: Seconds::from(0.5),
            max_duration: Seconds::from(2),
        }
    }
}

/// What `chaos-kitty status` shows.
#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    duration_range: [Seconds; 2],
}

impl Operation for MyOperation {
    type Config = Self;

    /// Refuses what the types alone let through.
    fn new(config: Self) -> Result<Self> {
        lasting(("max_duration", config.max_duration))?;
        ordered(
            ("min_duration", config.min_duration),
            ("max_duration", config.max_duration),
        )?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            duration_range: [self.min_duration, self.max_duration],
        }
    }

    /// At each tick a random victim is picked, and with this probability the closure strikes it. Time and chance are
    /// the host's: no clock, no generator and no runtime of your own.
    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                victim
                    .delay(chance.between("duration", self.min_duration, self.max_duration))
                    .await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(MyOperation);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn it_delays_somebody_now_and_then() {
        let kit = Kit::with_defaults::<MyOperation>().unwrap();
        let cat = kit.register("cat");
        kit.seed(7);
        // An hour of its time, which takes milliseconds: of 120 ticks about half strike.
        kit.run_for(3600);
        assert!((30..90).contains(&cat.strikes().len()));
    }

    #[test]
    fn a_delay_is_as_long_as_chance_says() {
        let kit = Kit::with_defaults::<MyOperation>().unwrap();
        kit.register("cat");
        // 0 always strikes, 0.5 is the middle of a range.
        kit.draws(|purpose| if purpose == "strike" { 0.0 } else { 0.5 });
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: delay duration=1.25");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused = Kit::new::<MyOperation>(Value::from([("min_duration", "5s")]))
            .err()
            .unwrap();
        assert_eq!(
            refused.to_string(),
            "min_duration: 5 s is more than max_duration, which is 2 s"
        );
    }
}
