//! Yowl: errors at the fault points.

use chaos_kitty_plugin::{Context, Error, Interval, Operation, Parameters, Probability, Result, serde};

/// Makes the next fault point of a random victim fail, with a random message.
#[derive(serde::Deserialize, Parameters)]
#[serde(crate = "chaos_kitty_plugin::serde", default, deny_unknown_fields)]
pub struct Yowl {
    /// How far apart two attempts are.
    interval: Interval,
    /// How likely an attempt is to strike.
    probability: Probability,
    /// What the errors say: one of these, by chance.
    messages: Vec<String>,
}

impl Default for Yowl {
    fn default() -> Self {
        let messages = [
            "a cat is sitting on the keyboard",
            "the mouse has been eaten",
            "knocked off the shelf, and watched falling",
            "three in the morning: everybody up",
            "the bowl is half empty, which is empty",
        ];
        Self {
            interval: Interval::from(45),
            probability: Probability::from(0.15),
            messages: messages.map(String::from).into(),
        }
    }
}

#[derive(serde::Serialize)]
#[serde(crate = "chaos_kitty_plugin::serde")]
struct Status {
    victims: usize,
    probability: Probability,
    message_variants: usize,
}

impl Operation for Yowl {
    type Config = Self;

    fn new(config: Self) -> Result<Self> {
        if config.messages.is_empty() {
            return Err(Error::parameter(
                "messages",
                "there is none to choose from: give at least one, or leave it out",
            ));
        }
        if let Some(at) = config.messages.iter().position(String::is_empty) {
            return Err(Error::parameter(
                &format!("messages[{at}]"),
                "an error says something: give a text, or leave it out",
            ));
        }
        Ok(config)
    }

    fn status(&self, context: &Context) -> impl serde::Serialize {
        Status {
            victims: context.victims().len(),
            probability: self.probability,
            message_variants: self.messages.len(),
        }
    }

    async fn run(&self, context: &Context) -> Result<()> {
        context
            .strike_at_random(self.interval, self.probability, async |victim, chance| {
                let message = chance.choose("message", &self.messages).map_or("", String::as_str);
                victim.raise_error(message).await
            })
            .await
    }
}

chaos_kitty_plugin::export_operation!(Yowl);

#[cfg(test)]
mod tests {
    use super::*;
    use chaos_kitty_plugin::{Value, kit::Kit};

    #[test]
    fn chance_chooses_the_message() {
        let kit = Kit::new::<Yowl>(Value::from([("messages", vec!["one", "two", "three"])])).unwrap();
        kit.register("cat");
        for (drawn, message) in [(0.0, "one"), (0.34, "two"), (0.99, "three")] {
            kit.draws(move |purpose| if purpose == "strike" { 0.0 } else { drawn });
            assert_eq!(kit.run_for(45)[0].to_string(), format!("cat: raise_error message={message}"));
        }
    }

    #[test]
    fn it_strikes_as_often_as_its_probability_says() {
        let kit = Kit::with_defaults::<Yowl>().unwrap();
        kit.register("cat");
        kit.draws(|_| 0.15);
        assert_eq!(kit.run_for(450), []);
        kit.draws(|_| 0.149);
        assert_eq!(kit.run_for(450).len(), 10);
    }

    #[test]
    fn it_says_what_it_is_up_to() {
        let kit = Kit::with_defaults::<Yowl>().unwrap();
        assert_eq!(kit.status().to_string(), "victims=0 probability=0.15 message_variants=5");
    }

    #[test]
    fn impossible_parameters_are_refused_by_name() {
        let refused =
            |name, value: Value| Kit::new::<Yowl>(Value::from([(name, value)])).err().unwrap().to_string();
        assert!(refused("messages", Value::Array(vec![])).starts_with("messages: there is none"));
        assert!(refused("messages", vec![1].into()).starts_with("messages[0]: "));
        assert!(refused("interval", "0ms".into()).starts_with("interval: an interval of 0 s is too short"));
    }
}
