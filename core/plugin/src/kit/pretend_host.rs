//! The host of a test.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll, Waker};
use std::time::Duration;

use chaos_kitty_abi::host::{Host, Host_TO};
use chaos_kitty_abi::{Bytes, FfiFuture, FutureExt, HostObject, RResult, RSlice, RStr, TD_Opaque};
use serde::Serialize;

use super::candidate::Candidate;
use super::chance::Chance;
use super::clock::{Clock, Moment};
use super::strike::Strike;
use crate::link::HOST;
use crate::{Outcome, Value, Verdict, msgpack};

type Judge = Box<dyn Fn(&Strike) -> crate::Result<Outcome> + Send>;

/// Clock, chance, gate and victims.
#[derive(Default)]
pub(super) struct PretendHost {
    // Locks of their own: a test's closures run under them, and may ask for the others.
    chance: Mutex<Chance>,
    judge: Mutex<Option<Judge>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    clock: Clock,
    victims: Vec<(u64, Candidate)>,
    last_id: u64,
    paused: bool,
    strikes: Vec<(u64, Strike)>,
}

impl PretendHost {
    pub(super) fn object(this: &Arc<Self>) -> HostObject {
        Host_TO::from_value(Shared(Arc::clone(this)), TD_Opaque)
    }

    pub(super) fn next_id(&self) -> u64 {
        let mut state = self.state();
        state.last_id += 1;
        state.last_id
    }

    pub(super) fn add(&self, id: u64, candidate: Candidate) -> u64 {
        self.state().victims.push((id, candidate));
        id
    }

    pub(super) fn remove(&self, id: u64) {
        let mut state = self.state();
        state.victims.retain(|(known, _)| *known != id);
        let broken_off = state.clock.break_off(id);
        drop(state);
        broken_off.into_iter().for_each(Waker::wake);
    }

    pub(super) fn chance(&self) -> MutexGuard<'_, Chance> {
        lock(&self.chance)
    }

    pub(super) fn set_outcome(&self, judge: Judge) {
        *lock(&self.judge) = Some(judge);
    }

    pub(super) fn set_paused(&self, paused: bool) {
        self.state().paused = paused;
    }

    pub(super) fn strikes(&self) -> Vec<Strike> {
        self.state().strikes.iter().map(|(_, strike)| strike.clone()).collect()
    }

    pub(super) fn strikes_on(&self, victim: u64) -> Vec<Strike> {
        let state = self.state();
        let strikes = state.strikes.iter().filter(|(struck, _)| *struck == victim);
        strikes.map(|(_, strike)| strike.clone()).collect()
    }

    pub(super) fn now(&self) -> Duration {
        self.state().clock.now()
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.state().clock.next()
    }

    pub(super) fn reach(&self, time: Duration) {
        let come = self.state().clock.reach(time);
        come.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// A tick or a sleep: when it comes, and what it answers.
    fn wait(&self, method: &str, options: &Value) -> Result<(Moment, Value), Value> {
        let option = if method == "tick" { "interval" } else { "duration" };
        let time = options.get(option).and_then(Value::as_f64);
        let time = time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let clock = &mut self.state().clock;
        match (method, time) {
            ("tick", Some(interval)) => {
                let (number, at) = clock.next_boundary(interval);
                Ok((clock.at(at, None), Value::Int(number as i64)))
            }
            ("sleep", Some(time)) => Ok((clock.after(time, None), Value::Nil)),
            _ => Err(complaint("unknown", "the pretend host knows no such call")),
        }
    }

    /// The gate: a refusal, or a strike that is written down.
    fn strike(&self, victim: u64, method: String, arguments: Value, options: Value) -> (Moment, Answer) {
        let mut state = self.state();
        let refused = |why: &str| Err(complaint("refused", why));
        let known = state.victims.iter().find(|(id, _)| *id == victim).map(|(_, known)| known.clone());
        let answer = match &known {
            None => refused(&format!("there is no victim {victim}")),
            Some(victim) if !victim.offers(&method) => {
                refused(&format!("{} does not offer {method}", victim.name))
            }
            Some(_) if state.paused => refused("chaos is paused"),
            Some(victim) => Ok(victim.name.clone()),
        };
        let name = match answer {
            Ok(name) => name,
            Err(refusal) => return (state.clock.after(Duration::ZERO, None), Err(refusal)),
        };
        let strike = Strike { at: state.clock.now(), victim: name, method, arguments, options };
        state.strikes.push((victim, strike.clone()));
        let moment = state.clock.after(strike.duration(), Some(victim));
        drop(state);
        let judged = lock(&self.judge).as_ref().map_or_else(|| Ok(effective()), |judge| judge(&strike));
        (
            moment,
            judged.map(|outcome| outcome.to_answer()).map_err(|error| complaint("failed", error.message())),
        )
    }
}

