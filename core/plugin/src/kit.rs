//! A host to test an operation against, in the test's own thread: its clock stands until the test moves it, chance is
//! what the test says, and victims write down what is done to them. An hour of an operation takes milliseconds.
//!
//! ```
//! # use chaos_kitty_plugin::{Context, Operation, Probability, Result, kit::Kit};
//! # struct Poke;
//! # impl Operation for Poke {
//! #     type Config = ();
//! #     fn new((): ()) -> Result<Self> { Ok(Poke) }
//! #     fn status(&self, _: &Context) -> impl serde::Serialize {}
//! #     async fn run(&self, context: &Context) -> Result<()> {
//! #         let always = Probability::from(1.0);
//! #         context.strike_at_random(std::time::Duration::from_secs(10), always, async |victim, chance| {
//! #             victim.delay(chance.between("duration", 1.0, 3.0)).await
//! #         }).await
//! #     }
//! # }
//! let kit = Kit::new::<Poke>(()).unwrap(); // it delays somebody every 10 s, for 1 to 3 s
//! let cat = kit.register("cat");
//! kit.draws(|_purpose| 0.5);
//! let strikes = kit.run_for(20);
//! assert_eq!(strikes.len(), 2);
//! assert_eq!(strikes[0].to_string(), "cat: delay duration=2.0");
//! assert_eq!(strikes[0].at.as_secs(), 10);
//!
//! kit.pause();
//! assert!(kit.run_for(3600).is_empty(), "the gate refuses everything");
//! assert_eq!(cat.strikes().len(), 2);
//! ```

mod candidate;
mod chance;
mod clock;
mod pretend_host;
mod pretend_victim;
mod runner;
mod strike;

use std::cell::RefCell;
use std::sync::Arc;

use chaos_kitty_abi::{OperationObject, RSlice};
use serde::Serialize;

use crate::link::Link;
use crate::{Operation, Outcome, Result, Seconds, Value, instance, msgpack};
use pretend_host::PretendHost;
use runner::Runner;

pub use candidate::Candidate;
pub use pretend_victim::PretendVictim;
pub use strike::Strike;

/// An instance of an operation, and the pretend host that it runs on.
pub struct Kit {
    // First, so that it is dropped first.
    runner: RefCell<Option<Runner>>,
    host: Arc<PretendHost>,
    operation: OperationObject,
}

impl Kit {
    /// Builds an instance from its parameters, anything that serializes to what the operation's `Config` reads.
    ///
    /// # Errors
    /// What the operation's `Config` or `new` refuses, with the parameter's name.
    pub fn new<O: Operation>(parameters: impl Serialize) -> Result<Self> {
        let host = Arc::new(PretendHost::default());
        let link = Arc::new(Link::new(PretendHost::object(&host)));
        let operation = instance::construct::<O>(&msgpack::to_bytes(&parameters)?, link)?;
        Ok(Self { runner: RefCell::new(None), host, operation })
    }

    /// Builds an instance with every parameter left out.
    ///
    /// # Errors
    /// As [`Kit::new`].
    pub fn with_defaults<O: Operation>() -> Result<Self> {
        Self::new::<O>(Value::Map(Vec::new()))
    }

    /// A victim comes: a name, or a [`Candidate`] with labels and methods. One that comes between two calls of
    /// [`Kit::run_for`] comes in the middle of the run.
    ///
    /// # Panics
    /// If the operation refuses it.
    #[track_caller]
    pub fn register(&self, candidate: impl Into<Candidate>) -> PretendVictim {
        let candidate = candidate.into();
        let name = candidate.name.clone();
        self.try_register(candidate).unwrap_or_else(|why| panic!("the operation refused {name}: {why}"))
    }

    /// The same of a victim that the operation may refuse.
    ///
    /// # Errors
    /// What the operation's `register` says against it.
    pub fn try_register(&self, candidate: impl Into<Candidate>) -> Result<PretendVictim> {
        let candidate = candidate.into();
        let id = self.host.next_id();
        self.operation.register(RSlice::from_slice(&candidate.to_bytes(id))).into_result().map_err(fault)?;
        Ok(PretendVictim::new(self.host.add(id, candidate), Arc::clone(&self.host)))
    }

    /// A victim goes. A strike on it that is under way fails.
    ///
    /// # Panics
    /// If the operation's `remove` fails.
    #[track_caller]
    pub fn remove(&self, victim: &PretendVictim) {
        self.host.remove(victim.id());
        if let Err(why) = self.operation.remove(victim.id()).into_result().map_err(fault) {
            panic!("the operation's remove failed: {why}");
        }
    }

    /// Draws from here on are keyed, as the host's are: by this seed, and by victim's name, tick and purpose. It is the
    /// host's own function for an instance with the name `kit`. Victims are then picked by chance too.
    pub fn seed(&self, seed: u64) {
        self.host.chance().seed(seed);
    }

    /// What every draw from here on answers, by purpose: a number in [0, 1), or `None` for what it would be without
    /// this. That is the seed's draw, and without a seed 0, which passes every probability above 0 and is the lower end
    /// of every range.
    pub fn draws<D: Into<Option<f64>>>(&self, draw: impl Fn(&str) -> D + Send + 'static) {
        self.host.chance().fix(Box::new(move |purpose| draw(purpose).into()));
    }

    /// What every strike from here on comes to; an error is a failure of the victim's. Before the first call, and where
    /// nothing else is said, it is effective.
    pub fn outcomes(&self, outcome: impl Fn(&Strike) -> Result<Outcome> + Send + 'static) {
        self.host.set_outcome(Box::new(outcome));
    }

    /// Every strike from here on fails with this message.
    pub fn fail(&self, message: &str) {
        let message = message.to_owned();
        self.outcomes(move |_| Err(crate::Error::new(&message)));
    }

    /// From here on every strike is refused, as by `chaos-kitty pause`. No victim writes it down.
    pub fn pause(&self) {
        self.host.set_paused(true);
    }

    /// Strikes happen again.
    pub fn resume(&self) {
        self.host.set_paused(false);
    }

    /// The operation's status.
    ///
    /// # Panics
    /// If the operation fails.
    #[track_caller]
    pub fn status(&self) -> Value {
        match self.operation.status().into_result().map_err(fault) {
            Ok(bytes) => msgpack::from_bytes(&bytes).expect("a status is MessagePack"),
            Err(why) => panic!("the operation's status failed: {why}"),
        }
    }

    /// Runs the operation for so long of its time, in seconds or as a `Duration`, and answers what it did to victims
    /// meanwhile. The first call starts the run at 0, each further one goes on where the last one stopped.
    ///
    /// A tick comes at the next multiple of its interval, the end of the time included. A sleep takes what it says, and
    /// a strike takes the `duration` or `hold_duration` that was asked for. Nothing takes less than a millisecond, so
    /// that no loop keeps the clock standing.
    ///
    /// # Panics
    /// If the operation's run ends, panics, or waits for something that is not the host's.
    #[track_caller]
    pub fn run_for(&self, time: impl Into<Seconds>) -> Vec<Strike> {
        let time: Seconds = time.into();
        let before = self.host.strikes().len();
        let mut runner = self.runner.borrow_mut();
        let runner = runner.get_or_insert_with(|| Runner::new(self.operation.run()));
        if let Err(why) = runner.run_for(&self.host, time.into()) {
            panic!("{why}");
        }
        self.host.strikes().split_off(before)
    }
}

fn fault(fault: chaos_kitty_abi::Fault) -> crate::Error {
    crate::Error::from_fault(&fault)
}

#[cfg(test)]
mod tests;
