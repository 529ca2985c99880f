//! The host of a test.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chaos_kitty_abi::host::{Host, Host_TO};
use chaos_kitty_abi::{Bytes, FfiFuture, FutureExt, HostObject, RResult, RSlice, RStr, TD_Opaque};
use serde::Serialize;

use super::Strike;
use crate::link::HOST;
use crate::{Value, msgpack};

type Draw = Box<dyn Fn(&str) -> f64 + Send>;

#[derive(Default)]
pub(super) struct PretendHost(Mutex<State>);

#[derive(Default)]
struct State {
    victims: Vec<(u64, String)>,
    last_id: u64,
    tick: u64,
    ticks: u64,
    over: bool,
    draw: Option<Draw>,
    failure: Option<String>,
    strikes: Vec<Strike>,
}

impl PretendHost {
    pub(super) fn into_object(self: Arc<Self>) -> HostObject {
        Host_TO::from_value(Shared(self), TD_Opaque)
    }

    pub(super) fn add(&self, name: &str) -> u64 {
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        state.victims.push((id, name.to_owned()));
        id
    }

    pub(super) fn remove(&self, id: u64) {
        self.lock().victims.retain(|(known, _)| *known != id);
    }

    pub(super) fn set_draw(&self, draw: Draw) {
        self.lock().draw = Some(draw);
    }

    pub(super) fn set_failure(&self, message: &str) {
        self.lock().failure = Some(message.to_owned());
    }

    pub(super) fn begin(&self, ticks: u64) {
        let mut state = self.lock();
        (state.tick, state.ticks, state.over) = (0, ticks, false);
    }

    pub(super) fn is_over(&self) -> bool {
        self.lock().over
    }

    pub(super) fn take_strikes(&self) -> Vec<Strike> {
        std::mem::take(&mut self.lock().strikes)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Shared(Arc<PretendHost>);

impl Host for Shared {
    fn call(&self, target: u64, request: Bytes) -> FfiFuture<RResult<Bytes, Bytes>> {
        let request: Value = msgpack::from_bytes(&request).unwrap_or(Value::Nil);
        let field = |key| request.get(key).cloned().unwrap_or(Value::Nil);
        let method = field("method").to_string();
        let mut state = self.0.lock();
        if target != HOST {
            let victim = state.victims.iter().find(|(id, _)| *id == target);
            let victim =
                victim.map_or_else(|| format!("victim {target}, who has gone"), |(_, name)| name.clone());
            let strike = Strike { victim, method, arguments: field("arguments"), options: field("options") };
            state.strikes.push(strike);
            if let Some(message) = state.failure.clone() {
                return ready(Err([("kind", "failed".to_owned()), ("message", message)].into()));
            }
            return ready(Ok([("verdict", "effective")].into()));
        }
        match &*method {
            "tick" if state.tick < state.ticks => {
                state.tick += 1;
                ready(Ok(Value::Int(state.tick as i64)))
            }
            "tick" => {
                state.over = true;
                std::future::pending().into_ffi()
            }
            "sleep" => ready(Ok(Value::Nil)),
            _ => {
                ready(Err([("kind", "unknown"), ("message", "the pretend host knows no such method")].into()))
            }
        }
    }

    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Bytes> {
        let body: Value = msgpack::from_bytes(body.as_slice()).unwrap_or(Value::Nil);
        let state = self.0.lock();
        match name.as_str() {
            "draw" => {
                let purpose = body.get("purpose").and_then(Value::as_str).unwrap_or_default();
                RResult::ROk(bytes(&state.draw.as_ref().map_or(0.0, |draw| draw(purpose))))
            }
            "pick" => {
                let turn = body.get("tick").and_then(Value::as_u64).unwrap_or(1) as usize;
                let count = state.victims.len();
                let picked = if count == 0 { None } else { state.victims.get((turn + count - 1) % count) };
                RResult::ROk(bytes(&picked.map(|(id, _)| *id)))
            }
            _ => RResult::RErr(bytes(&Value::from([("kind", "unknown")]))),
        }
    }
}

fn ready(answer: Result<Value, Value>) -> FfiFuture<RResult<Bytes, Bytes>> {
    let answer: RResult<_, _> = answer.map(|value| bytes(&value)).map_err(|value| bytes(&value)).into();
    std::future::ready(answer).into_ffi()
}

fn bytes(value: &impl Serialize) -> Bytes {
    msgpack::to_bytes(value).unwrap_or_default()
}
