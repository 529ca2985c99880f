//! A victim with a worker: in the process (linked), or beside it (wrapped).

use super::report::{Failure, Report};
use super::{Backend, BoxFuture, signal};
use crate::effect::Effect;
use crate::identity::Process;
use chaos_kitty_bus::{CallError, Exception, Proxy, Request, Value};
use std::sync::Arc;
use std::time::Duration;

/// What an answer may take longer than the effect: the victim may be busy, and a Ruby one serves nothing meanwhile.
const MARGIN: Duration = Duration::from_secs(5);

/// What a worker may be late: it counts the lease from when it reads the call.
const LATENESS: Duration = Duration::from_secs(1);

/// What a worker raises that has done nothing of what it was asked for.
const REFUSAL: &str = "ChaosKitty::Refusal";

/// Reaches a worker over its connection, and its process through the pidfd.
#[derive(Debug)]
pub struct WorkerBackend {
    proxy: Proxy,
    process: Arc<Process>,
    /// Whether the worker registered with `protocol: 1`: it takes `effect:` and `lease:`, and tells what it observed.
    observes: bool,
}

impl WorkerBackend {
    /// A worker that serves its methods at `proxy`, for `process`.
    pub fn new(proxy: Proxy, process: Arc<Process>, observes: bool) -> Self {
        Self { proxy, process, observes }
    }

    async fn call(&self, strike: u64, effect: &Effect) -> Report {
        let mut request = Request::new(effect.method.as_str());
        request.arguments.clone_from(&effect.arguments);
        if let Value::Map(options) = &effect.options {
            request.options.clone_from(options);
        }
        if self.observes {
            request = request.option("effect", strike).option("lease", effect.lease.as_secs_f64());
        }
        let call = self.proxy.call(request, effect.lease + MARGIN);
        tokio::pin!(call);
        let answer = tokio::select! {
            answer = &mut call => answer,
            () = tokio::time::sleep(effect.lease + LATENESS) => {
                self.call_off(strike);
                call.await
            }
        };
        match answer {
            Ok(answer) => {
                let observed = if self.observes { answer.get("observed").cloned() } else { None };
                Report { result: without(answer, "observed"), observed, error: None }
            }
            // What raise_error does, where the protocol is Ruby's.
            Err(CallError::Remote(exception)) if self.is_raised(effect, &exception) => {
                Report { result: Value::from(exception), observed: None, error: None }
            }
            Err(error) => Report { error: Some(failure(error)), ..Report::default() },
        }
    }

    /// Whoever is stopped has not read the call yet, and its lease counts from when it does. Once it reads on, it ends at once what
    /// it begins: nothing lasts for longer than this from the decision on.
    fn call_off(&self, strike: u64) {
        if self.observes {
            let (proxy, end) = (self.proxy.clone(), Request::new("end").option("effect", strike));
            // It goes out now; whether it is answered concerns nobody.
            tokio::spawn(async move { proxy.call(end, MARGIN).await.is_ok() });
        }
    }
}

impl WorkerBackend {
    fn is_raised(&self, effect: &Effect, exception: &Exception) -> bool {
        let message = effect.option("message").and_then(Value::as_str);
        !self.observes && effect.method == "raise_error" && message == Some(&exception.message)
    }
}

impl Backend for WorkerBackend {
    fn carry_out<'a>(&'a self, strike: u64, effect: &'a Effect) -> BoxFuture<'a, Report> {
        Box::pin(async move {
            if effect.method == "signal" {
                signal::send(&self.process, effect).await
            } else {
                self.call(strike, effect).await
            }
        })
    }

    fn is_gone(&self) -> bool {
        self.proxy.connection().ended().is_some()
    }

    fn keeps_leases(&self) -> bool {
        self.observes
    }

    fn late_answers(&self) -> u32 {
        self.proxy.connection().strays().replies
    }

    fn end(&self, strike: u64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if self.observes {
                // A worker that does not answer ends the effect when its connection closes.
                let _ = self.proxy.call(Request::new("end").option("effect", strike), MARGIN).await;
            }
        })
    }
}

/// Whether it was not done, or nobody can say. The class comes first, as Ruby prints it.
fn failure(error: CallError) -> Failure {
    match error {
        CallError::Remote(Exception { class, message, .. }) => {
            if class == REFUSAL {
                return Failure::Refused(message);
            }
            let text = format!("{class}: {message}");
            match class.as_str() {
                "ArgumentError" | "NoMethodError" => Failure::WrongUse(text),
                _ => Failure::Unclear(text),
            }
        }
        CallError::Refused { .. } => Failure::Refused(error.to_string()),
        CallError::Closed { why, .. } => {
            Failure::Unclear(format!("the victim went before it answered: {why}"))
        }
        CallError::TimedOut { after, .. } => {
            let after = after.as_secs_f64();
            Failure::Silent(format!(
                "the victim did not answer within {after} s: it may hang, be stopped, or still be at it"
            ))
        }
        _ => Failure::Unclear(error.to_string()),
    }
}

/// What a caller gets that knows nothing of observations.
fn without(answer: Value, key: &str) -> Value {
    match answer {
        Value::Map(entries) => {
            Value::Map(entries.into_iter().filter(|(name, _)| name.as_str() != Some(key)).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::effect;
    use crate::identity::Processes;
    use chaos_kitty_bus::{Answer, Call, Connection, Controller, Limits, Side, Symbol};
    use tokio::net::UnixStream;
    use tokio::sync::mpsc;

    /// Never answers, as one that is stopped, but for what it is told to end.
    struct Stopped(mpsc::UnboundedSender<(Symbol, Option<Value>)>);

    impl Controller for Stopped {
        fn call(self: Arc<Self>, call: Call) -> Answer {
            let (method, effect) = (call.request.method.clone(), call.request.get_option("effect").cloned());
            let _ = self.0.send((method, effect));
            Box::pin(std::future::pending())
        }

        fn responds_to(&self, _: &str) -> bool {
            true
        }
    }

    // The clock goes on by itself as soon as nobody has anything left to do.
    #[tokio::test(start_paused = true)]
    async fn what_was_not_answered_in_time_is_called_off() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (calls, mut called) = mpsc::unbounded_channel();
        let victim: (Symbol, Arc<dyn Controller>) = ("victim".into(), Arc::new(Stopped(calls)));
        let _victim = Connection::start(theirs, Side::Client, Limits::default(), vec![victim]);
        let host = Connection::start(ours, Side::Server, Limits::default(), vec![]);
        let backend = WorkerBackend::new(host.proxy("victim"), Processes::default().own(), true);

        let report = backend.carry_out(7, &effect("delay", [("duration", 1)])).await;
        assert!(matches!(report.error, Some(Failure::Silent(_))), "{report:?}");
        for method in ["delay", "end"] {
            assert_eq!(called.recv().await, Some((method.into(), Some(7.into()))));
        }
    }
}
