//! A method of the application's own, declared when the worker registers.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{Exception, Request, Value};

use crate::aside::aside;
use crate::effects::Effects;
use crate::options::Options;

/// How long one may take when the caller gave no lease.
const DEFAULT_LEASE: Duration = Duration::from_secs(86_400);

type Outcome = Result<Value, Exception>;
type Blocking = dyn Fn(&Request) -> Outcome + Send + Sync;
type Async = dyn Fn(Request) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

#[derive(Clone)]
pub(crate) enum OwnMethod {
    /// Runs on a thread of its own, so it may block.
    Blocking(Arc<Blocking>),
    /// Runs on the worker's runtime, so it may not.
    Async(Arc<Async>),
}

impl OwnMethod {
    /// Calls it, without the `effect:` and `lease:` that are between the host and us. It is an effect like any other:
    /// when the lease ends first, an async method is dropped, and of a blocking one (which cannot be stopped) the
    /// caller hears that it still runs.
    pub(crate) async fn call(self, effects: &Arc<Effects>, mut request: Request) -> Outcome {
        let options = Options::open(&request)?;
        let (id, lease) = (options.effect(), options.lease().unwrap_or(DEFAULT_LEASE));
        request.options = options.rest();
        let method = request.method.to_string();
        let effect = effects.begin(id, &method, lease)?;
        let (answer, still) = match self {
            OwnMethod::Blocking(body) => {
                let running = aside(&method, move || body(&request));
                (
                    tokio::select! { answer = running => Some(answer?), () = effect.run_out() => None },
                    "still runs",
                )
            }
            OwnMethod::Async(body) => {
                let running = body(request);
                (
                    tokio::select! { answer = running => Some(answer), () = effect.run_out() => None },
                    "was dropped",
                )
            }
        };
        answer.unwrap_or_else(|| {
            Err(Exception::runtime(format!(
                "{method}: did not answer before its lease was over, and {still}"
            )))
        })
    }
}