type Answer = Result<Value, Value>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a test's own closure panicked over is reported by that panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn effective() -> Outcome {
    Outcome { verdict: Verdict::Effective, observed: Value::Nil, result: Value::Nil, dry_run: false }
}

fn complaint(kind: &str, message: &str) -> Value {
    [("kind", kind), ("message", message)].into()
}

struct Shared(Arc<PretendHost>);

impl Host for Shared {
    fn call(&self, target: u64, request: Bytes) -> FfiFuture<RResult<Bytes, Bytes>> {
        let request: Value = msgpack::from_bytes(&request).unwrap_or(Value::Nil);
        let field = |key| request.get(key).cloned().unwrap_or(Value::Nil);
        let method = field("method").to_string();
        let (moment, answer) = if target == HOST {
            match self.0.wait(&method, &field("options")) {
                Ok((moment, answer)) => (moment, Ok(answer)),
                Err(error) => return std::future::ready(across(Err(error))).into_ffi(),
            }
        } else {
            self.0.strike(target, method, field("arguments"), field("options"))
        };
        Coming { host: Arc::clone(&self.0), moment, answer: Some(answer) }.into_ffi()
    }

    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Bytes> {
        let body: Value = msgpack::from_bytes(body.as_slice()).unwrap_or(Value::Nil);
        let number = |key| body.get(key).and_then(Value::as_u64).unwrap_or(0);
        match name.as_str() {
            "draw" => {
                let victim = number("victim");
                let name = |state: &State| {
                    let known = state.victims.iter().find(|(id, _)| *id == victim);
                    known.map_or_else(String::new, |(_, known)| known.name.clone())
                };
                let name = name(&self.0.state());
                let purpose = body.get("purpose").and_then(Value::as_str).unwrap_or_default();
                RResult::ROk(bytes(&self.0.chance().draw(&name, number("tick"), purpose)))
            }
            "pick" => {
                let state = self.0.state();
                let victims = state.victims.iter().map(|(id, victim)| (*id, &*victim.name));
                RResult::ROk(bytes(&self.0.chance().pick(number("tick"), victims)))
            }
            _ => RResult::RErr(bytes(&complaint("unknown", "the pretend host knows no such extension"))),
        }
    }
}

/// Something that was asked for, and comes when the clock says so.
struct Coming {
    host: Arc<PretendHost>,
    moment: Moment,
    answer: Option<Answer>,
}

impl Future for Coming {
    type Output = RResult<Bytes, Bytes>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        let mut state = self.host.state();
        if !state.clock.has_come(self.moment, context.waker()) {
            return Poll::Pending;
        }
        let broken_off = state.clock.now() < self.moment.0;
        drop(state);
        let answer = if broken_off { None } else { self.answer.take() };
        Poll::Ready(across(answer.unwrap_or_else(|| Err(complaint("failed", "the victim has gone")))))
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.host.state().clock.forget(self.moment);
    }
}

fn across(answer: Answer) -> RResult<Bytes, Bytes> {
    answer.map(|value| bytes(&value)).map_err(|value| bytes(&value)).into()
}

fn bytes(value: &impl Serialize) -> Bytes {
    msgpack::to_bytes(value).unwrap_or_default()
}
