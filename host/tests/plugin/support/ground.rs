//! A host without victims, clock or chance.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chaos_kitty::plugin::{BoxFuture, Ground};
use chaos_kitty_bus::Value;
use tokio::sync::{mpsc, watch};

/// Ticks come at once, draws are 0, the first victim is picked, and strikes are handed to the test.
pub(crate) struct PretendGround {
    victims: Mutex<BTreeSet<u64>>,
    ticks: watch::Sender<u64>,
    ticking: watch::Sender<bool>,
    strikes: mpsc::UnboundedSender<Strike>,
    gate: watch::Sender<bool>,
}

/// What arrived at the gate.
#[derive(Debug)]
pub(crate) struct Strike {
    pub(crate) instance: String,
    pub(crate) victim: u64,
    pub(crate) request: Value,
    /// False while the strike is under way, true when it has come to its outcome.
    pub(crate) done: bool,
}

impl PretendGround {
    /// With these victims, and the strikes upon them.
    pub(crate) fn new(victims: &[u64]) -> (Arc<Self>, mpsc::UnboundedReceiver<Strike>) {
        let (strikes, struck) = mpsc::unbounded_channel();
        let victims = Mutex::new(victims.iter().copied().collect());
        let (ticks, ticking, gate) =
            (watch::Sender::new(0), watch::Sender::new(true), watch::Sender::new(true));
        (Arc::new(Self { victims, ticks, ticking, strikes, gate }), struck)
    }

    /// Nobody's tick comes until [`PretendGround::release_ticks`].
    pub(crate) fn hold_ticks(&self) {
        self.ticking.send_replace(false);
    }

    pub(crate) fn release_ticks(&self) {
        self.ticking.send_replace(true);
    }

    /// Strikes from here on stay under way until [`PretendGround::release`].
    pub(crate) fn hold(&self) {
        self.gate.send_replace(false);
    }

    pub(crate) fn release(&self) {
        self.gate.send_replace(true);
    }
}

impl Ground for PretendGround {
    fn turn(&self) -> BoxFuture<'static, bool> {
        Box::pin(std::future::ready(true))
    }

    fn strike(
        &self,
        instance: &str,
        victim: u64,
        request: Value,
    ) -> BoxFuture<'static, Result<Value, Value>> {
        let (strikes, mut gate) = (self.strikes.clone(), self.gate.subscribe());
        let instance = instance.to_owned();
        Box::pin(async move {
            let strike = |done| Strike { instance: instance.clone(), victim, request: request.clone(), done };
            let _ = strikes.send(strike(false));
            let _ = gate.wait_for(|open| *open).await;
            let _ = strikes.send(strike(true));
            Ok(Value::map([("verdict", "effective")]))
        })
    }

    fn abandon(&self, _: &str) {}

    fn do_without(&self, victim: u64) {
        self.victims.lock().unwrap().remove(&victim);
    }

    fn tick(&self, _: Duration) -> BoxFuture<'static, u64> {
        let (ticks, mut ticking) = (self.ticks.clone(), self.ticking.subscribe());
        Box::pin(async move {
            let _ = ticking.wait_for(|ticking| *ticking).await;
            // A busy loop would starve whatever else a test does on these two cores.
            tokio::time::sleep(Duration::from_millis(1)).await;
            let mut number = 0;
            ticks.send_modify(|ticks| {
                *ticks += 1;
                number = *ticks;
            });
            number
        })
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }

    fn draw(&self, _: &str, _: u64, _: u64, _: &str) -> f64 {
        0.0
    }

    fn pick(&self, _: &str, _: u64) -> Option<u64> {
        self.victims.lock().unwrap().first().copied()
    }
}
