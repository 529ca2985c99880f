//! Servant: an object that does with a call whatever an object may do. Its first argument comes back in whatever it answers.

use chaos_kitty_bus::{Answer, Call, Controller, Exception, Object, Raise, Request, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Does with a call whatever an object may do.
#[derive(Default)]
pub struct Servant {
    kept: Mutex<Vec<Value>>,
    /// Calls in flight for its sake: those that it answers, and those of its own.
    calls: AtomicUsize,
    /// `last` was called.
    pub last: Notify,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Servant {
    fn keep(&self, more: Vec<Value>) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }

    /// Drops what was kept, which may be itself.
    pub fn forget(&self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        drop(kept);
    }

    /// How many calls are in flight for its sake.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn begin(self: &Arc<Self>) -> InFlight {
        self.calls.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }

    async fn serve(self: Arc<Self>, Call { request, block }: Call) -> Result<Value, Raise> {
        let _answering = self.begin();
        let mark = request.arguments.first().cloned().unwrap_or_default();
        match &*request.method {
            "later" => tokio::task::yield_now().await,
            "never" => std::future::pending().await,
            "twice" => {
                let Some(block) = block else { return Err(Exception::argument("no block").into()) };
                let first = block.call(vec![mark.clone(), 1.into()], PATIENCE).await?;
                let second = block.call(vec![mark.clone(), 2.into()], PATIENCE).await?;
                return Ok(Value::Array(vec![mark, first, second]));
            }
            "raise" => return Err(Exception::runtime(format!("raised {mark:?}")).into()),
            "throw" => return Err(Raise::Throw { tag: "ball".into(), value: mark }),
            "itself" => return Ok(Value::Array(vec![mark, (self as Arc<dyn Controller>).into()])),
            "keep" => self.keep(request.arguments),
            "drop" => self.forget(),
            "back" => {
                if let Some(Value::Object(Object::Proxy(proxy))) = request.arguments.get(1) {
                    let _calling = self.begin();
                    let result = proxy.call(Request::new("back").argument(mark.clone()), PATIENCE).await;
                    return Ok(Value::Array(vec![mark, result.unwrap_or_default()]));
                }
            }
            "last" => self.last.notify_one(),
            _ => return Ok(Value::Array(request.arguments)),
        }
        Ok(Value::Array(vec![mark]))
    }
}

/// A call, until it is dropped.
struct InFlight(Arc<Servant>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Controller for Servant {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(self.serve(call))
    }

    fn responds_to(&self, _: &str) -> bool {
        true
    }
}
