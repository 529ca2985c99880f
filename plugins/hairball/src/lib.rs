//! Hairball: random delays.

use chaos_kitty_plugin::{
    Context, Interval, Operation, Parameters, Probability, Result, Seconds, lasting, ordered, serde,
};

/// Holds a random victim for a random time: at its fault points, or as a whole where it is wrapped.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Hairball {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// The shortest delay.
    min_delay: Seconds,
    /// The longest delay.
    max_delay: Seconds,
}

impl Default for Hairball {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.3),
            min_delay: Seconds::from(0.5),
            max_delay: Seconds::from(5.0),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    delay_range: [Seconds; 2],
}

impl Operation for Hairball {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        lasting(("max_delay", config.max_delay))?;
        ordered(("min_delay", config.min_delay), ("max_delay", config.max_delay))?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            delay_range: [self.min_delay, self.max_delay],
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                victim.delay(chance.between("duration", self.min_delay, self.max_delay)).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Hairball);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};
    use std::time::Duration;

    #[test]
    fn the_delay_lies_between_its_bounds() {
        let kit = Kit::with_defaults::<Hairball>().unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: delay duration=0.5");
        kit.draws(|purpose| if purpose == "strike" { 0.0 } else { 0.999_999 });
        let longest = kit.run_for(30)[0].options.get("duration").and_then(Value::as_f64).unwrap();
        assert!((4.9..5.0).contains(&longest), "{longest}");
    }

    #[test]
    fn it_strikes_as_often_as_its_probability_says() {
        let kit = Kit::with_defaults::<Hairball>().unwrap();
        kit.register("cat");
        kit.draws(|_| 0.3);
        assert_eq!(kit.run_for(300), []);
        kit.draws(|_| 0.299);
        assert_eq!(kit.run_for(300).len(), 10);
    }

    #[test]
    fn an_hour_of_it_is_in_proportion() {
        let kit = Kit::with_defaults::<Hairball>().unwrap();
        let cats = ["cat", "kitten", "lion"].map(|name| kit.register(name));
        kit.seed(7);
        // Of 120 ticks three tenths strike, with a deviation of 5.
        assert!((20..=52).contains(&kit.run_for(Duration::from_hours(1)).len()));
        assert!(cats.iter().all(|cat| !cat.strikes().is_empty()));
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Hairball>().unwrap();
        kit.register("cat");
        assert_eq!(kit.status().to_string(), "victims=1 probability=0.3 delay_range=[0.5, 5.0]");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused = |name, value: Value| {
            Kit::new::<Hairball>(Value::from([(name, value)])).err().unwrap().to_string()
        };
        assert_eq!(refused("min_delay", 6.into()), "min_delay: 6 s is more than max_delay, which is 5 s");
        assert!(refused("max_delay", 0.into()).starts_with("max_delay: 0 s is no time at all"));
        assert!(refused("interval", 0.into()).starts_with("interval: "));
        assert!(refused("probability", 1.5.into()).starts_with("probability: 1.5 is not a probability"));
        assert!(refused("min_dealy", 1.into()).starts_with("min_dealy: unknown field"));
    }
}
