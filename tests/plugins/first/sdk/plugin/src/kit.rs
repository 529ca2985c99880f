//! A host to test an operation against, in the test's own thread: no clock, no chance but the test's, no victims but
//! names.
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
//! #         context.strike_at_random(std::time::Duration::from_secs(1), always, async |victim, chance| {
//! #             victim.delay(chance.between("duration", 1.0, 3.0)).await
//! #         }).await
//! #     }
//! # }
//! let kit = Kit::new::<Poke>(()).unwrap();
//! kit.register("cat");
//! kit.draws(|_purpose| 0.5);
//! let strikes = kit.run(2);
//! assert_eq!(strikes.len(), 2);
//! assert_eq!(strikes[0].to_string(), "cat: delay duration=2.0");
//! ```

mod pretend_host;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{self, Poll, Waker};

use chaos_kitty_abi::{OperationObject, RSlice};
use serde::Serialize;

use crate::link::Link;
use crate::{Operation, Result, Value, instance, msgpack};
use pretend_host::PretendHost;

/// An instance of an operation, and the pretend host that it runs on.
pub struct Kit {
    host: Arc<PretendHost>,
    operation: OperationObject,
}

/// What an operation asked of a victim.
#[derive(Clone, Debug, PartialEq)]
pub struct Strike {
    /// The victim's name.
    pub victim: String,
    /// The method.
    pub method: String,
    /// Positional arguments.
    pub arguments: Value,
    /// Keyword arguments.
    pub options: Value,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { victim, method, options, .. } = self;
        write!(f, "{victim}: {method} {options}")
    }
}

impl Kit {
    /// Builds an instance from its parameters, anything that serializes to what the operation's `Config` reads.
    ///
    /// # Errors
    /// What the operation's `Config` or `new` refuses, with the parameter's name.
    pub fn new<O: Operation>(parameters: impl Serialize) -> Result<Self> {
        let host = Arc::new(PretendHost::default());
        let link = Arc::new(Link::new(host.clone().into_object()));
        let operation = instance::construct::<O>(&msgpack::to_bytes(&parameters)?, link)?;
        Ok(Self { host, operation })
    }

    /// Builds an instance with every parameter left out.
    ///
    /// # Errors
    /// As [`Kit::new`].
    pub fn with_defaults<O: Operation>() -> Result<Self> {
        Self::new::<O>(Value::Map(Vec::new()))
    }

    /// A victim comes; the answer is its id. Those who come later are picked later, in turn.
    ///
    /// # Panics
    /// If the operation refuses it.
    pub fn register(&self, name: &str) -> u64 {
        #[derive(Serialize)]
        struct Info<'a> {
            id: u64,
            name: &'a str,
        }
        let id = self.host.add(name);
        let bytes = msgpack::to_bytes(&Info { id, name }).expect("a name can be written");
        let answer = self.operation.register(RSlice::from_slice(&bytes));
        answer.into_result().unwrap_or_else(|fault| panic!("register: {}", text(&fault)));
        id
    }

    /// A victim goes.
    ///
    /// # Panics
    /// If the operation fails.
    pub fn remove(&self, id: u64) {
        self.host.remove(id);
        self.operation.remove(id).into_result().unwrap_or_else(|fault| panic!("remove: {}", text(&fault)));
    }

    /// What every draw from here on answers, by purpose; 0 before the first call. Keep it in [0, 1).
    pub fn draws(&self, draw: impl Fn(&str) -> f64 + Send + 'static) {
        self.host.set_draw(Box::new(draw));
    }

    /// Every strike from here on fails with this message.
    pub fn fail(&self, message: &str) {
        self.host.set_failure(message);
    }

    /// The operation's status.
    ///
    /// # Panics
    /// If the operation fails.
    pub fn status(&self) -> Value {
        let bytes = self.operation.status().into_result();
        let bytes = bytes.unwrap_or_else(|fault| panic!("status: {}", text(&fault)));
        msgpack::from_bytes(&bytes).expect("a status is MessagePack")
    }

    /// Runs the operation for so many ticks, and answers what it asked for.
    ///
    /// # Panics
    /// If the operation ends or panics before, or waits for something that is not the host's.
    pub fn run(&self, ticks: u64) -> Vec<Strike> {
        self.host.begin(ticks);
        let mut run = pin!(self.operation.run());
        let polled = run.as_mut().poll(&mut task::Context::from_waker(Waker::noop()));
        if let Poll::Ready(result) = polled {
            panic!(
                "the operation ended: {}",
                result.into_result().map_or_else(|fault| text(&fault), |()| "Ok".into())
            );
        }
        assert!(self.host.is_over(), "the operation waits for something else than a tick");
        self.host.take_strikes()
    }
}

fn text(fault: &[u8]) -> String {
    msgpack::from_bytes::<Value>(fault).map_or_else(|error| error.to_string(), |fault| fault.to_string())
}
