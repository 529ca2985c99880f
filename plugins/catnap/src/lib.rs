//! Catnap: a clock that is wrong for a while.

use chaos_kitty_plugin::{
    Context, Error, Interval, Operation, Parameters, Probability, Result, Seconds, Shift, lasting, ordered,
    serde,
};

/// Has the clock that a random victim reads jump by a random time, or drift, and come back: of one with our library inside.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Catnap {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// The least by which the clock jumps: forward, or back where it is negative.
    min_shift: Shift,
    /// The most by which the clock jumps.
    max_shift: Shift,
    /// How much faster it goes from there on: 0.1 is 10 % fast, -1 stands still; to 100.
    drift: f64,
    /// For how long.
    duration: Seconds,
}

impl Default for Catnap {
    fn default() -> Self {
        Self {
            interval: Interval::from(60),
            probability: Probability::from(0.1),
            min_shift: Shift::from(-3600.0),
            max_shift: Shift::from(3600.0),
            drift: 0.0,
            duration: Seconds::from(5.0),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    shift_range: [Shift; 2],
    drift: f64,
    duration: Seconds,
}

impl Operation for Catnap {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        let Self { min_shift, max_shift, drift, duration, .. } = config;
        ordered(("min_shift", min_shift), ("max_shift", max_shift))?;
        lasting(("duration", duration))?;
        if !(-1.0..=100.0).contains(&drift) {
            let why =
                format!("{drift} is no drift: a number from -1, at which the clock stands still, to 100");
            return Err(Error::parameter("drift", why));
        }
        if [drift, min_shift.as_f64(), max_shift.as_f64()] == [0.0; 3] {
            let why = "the clock would be right: give a shift, or a `drift`";
            return Err(Error::parameter("max_shift", why));
        }
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            shift_range: [self.min_shift, self.max_shift],
            drift: self.drift,
            duration: self.duration,
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                let by = chance.between("shift", self.min_shift, self.max_shift);
                victim.shift_clock(by, self.drift, self.duration).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Catnap);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn the_shift_lies_between_its_bounds() {
        let kit = Kit::with_defaults::<Catnap>().unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(60)[0].to_string(), "cat: shift_clock by=-3600.0 drift=0.0 duration=5.0");
        kit.draws(|purpose| if purpose == "strike" { 0.0 } else { 0.75 });
        assert_eq!(kit.run_for(60)[0].options.get("by"), Some(&Value::Float(1800.0)));
    }

    #[test]
    fn a_clock_may_drift_alone() {
        let drifting = [("min_shift", Value::from(0)), ("max_shift", 0.into()), ("drift", (-1).into())];
        let kit = Kit::new::<Catnap>(Value::from(drifting)).unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(60)[0].to_string(), "cat: shift_clock by=0.0 drift=-1.0 duration=5.0");
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Catnap>().unwrap();
        let status = "victims=0 probability=0.1 shift_range=[-3600.0, 3600.0] drift=0.0 duration=5.0";
        assert_eq!(kit.status().to_string(), status);
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused = |min: Value, max: Value, drift: Value| {
            let given = Value::from([("min_shift", min), ("max_shift", max), ("drift", drift)]);
            Kit::new::<Catnap>(given).err().unwrap().to_string()
        };
        let first = refused("2h".into(), "1h".into(), 0.into());
        assert_eq!(first, "min_shift: 7200 s is more than max_shift, which is 3600 s");
        assert!(
            refused(0.into(), "4000d".into(), 0.into()).starts_with("max_shift: 345600000 seconds is more")
        );
        let none = Kit::new::<Catnap>(Value::from([("duration", 0)])).err().unwrap().to_string();
        assert!(none.starts_with("duration: 0 s is no time at all"), "{none}");
        assert!(refused(0.into(), 1.into(), (-2).into()).starts_with("drift: -2 is no drift"));
        assert!(refused(0.into(), 0.into(), 0.into()).starts_with("max_shift: the clock would be right"));
    }
}
