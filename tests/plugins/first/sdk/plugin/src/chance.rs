//! What chance has in store for one victim at one tick.

use serde::Serialize;

use crate::link::Link;
use crate::{Megabytes, Probability};

/// Draws that the host keys by seed, instance, victim, tick and purpose: the same question has the same answer, and
/// no question moves the answer to another. Give each use of chance a purpose of its own.
pub struct Chance<'a> {
    link: &'a Link,
    victim: u64,
    tick: u64,
}

#[derive(Serialize)]
struct Draw<'a> {
    victim: u64,
    tick: u64,
    purpose: &'a str,
}

impl<'a> Chance<'a> {
    pub(crate) fn new(link: &'a Link, victim: u64, tick: u64) -> Self {
        Self { link, victim, tick }
    }

    /// Whether something of this probability happens. Should the host not answer, it does not.
    pub fn happens(&self, purpose: &str, probability: impl Into<Probability>) -> bool {
        let probability: Probability = probability.into();
        self.draw(purpose).is_some_and(|draw| draw < probability.get())
    }

    /// A number from `low` up to `high`. Should the host not answer, `low`.
    pub fn between(&self, purpose: &str, low: impl Into<f64>, high: impl Into<f64>) -> f64 {
        let (low, high) = (low.into(), high.into());
        low + self.draw(purpose).unwrap_or(0.0) * (high - low)
    }

    /// An integer from `low` to `high`, both included. Should the host not answer, `low`.
    pub fn integer(&self, purpose: &str, low: impl Into<i64>, high: impl Into<i64>) -> i64 {
        let (low, high) = (low.into(), high.into());
        let count = i128::from(high) - i128::from(low) + 1;
        let offset = (self.draw(purpose).unwrap_or(0.0) * count as f64) as i128;
        i64::try_from(i128::from(low) + offset).map_or(high, |drawn| drawn.min(high))
    }

    /// A size from `low` to `high`, both included. Should the host not answer, `low`.
    pub fn size(&self, purpose: &str, low: Megabytes, high: Megabytes) -> Megabytes {
        u32::try_from(self.integer(purpose, low, high)).map_or(low, Megabytes::from)
    }

    /// One of these, `None` of none.
    pub fn choose<'b, T>(&self, purpose: &str, choices: &'b [T]) -> Option<&'b T> {
        let last = i64::try_from(choices.len()).ok()? - 1;
        let index = if last < 0 { None } else { usize::try_from(self.integer(purpose, 0, last)).ok() };
        choices.get(index?)
    }

    /// In [0, 1).
    fn draw(&self, purpose: &str) -> Option<f64> {
        let body = Draw { victim: self.victim, tick: self.tick, purpose };
        let drawn = self.link.ask("draw", &body);
        drawn.inspect_err(|error| tracing::error!("the host could not draw for {purpose}: {error}")).ok()
    }
}
