//! Floop: memory spikes.

use chaos_kitty_plugin::{
    Context, Interval, Megabytes, Operation, Parameters, Probability, Result, Seconds, ordered, serde,
};

/// Makes a random victim hold memory of a random size for a while.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Floop {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// The least memory that is taken.
    min_size_mb: Megabytes,
    /// The most memory that is taken.
    max_size_mb: Megabytes,
    /// How long it is held.
    hold_duration: Seconds,
}

impl Default for Floop {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.2),
            min_size_mb: Megabytes::from(10),
            max_size_mb: Megabytes::from(100),
            hold_duration: Seconds::from(2),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    size_range_mb: [Megabytes; 2],
    hold_duration: Seconds,
}

impl Operation for Floop {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        ordered(("min_size_mb", config.min_size_mb), ("max_size_mb", config.max_size_mb))?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            size_range_mb: [self.min_size_mb, self.max_size_mb],
            hold_duration: self.hold_duration,
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                let size = chance.size("size", self.min_size_mb, self.max_size_mb);
                victim.allocate_memory(size, self.hold_duration).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Floop);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn the_size_lies_between_its_bounds_and_both_are_reached() {
        let kit = Kit::with_defaults::<Floop>().unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(30)[0].to_string(), "cat: allocate_memory size_mb=10 hold_duration=2");
        kit.draws(|purpose| if purpose == "strike" { 0.0 } else { 0.999_999 });
        assert_eq!(kit.run_for(30)[0].options.get("size_mb"), Some(&Value::Int(100)));
    }

    #[test]
    fn the_hold_goes_out_as_it_was_given() {
        let hold = |given: Value| {
            let kit = Kit::new::<Floop>(Value::from([("hold_duration", given)])).unwrap();
            kit.register("cat");
            let strike = kit.run_for(30).remove(0);
            assert_eq!(kit.status().get("hold_duration"), strike.options.get("hold_duration"));
            strike.options.get("hold_duration").cloned()
        };
        assert_eq!(hold(3.into()), Some(Value::Int(3)));
        assert_eq!(hold(0.5.into()), Some(Value::Float(0.5)));
        assert_eq!(hold("1m".into()), Some(Value::Int(60)));
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Floop>().unwrap();
        let status = "victims=0 probability=0.2 size_range_mb=[10, 100] hold_duration=2";
        assert_eq!(kit.status().to_string(), status);
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused =
            |name, value: Value| Kit::new::<Floop>(Value::from([(name, value)])).err().unwrap().to_string();
        assert_eq!(
            refused("min_size_mb", "1GiB".into()),
            "min_size_mb: 1024 MiB is more than max_size_mb, which is 100 MiB"
        );
        assert!(refused("max_size_mb", "10MB".into()).starts_with("max_size_mb: `10MB` is not"));
        assert!(
            refused("hold_duration", (-1).into()).starts_with("hold_duration: -1 seconds is a negative time")
        );
    }
}
