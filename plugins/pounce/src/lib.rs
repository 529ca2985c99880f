//! Pounce: programs that stand still.

use chaos_kitty_plugin::{
    Context, Interval, Operation, Parameters, Probability, Result, Seconds, lasting, ordered, serde,
};

/// Freezes a random victim for a random time: one that is wrapped, has our library inside, or is attached.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Pounce {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// The shortest time that it stands still.
    min_duration: Seconds,
    /// The longest time that it stands still.
    max_duration: Seconds,
}

impl Default for Pounce {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.2),
            min_duration: Seconds::from(0.5),
            max_duration: Seconds::from(5.0),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    duration_range: [Seconds; 2],
}

impl Operation for Pounce {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        lasting(("max_duration", config.max_duration))?;
        ordered(("min_duration", config.min_duration), ("max_duration", config.max_duration))?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            duration_range: [self.min_duration, self.max_duration],
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                victim.freeze(chance.between("duration", self.min_duration, self.max_duration)).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Pounce);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::Value;
    use chaos_kitty_plugin::kit::{Candidate, Kit};

    #[test]
    fn the_time_lies_between_its_bounds() {
        let kit = Kit::with_defaults::<Pounce>().unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: freeze duration=0.5");
        kit.draws(|purpose| if purpose == "strike" { 0.0 } else { 0.5 });
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: freeze duration=2.75");
    }

    #[test]
    fn who_cannot_be_frozen_is_spared_and_the_others_are_not() {
        let kit = Kit::with_defaults::<Pounce>().unwrap();
        let linked = kit.register(Candidate::new("linked").methods(["delay"]));
        let wrapped = kit.register(Candidate::new("wrapped").methods(["freeze"]));
        kit.seed(1);
        kit.run_for(3600);
        assert!(linked.strikes().is_empty() && !wrapped.strikes().is_empty());
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Pounce>().unwrap();
        assert_eq!(kit.status().to_string(), "victims=0 probability=0.2 duration_range=[0.5, 5.0]");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused =
            |name, value: Value| Kit::new::<Pounce>(Value::from([(name, value)])).err().unwrap().to_string();
        assert_eq!(
            refused("max_duration", "100ms".into()),
            "min_duration: 0.5 s is more than max_duration, which is 0.1 s"
        );
        assert!(refused("max_duration", 0.into()).starts_with("max_duration: 0 s is no time at all"));
        assert!(refused("min_duration", (-1).into()).contains("negative time"));
        assert!(refused("duration", 2.into()).starts_with("duration: unknown field"));
    }
}
