//! Mousetrap: scarce file descriptors.

use chaos_kitty_plugin::{
    Context, Interval, Operation, Parameters, Probability, Result, Seconds, lasting, serde,
};

/// Takes a random victim's file descriptors until few are left, and gives them back: of one that is linked, or has our
/// library inside.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Mousetrap {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// How many descriptors are left free.
    leave: u32,
    /// For how long.
    duration: Seconds,
}

impl Default for Mousetrap {
    fn default() -> Self {
        Self {
            interval: Interval::from(45),
            probability: Probability::from(0.15),
            leave: 4,
            duration: Seconds::from(2.0),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    leave: u32,
    duration: Seconds,
}

impl Operation for Mousetrap {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        lasting(("duration", config.duration))?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            leave: self.leave,
            duration: self.duration,
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, _| {
                victim.take_descriptors(self.leave, self.duration).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Mousetrap);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn so_many_are_left_for_so_long() {
        let kit = Kit::with_defaults::<Mousetrap>().unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(45)[0].to_string(), "cat: take_descriptors leave=4 duration=2.0");
        let none = [("leave", Value::from(0)), ("duration", "1m".into())];
        let kit = Kit::new::<Mousetrap>(Value::from(none)).unwrap();
        kit.register("cat");
        let strikes = kit.run_for(100);
        assert_eq!(strikes.len(), 1, "it is struck at 0:45, and still held when the next tick comes");
        assert_eq!(strikes[0].to_string(), "cat: take_descriptors leave=0 duration=60.0");
    }

    #[test]
    fn it_strikes_as_often_as_its_probability_says() {
        let kit = Kit::with_defaults::<Mousetrap>().unwrap();
        kit.register("cat");
        kit.draws(|_| 0.15);
        assert_eq!(kit.run_for(450), []);
        kit.draws(|_| 0.149);
        assert_eq!(kit.run_for(450).len(), 10);
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Mousetrap>().unwrap();
        assert_eq!(kit.status().to_string(), "victims=0 probability=0.15 leave=4 duration=2.0");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused = |name, value: Value| {
            Kit::new::<Mousetrap>(Value::from([(name, value)])).err().unwrap().to_string()
        };
        assert_eq!(refused("leave", (-1).into()), "leave: -1 is not a whole number from 0 to 4294967295");
        assert!(refused("duration", "soon".into()).starts_with("duration: `soon` is not a time"));
        assert!(refused("duration", 0.into()).starts_with("duration: 0 s is no time at all"));
        assert!(refused("left", 3.into()).starts_with("left: unknown field"));
    }
}
