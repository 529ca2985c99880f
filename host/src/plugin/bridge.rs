//! The host, as the boundary shows it to one instance.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_abi::host::{Host, Host_TO};
use chaos_kitty_abi::{Bytes, FfiFuture, FutureExt, HostObject, RResult, RSlice, RStr, TD_Opaque};
use chaos_kitty_bus::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::life::Life;
use super::repeats::Repeats;
use super::{Ground, dialect, log};

/// As a target of a call: the host itself. Victims count from 1.
const HOST: u64 = 0;

/// Intervals and sleeps below it would be a busy loop.
const SHORTEST: Duration = Duration::from_millis(1);

pub(super) struct Bridge {
    ground: Arc<dyn Ground>,
    handle: Handle,
    life: Arc<Life>,
    repeats: Repeats,
}

impl Bridge {
    pub(super) fn object(ground: Arc<dyn Ground>, handle: Handle, life: Arc<Life>) -> HostObject {
        Host_TO::from_value(Self { ground, handle, life, repeats: Repeats::default() }, TD_Opaque)
    }

    fn wait(&self, request: &Value) -> Result<FfiFuture<RResult<Bytes, Bytes>>, Value> {
        let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
        let option = match method {
            "tick" => "interval",
            "sleep" => "duration",
            _ => return Err(dialect::failure("unknown", &format!("this host knows no call `{method}`"))),
        };
        let seconds = request.get("options").and_then(|options| options.get(option)).and_then(Value::as_f64);
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let wrong = || dialect::failure("parameter", &format!("{method} needs {option}, in seconds"));
        let duration = duration.ok_or_else(wrong)?.max(SHORTEST);
        let ground = self.ground.clone();
        let (answer, answered) = oneshot::channel();
        let ticks = method == "tick";
        let task = self.handle.spawn(async move {
            let value = if ticks {
                Value::from(ground.tick(duration).await)
            } else {
                ground.sleep(duration).await;
                Value::Nil
            };
            let _ = answer.send(Ok(value));
        });
        let forgotten = AbortOnDrop(task.abort_handle());
        Ok(async move {
            let answer = received(answered).await;
            drop(forgotten);
            answer
        }
        .into_ffi())
    }

    fn strike(&self, victim: u64, request: Value) -> FfiFuture<RResult<Bytes, Bytes>> {
        let (ground, life) = (self.ground.clone(), self.life.clone());
        let (mut answer, answered) = oneshot::channel();
        // A task of the host's own: it reaches its outcome whether or not the plugin still waits, and on whichever
        // thread the plugin does.
        self.handle.spawn(async move {
            // Who gave it up while it waited, or has ended, strikes nobody later.
            let is_its_turn = tokio::select! {
                biased;
                is_its_turn = ground.turn() => is_its_turn && !life.is_over(),
                () = answer.closed() => false,
            };
            let outcome = match is_its_turn {
                true => ground.strike(life.name(), victim, request).await,
                false => Err(dialect::failure("refused", "it was given up before its turn came")),
            };
            let _ = answer.send(outcome);
        });
        received(answered).into_ffi()
    }

    fn answer(&self, name: &str, body: &Value) -> Result<Value, Value> {
        let number = |key| body.get(key).and_then(Value::as_u64).unwrap_or(0);
        match name {
            "draw" => {
                let purpose = body.get("purpose").and_then(Value::as_str).unwrap_or_default();
                Ok(self.ground.draw(self.life.name(), number("victim"), number("tick"), purpose).into())
            }
            "pick" => Ok(self.ground.pick(self.life.name(), number("tick")).into()),
            "log" => {
                log::emit(self.life.name(), &self.repeats, body);
                Ok(Value::Nil)
            }
            "log_level" => Ok(log::level().into()),
            _ => Err(dialect::failure("unknown", &format!("this host knows no extension `{name}`"))),
        }
    }
}

impl Host for Bridge {
    fn call(&self, target: u64, request: Bytes) -> FfiFuture<RResult<Bytes, Bytes>> {
        let asked = || {
            if self.life.is_over() {
                let why = format!("{} is {}", self.life.name(), self.life.state());
                return Err(dialect::failure("refused", &why));
            }
            let request = dialect::decode(&request).map_err(|error| dialect::failure("parameter", &error))?;
            if target == HOST { self.wait(&request) } else { Ok(self.strike(target, request)) }
        };
        asked().unwrap_or_else(|refusal| std::future::ready(across(Err(refusal))).into_ffi())
    }

    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Bytes> {
        // Nothing of the host's may unwind into a plugin.
        let answer = panic::catch_unwind(AssertUnwindSafe(|| {
            let body =
                dialect::decode(body.as_slice()).map_err(|error| dialect::failure("parameter", &error))?;
            self.answer(name.as_str(), &body)
        }));
        across(answer.unwrap_or_else(|_| Err(dialect::failure("failed", "the host panicked over it"))))
    }
}

async fn received(answered: oneshot::Receiver<Result<Value, Value>>) -> RResult<Bytes, Bytes> {
    let lost = |_| Err(dialect::failure("failed", "the host is going down, or panicked over it"));
    across(answered.await.unwrap_or_else(lost))
}

fn across(answer: Result<Value, Value>) -> RResult<Bytes, Bytes> {
    answer.map(|value| dialect::encode(value).into()).map_err(|value| dialect::encode(value).into()).into()
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
