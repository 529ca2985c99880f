//! The async-bus wire protocol: what crosses the socket between the host, its workers and its operators.
//!
//! A [`Connection`] carries calls both ways at once. An object that answers calls is a [`Controller`]; the remote
//! handle of one is a [`Proxy`]; a call in flight is a transaction and has a deadline. Arguments and results are
//! [`Value`]s, and [`to_value`] and [`from_value`] turn them from and into types of your own.
//!
//! ```
//! use chaos_kitty_bus::{Answer, Call, Connection, Controller, Limits, Raise, Request, Side, Symbol};
//! use std::{sync::Arc, time::Duration};
//!
//! struct Cat;
//!
//! impl Controller for Cat {
//!     fn call(self: Arc<Self>, call: Call) -> Answer {
//!         Box::pin(async move {
//!             match &*call.request.method {
//!                 "greet" => Ok("meow".into()),
//!                 method => Err(Raise::no_method(method, "Cat")),
//!             }
//!         })
//!     }
//!     fn responds_to(&self, method: &str) -> bool {
//!         method == "greet"
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
//! let _server = Connection::start(ours, Side::Server, Limits::default(), vec![(Symbol::from("cat"), Arc::new(Cat))]);
//! let client = Connection::start(theirs, Side::Client, Limits::default(), vec![]);
//! let answer = client.proxy("cat").call(Request::new("greet"), Duration::from_secs(1)).await.unwrap();
//! assert_eq!(answer.as_str(), Some("meow"));
//! # });
//! ```

mod block;
mod call;
mod call_error;
mod clock;
mod closed;
mod connection;
mod controller;
mod convert;
mod decode;
mod decode_message;
mod deserialize;
mod dispatch;
mod encode;
mod exception;
mod forward;
mod frame;
mod hoard;
mod inbox;
mod limits;
mod lock;
mod message;
mod object;
mod objects;
mod outbox;
mod plain;
mod protocol_error;
mod proxy;
mod pump;
mod request;
mod serialize;
mod serve;
mod strays;
mod symbol;
mod transactions;
mod value;
mod value_error;

pub use block::Block;
pub use call_error::CallError;
pub use closed::Closed;
pub use connection::{Connection, Side};
pub use controller::{Answer, Call, Controller, Raise};
pub use decode::decode_value;
pub use deserialize::from_value;
pub use encode::encode_value;
pub use exception::Exception;
pub use forward::Forward;
pub use limits::Limits;
pub use message::Message;
pub use object::{Object, ObjectName};
pub use protocol_error::ProtocolError;
pub use proxy::Proxy;
pub use request::Request;
pub use serialize::to_value;
pub use strays::Strays;
pub use symbol::Symbol;
pub use value::Value;
pub use value_error::ValueError;
