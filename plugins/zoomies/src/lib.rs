//! Zoomies: CPU spikes.

use chaos_kitty_plugin::{
    Context, Interval, Operation, Parameters, Probability, Result, Seconds, lasting, ordered, serde,
};

/// Keeps a processor of a random victim's busy for a random time.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Zoomies {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// The shortest spell of work.
    min_duration: Seconds,
    /// The longest spell of work.
    max_duration: Seconds,
}

impl Default for Zoomies {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.2),
            min_duration: Seconds::from(0.5),
            max_duration: Seconds::from(3.0),
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

impl Operation for Zoomies {
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
                victim.cpu_spin(chance.between("duration", self.min_duration, self.max_duration)).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Zoomies);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn the_duration_lies_between_its_bounds() {
        let kit = Kit::with_defaults::<Zoomies>().unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: cpu_spin duration=0.5");
        kit.draws(|purpose| if purpose == "strike" { 0.0 } else { 0.5 });
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: cpu_spin duration=1.75");
    }

    #[test]
    fn it_goes_on_after_a_failure() {
        let kit = Kit::with_defaults::<Zoomies>().unwrap();
        kit.register("cat");
        kit.fail("the victim has no processor left");
        assert_eq!(kit.run_for(90).len(), 3);
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Zoomies>().unwrap();
        let cat = kit.register("cat");
        kit.register("kitten");
        kit.remove(&cat);
        assert_eq!(kit.status().to_string(), "victims=1 probability=0.2 duration_range=[0.5, 3.0]");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused =
            |name, value: Value| Kit::new::<Zoomies>(Value::from([(name, value)])).err().unwrap().to_string();
        assert_eq!(
            refused("max_duration", "100ms".into()),
            "min_duration: 0.5 s is more than max_duration, which is 0.1 s"
        );
        assert!(refused("max_duration", 0.into()).starts_with("max_duration: 0 s is no time at all"));
        assert!(refused("probability", "often".into()).starts_with("probability: "));
    }
}
