//! Stutter: several short effects in a row.

use chaos_kitty_plugin::{
    Context, Error, Interval, Operation, Probability, Result, Seconds, Symbol, ordered, serde, tracing,
};

/// What one stutter does.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", rename_all = "snake_case")]
enum Style {
    /// Holds the application at its fault points.
    Hold,
    /// Keeps a processor busy.
    Spin,
}

/// The parameters, which are the instance too.
#[derive(serde::Deserialize)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
struct Stutter {
    interval: Interval,
    probability: Probability,
    stutters: u32,
    rest: Seconds,
    min_duration: Seconds,
    max_duration: Seconds,
    style: Style,
}

impl Default for Stutter {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.2),
            stutters: 3,
            rest: Seconds::from(0.5),
            min_duration: Seconds::from(0.5),
            max_duration: Seconds::from(1.5),
            style: Style::Hold,
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    stutters: u32,
    duration_range: [Seconds; 2],
    style: Symbol,
}

impl Operation for Stutter {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        ordered(("min_duration", config.min_duration), ("max_duration", config.max_duration))?;
        if !(1..=100).contains(&config.stutters) {
            return Err(Error::parameter("stutters", format!("{} is not from 1 to 100", config.stutters)));
        }
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            stutters: self.stutters,
            duration_range: [self.min_duration, self.max_duration],
            style: Symbol::from(match self.style {
                Style::Hold => "hold",
                Style::Spin => "spin",
            }),
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                let mut stutter = 1;
                loop {
                    // A purpose of its own for each draw: the same purpose would draw the same number.
                    let purpose = format!("duration {stutter}");
                    let duration = chance.between(&purpose, self.min_duration, self.max_duration);
                    let outcome = match self.style {
                        Style::Hold => victim.delay(duration).await?,
                        Style::Spin => victim.cpu_spin(duration).await?,
                    };
                    if stutter == self.stutters {
                        return Ok(outcome);
                    }
                    tracing::debug!(victim = victim.name(), stutter, "missed it, again");
                    context.sleep(self.rest).await?;
                    stutter += 1;
                }
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Stutter);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn it_stutters_as_often_as_it_is_told() {
        let kit = Kit::new::<Stutter>(Value::from([("stutters", 2)])).unwrap();
        kit.register("cat");
        kit.draws(|purpose| match purpose {
            "strike" => 0.0,
            "duration 1" => 0.25,
            _ => 0.5,
        });
        let strikes: Vec<String> = kit.run_for(30).iter().map(ToString::to_string).collect();
        assert_eq!(strikes, ["cat: delay duration=0.75", "cat: delay duration=1.0"]);
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::new::<Stutter>(Value::from([("style", "spin")])).unwrap();
        let status = "victims=0 probability=0.2 stutters=3 duration_range=[0.5, 1.5] style=spin";
        assert_eq!(kit.status().to_string(), status);
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused =
            |name, value: Value| Kit::new::<Stutter>(Value::from([(name, value)])).err().unwrap().to_string();
        assert_eq!(refused("stutters", 0.into()), "stutters: 0 is not from 1 to 100");
        assert!(refused("style", "hlod".into()).starts_with("style: unknown variant `hlod`"));
        assert!(
            refused("min_duration", "2s".into()).starts_with("min_duration: 2 s is more than max_duration")
        );
    }
}
