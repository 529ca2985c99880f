//! The arena: a host, a victim that behaves, and strikes on it that go on whatever the others do.

use chaos_kitty_bus::{Message, Request, Value};
use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;

use chaos_kitty_tests::{Host, HostPlan, Json, Nest, PATIENCE, Victim, Wire, vitals};

/// Somebody is struck ten times a second.
const TRAIN: &str = "version = 1\n[[instance]]\noperation = \"yowl\"\nvictims = { names = [\"good\", \"late\"] }\n\
                     parameters = { interval = \"100ms\", probability = 1, messages = [\"meow\"] }\n";

/// Seconds within which each strike begins after the one before, and is over, on a machine that is busy.
const ON_TIME: f64 = 2.0;

pub(crate) struct Arena {
    // Dropped in this order: who uses the nest, and then the nest.
    good: Victim,
    pub(crate) host: Host,
    pub(crate) nest: Nest,
    /// Lines of the host's log, and MiB, before the attack.
    mark: usize,
    resident: f64,
}

impl Arena {
    pub(crate) fn open() -> Self {
        Self::with(|host| host)
    }

    /// The same with a host that is started in another way.
    pub(crate) fn with(plan: impl for<'a> FnOnce(HostPlan<'a>) -> HostPlan<'a>) -> Self {
        let nest = Nest::new();
        let host = plan(nest.host().configuration(TRAIN)).start();
        let good = nest.victim("good").start();
        host.registered("good");
        let mut arena = Self { good, host, nest, mark: 0, resident: 0.0 };
        // From here on it has done everything once.
        arena.goes_on();
        arena.mark = arena.host.log().mark();
        vitals::forget_peak(arena.host.pid());
        arena.resident = vitals::resident_mb(arena.host.pid());
        arena
    }

    /// A connection of this very process, which started the host and may steer it.
    pub(crate) fn connect(&self) -> Wire {
        Wire::connect(self.host.socket())
    }

    /// The same without a word that is understood: bytes, which come and go within a bounded time.
    pub(crate) fn stream(&self) -> UnixStream {
        let stream = UnixStream::connect(self.host.socket()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The host's log since the attack began.
    pub(crate) fn lines(&self) -> Vec<Json> {
        self.host.log().lines().split_off(self.mark)
    }

    /// Waits for a line since the attack began.
    pub(crate) fn line(&self, what: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.host.log().wait_after(self.mark, what, wanted)
    }

    /// MiB that the host had at most since the attack began, beyond those before.
    pub(crate) fn growth(&self) -> f64 {
        vitals::peak_mb(self.host.pid()) - self.resident
    }

    /// Asks for a strike of this victim, over a connection of its own.
    pub(crate) fn strike(&self, victim: &str, method: &str, options: &[(&'static str, Value)]) -> Strike {
        let mut wire = self.connect();
        let options = Value::map(options.iter().cloned());
        let request = Request::new("strike").argument(victim).argument(method).option("options", options);
        wire.send(&Message::Invoke { id: 1, object: "chaos".into(), request, block: false });
        Strike(wire)
    }

    /// Waits for two strikes of the train from now on, and one of an operator's who comes anew.
    pub(crate) fn goes_on(&self) {
        let mark = self.host.log().mark();
        for _ in 0..2 {
            let mark = self.host.log().mark();
            self.host.record_after(mark, "the next strike", |record| {
                record["record"] == "outcome"
                    && record["victim"]["name"] == "good"
                    && record["verdict"] == "effective"
            });
        }
        let outcome = self.strike("good", "raise_error", &[("message", "woof".into())]).outcome();
        assert_eq!(text(&outcome, "verdict"), "effective", "{outcome:?} after line {mark}");
    }

    /// Holds every strike of the train since the attack began to what was promised, and the first pause too: it begins with
    /// the last strike before the attack.
    pub(crate) fn was_on_time(&self) {
        let mut before: Vec<Json> =
            self.host.log().lines().into_iter().map(|mut line| line["record"].take()).collect();
        let records = before.split_off(self.mark);
        let is = |record: &Json, kind| record["record"] == kind && record["victim"]["name"] == "good";
        let of = |kind: &'static str| records.iter().filter(move |record| is(record, kind));
        let last = before.iter().rfind(|record| is(record, "decision"));
        let outcomes: BTreeMap<u64, &Json> =
            of("outcome").map(|outcome| (strike(outcome), outcome)).collect();
        for outcome in outcomes.values() {
            assert_eq!(outcome["verdict"], "effective", "{outcome}");
            assert!(outcome["took"].as_f64() < Some(ON_TIME), "{outcome}");
        }
        let pending = of("decision").filter(|decision| !outcomes.contains_key(&strike(decision)));
        assert!(pending.count() <= 1, "strikes without an outcome");
        let begun: Vec<f64> = last
            .into_iter()
            .chain(of("decision"))
            .map(|decision| decision["offset"].as_f64().unwrap())
            .collect();
        assert!(last.is_some() && begun.len() > 1, "nobody was struck meanwhile: {begun:?}");
        let gaps = || begun.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps().all(|gap| gap < ON_TIME), "there was a pause: {begun:?}");
        let took: Vec<f64> = outcomes.values().map(|outcome| outcome["took"].as_f64().unwrap()).collect();
        eprintln!(
            "{} strikes, {:.1} ms in the median, {:.1} ms at most; {:.2} s between two at most; {:+.1} MiB",
            took.len(),
            median(&took) * 1000.0,
            took.iter().copied().fold(0.0, f64::max) * 1000.0,
            gaps().fold(0.0, f64::max),
            self.growth()
        );
    }

    /// The victim has lived through it, and the host stops as it should.
    pub(crate) fn close(mut self) {
        self.good.goes_on();
        self.host.stop();
    }
}

/// A strike that was asked for.
pub(crate) struct Strike(Wire);

impl Strike {
    pub(crate) fn outcome(mut self) -> Value {
        match self.0.receive() {
            Some(Message::Return { result, .. }) => result,
            other => panic!("{other:?} is no outcome"),
        }
    }
}

/// The number of the strike that a record is about.
fn strike(record: &Json) -> u64 {
    record["strike"].as_u64().unwrap()
}

/// A text in an outcome.
pub(crate) fn text<'a>(outcome: &'a Value, key: &str) -> &'a str {
    outcome.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
