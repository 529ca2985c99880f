//! Scratch: signals.

use chaos_kitty_plugin::{
    Context, Error, Interval, Operation, Parameters, Probability, Result, Signal, serde,
};

/// Sends a random victim's process a signal.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Scratch {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// What is sent. None that stops a process: nobody would continue it.
    signal: Signal,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { interval: Interval::from(60), probability: Probability::from(0.1), signal: Signal::TERM }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    signal: Signal,
}

impl Operation for Scratch {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        if config.signal.stops() {
            let why =
                format!("{} stops a process, and nothing here continues it: take hairball", config.signal);
            return Err(Error::parameter("signal", why));
        }
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status { victims: context.victims().len(), probability: self.probability, signal: self.signal }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, _| {
                victim.signal(self.signal).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Scratch);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn a_signal_that_stops_for_ever_is_refused() {
        for signal in ["STOP", "SIGTSTP", "ttin", "TTOU"] {
            let error = Kit::new::<Scratch>(Value::from([("signal", signal)])).err().unwrap().to_string();
            assert!(error.starts_with("signal: ") && error.contains("nothing here continues it"), "{error}");
        }
    }

    #[test]
    fn the_signal_is_a_symbol_in_strike_and_status() {
        let kit = Kit::new::<Scratch>(Value::from([("signal", "SIGUSR1")])).unwrap();
        kit.register("cat");
        assert_eq!(kit.run_for(60)[0].options.get("signal"), Some(&Value::Symbol("USR1".into())));
        assert_eq!(kit.status().get("signal"), Some(&Value::Symbol("USR1".into())));
    }

    #[test]
    fn it_strikes_as_often_as_its_probability_says() {
        let kit = Kit::with_defaults::<Scratch>().unwrap();
        kit.register("cat");
        kit.draws(|_| 0.1);
        assert_eq!(kit.run_for(600), []);
        kit.draws(|_| 0.099);
        assert_eq!(kit.run_for(60)[0].to_string(), "cat: signal signal=TERM");
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Scratch>().unwrap();
        assert_eq!(kit.status().to_string(), "victims=0 probability=0.1 signal=TERM");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused = |name, value: Value| Kit::new::<Scratch>(Value::from([(name, value)])).err().unwrap();
        assert_eq!(refused("signal", "TREM".into()).path(), Some("signal"));
        assert_eq!(refused("signal", 0.into()).path(), Some("signal"));
        assert_eq!(refused("probability", (-0.1).into()).path(), Some("probability"));
        assert_eq!(refused("singal", "TERM".into()).path(), Some("singal"));
    }
}
