//! Hiss: calls that fail, drag or come short.

use chaos_kitty_plugin::{
    Call, Context, Disturbance, Doing, Errno, Error, Interval, Operation, Parameters, Probability, Result,
    Seconds, lasting, serde,
};

/// Disturbs calls that a random victim makes, for a while: of one with our library inside.
#[derive(Clone, serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Hiss {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// Which calls are disturbed.
    calls: Vec<Call>,
    /// What they fail with: EIO where none of this, `delay` and `share` is given.
    errno: Option<Errno>,
    /// By how much each is made later, in the place of failing.
    delay: Option<Seconds>,
    /// To which share of its bytes each is cut short, in the place of failing: above 0 and below 1.
    share: Option<f64>,
    /// Only calls on files whose path matches; `*` stands for any text.
    path: Option<String>,
    /// Only calls to or from addresses that match: an IP address, a name that is looked up, or `unix:PATH`.
    address: Option<String>,
    /// Only calls to or from this port.
    port: Option<u16>,
    /// Which share of the calls, above 0, to 1.
    rate: f64,
    /// How many calls go by first: 2 begins with the third.
    after: u32,
    /// How many calls at most; all where it is left out.
    times: Option<u32>,
    /// For how long.
    duration: Seconds,
}

impl Default for Hiss {
    fn default() -> Self {
        Self {
            interval: Interval::from(30),
            probability: Probability::from(0.2),
            calls: vec![Call::Read, Call::Write],
            errno: None,
            delay: None,
            share: None,
            path: None,
            address: None,
            port: None,
            rate: 0.1,
            after: 0,
            times: None,
            duration: Seconds::from(2.0),
        }
    }
}

impl Hiss {
    fn disturbance(&self, seed: Option<u32>) -> Result<Disturbance> {
        let doing = match (self.errno, self.delay, self.share) {
            (None, None, None) => Doing::Fail(Errno::EIO),
            (Some(errno), None, None) => Doing::Fail(errno),
            (None, Some(time), None) => Doing::Delay(time),
            (None, None, Some(share)) => Doing::Cut(share),
            _ => return Err(Error::parameter("delay", "give one of `errno`, `delay` and `share`, not two")),
        };
        let mut disturbance = Disturbance::new(self.calls.clone(), doing);
        disturbance.path.clone_from(&self.path);
        disturbance.address.clone_from(&self.address);
        disturbance.port = self.port;
        disturbance.rate = self.rate;
        disturbance.after = self.after;
        disturbance.times = self.times;
        disturbance.seed = seed;
        disturbance.checked()
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status<'a> {
    victims: usize,
    probability: Probability,
    calls: &'a [Call],
    rate: f64,
    duration: Seconds,
}

impl Operation for Hiss {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        lasting(("duration", config.duration))?;
        config.delay.map_or(Ok(()), |delay| lasting(("delay", delay)))?;
        config.disturbance(None)?;
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        let Self { probability, calls, rate, duration, .. } = self;
        let victims = context.victims().len();
        Status { victims, probability: *probability, calls, rate: *rate, duration: *duration }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                let seed = u32::try_from(chance.integer("seed", 0, u32::MAX)).ok();
                victim.disturb(&self.disturbance(seed)?, self.duration).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Hiss);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    fn table(given: &[(&str, Value)]) -> Value {
        Value::Map(given.iter().map(|(name, value)| (Value::from(*name), value.clone())).collect())
    }

    #[test]
    fn what_is_disturbed_how_and_where_goes_out_with_a_drawn_seed() {
        let strike = |given: &[(&str, Value)], drawn: f64| {
            let kit = Kit::new::<Hiss>(table(given)).unwrap();
            kit.register("cat");
            kit.draws(move |purpose| if purpose == "seed" { drawn } else { 0.0 });
            kit.run_for(30).remove(0).to_string()
        };
        let plain = "cat: disturb calls=[read, write] errno=EIO rate=0.1 seed=2147483648 duration=2.0";
        assert_eq!(strike(&[], 0.5), plain);
        let recv = ("calls", vec!["recv"].into());
        let reset = [recv, ("errno", 104.into()), ("port", 6379.into()), ("rate", 1.into())];
        let told = "cat: disturb calls=[recv] errno=ECONNRESET port=6379 seed=0 duration=2.0";
        assert_eq!(strike(&reset, 0.0), told);
        let slow = [("calls", vec!["*"].into()), ("delay", "20ms".into()), ("times", 3.into())];
        let told = "cat: disturb calls=[*] delay=0.02 rate=0.1 times=3 seed=0 duration=2.0";
        assert_eq!(strike(&slow, 0.0), told);
        let third = [("after", 2.into()), ("times", 1.into()), ("rate", 1.into())];
        let told = "cat: disturb calls=[read, write] errno=EIO after=2 times=1 seed=0 duration=2.0";
        assert_eq!(strike(&third, 0.0), told);
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused = |given: &[(&str, Value)]| Kit::new::<Hiss>(table(given)).err().unwrap().to_string();
        assert!(refused(&[("errno", "ENOSPCE".into())]).starts_with("errno: unknown variant `ENOSPCE`"));
        assert!(refused(&[("calls", vec!["raed"].into())]).starts_with("calls[0]: unknown variant `raed`"));
        assert!(refused(&[("calls", Value::Array(vec![]))]).starts_with("calls: there is none"));
        assert!(refused(&[("errno", 5.into()), ("share", 0.5.into())]).starts_with("delay: give one of"));
        let open = ("calls", vec!["open"].into());
        assert!(refused(&[("share", 0.5.into()), open]).starts_with("calls: open has no bytes"));
        for name in ["share", "rate", "times", "port"] {
            assert!(refused(&[(name, 0.into())]).starts_with(&format!("{name}: 0 is no")), "{name}");
        }
        for name in ["duration", "delay"] {
            assert!(refused(&[(name, 0.into())]).starts_with(&format!("{name}: 0 s is no time")), "{name}");
        }
    }
}
