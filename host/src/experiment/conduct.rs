//! The conduct of an experiment on a host: probes are asked, chaos is let go and ended. What follows from what is seen is the
//! course's to say.

use super::course::Course;
use super::phase::Phase;
use super::settings::Experiment;
use super::sighting::Sighting;
use crate::clock::Clock;
use crate::gate::Holder;
use crate::host::Host;
use crate::journal::{Hand, Record, Steering};
use crate::probe::Probe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;

/// How often it is looked whether a phase is over, where nothing happens.
const LOOK: Duration = Duration::from_millis(50);
/// How long it is waited for effects to end that were told to. Then they end on their leases.
const ENDING: Duration = Duration::from_secs(10);

/// Who is told how it goes.
pub trait Observer: Send {
    /// A phase has begun.
    fn enters(&mut self, course: &Course<'_>);
    /// Some time has passed, in seconds since the start of the run.
    fn looks(&mut self, course: &Course<'_>, now: f64);
    /// It is over.
    fn ends(&mut self);
}

/// An experiment that is under way.
pub struct Conduct<'a> {
    host: &'a Host,
    experiment: &'a Experiment,
    course: Course<'a>,
    records: broadcast::Receiver<Arc<Record>>,
    sightings: mpsc::Receiver<Sighting>,
    phase: watch::Sender<Phase>,
    /// The probes, which ask no more once this is dropped.
    _asking: JoinSet<()>,
    observer: Box<dyn Observer>,
    stop: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
}

impl<'a> Conduct<'a> {
    /// On this host, where chaos is held by [`Holder::Experiment`]; `stop` ends it. None where the host has stopped.
    pub fn new(
        host: &'a Host,
        experiment: &'a Experiment,
        observer: Box<dyn Observer>,
        stop: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
    ) -> Option<Self> {
        let records = host.gate.journal().watch()?;
        let (phase, phases) = watch::channel(Phase::Gathering);
        let (seen, sightings) = mpsc::channel(256);
        let mut asking = JoinSet::new();
        for (number, settings) in experiment.probes.iter().enumerate() {
            let probe = settings.probe.clone().through(&host.gate);
            let clock = host.run.clock.clone();
            asking.spawn(ask(number, probe, settings.interval, phases.clone(), clock, seen.clone()));
        }
        let course = Course::new(experiment);
        Some(Self { host, experiment, course, records, sightings, phase, _asking: asking, observer, stop })
    }

    /// From the first victim to the last answer. When it returns, chaos is paused and nothing of it is under way.
    pub async fn run(mut self) -> Course<'a> {
        self.observer.enters(&self.course);
        self.gather().await;
        if !self.is_over() {
            self.enter(Phase::Before);
            self.settle().await;
        }
        if !self.is_over() && self.course.is_steady() {
            self.enter(Phase::During);
            self.course.let_go(self.now());
            self.host.gate.resume(Holder::Experiment);
            self.note("resume");
            self.settle().await;
            self.end_chaos().await;
            if !self.is_over() {
                self.enter(Phase::After);
                self.settle().await;
            }
        }
        self.drain();
        self.observer.ends();
        self.course
    }

    fn is_over(&self) -> bool {
        self.course.interrupted.is_some() || self.course.missing.is_some()
    }

    fn enter(&mut self, phase: Phase) {
        self.course.enter(phase, self.now());
        self.phase.send_replace(phase);
        self.observer.enters(&self.course);
    }

    fn now(&self) -> f64 {
        self.host.run.clock.offset().as_secs_f64()
    }

    /// Waits for the victims.
    async fn gather(&mut self) {
        let gathering = &self.experiment.victims;
        loop {
            let missing = gathering.missing(&self.host.roster);
            let is_over = self.host.run.clock.offset() >= gathering.within;
            if missing.is_none() || is_over || self.is_over() {
                let there = self.host.roster.all();
                self.course.victims = there.iter().map(|victim| victim.name().to_owned()).collect();
                self.course.missing = missing.filter(|_| !self.is_over());
                return;
            }
            self.hear(LOOK).await;
        }
    }

    /// Waits until there is nothing more to be waited for in this phase.
    async fn settle(&mut self) {
        while !self.is_over() && !self.course.is_settled(self.now()) {
            let ends = match self.course.phase() {
                Phase::During => self.experiment.duration.as_secs_f64(),
                _ => f64::INFINITY,
            };
            let left = self.course.began(self.course.phase()).unwrap_or_default() + ends - self.now();
            let left = Duration::try_from_secs_f64(left.max(0.0)).unwrap_or(LOOK);
            self.hear(left.min(LOOK)).await;
        }
    }

    /// Takes in what happens, until something has, or for so long.
    async fn hear(&mut self, most: Duration) {
        let is_interrupted = self.course.interrupted.is_some();
        tokio::select! {
            () = self.stop.as_mut(), if !is_interrupted => self.course.interrupted = Some(self.now()),
            Some(sighting) = self.sightings.recv() => self.course.sight(sighting),
            record = self.records.recv() => match record {
                Ok(record) => self.course.note(&record),
                Err(RecvError::Lagged(records)) => self.course.missed += records,
                // The host has stopped, and there is nothing left to be heard.
                Err(RecvError::Closed) => tokio::time::sleep(most).await,
            },
            () = tokio::time::sleep(most) => {}
        }
        self.observer.looks(&self.course, self.now());
    }

    /// Nothing begins any more, and what is under way is ended and put back.
    async fn end_chaos(&mut self) {
        self.course.hold_back(self.now());
        self.host.gate.pause(Holder::Experiment);
        self.note("pause");
        let gate = Arc::clone(&self.host.gate);
        let mut calm = Box::pin(async move { gate.calm(ENDING).await });
        loop {
            tokio::select! {
                calm = &mut calm => {
                    self.course.is_unquiet = !calm;
                    break;
                }
                () = self.hear(LOOK) => {}
            }
        }
        self.drain();
    }

    /// Writes down what is done with chaos.
    fn note(&self, what: &str) {
        let steering = Steering::done(&self.host.run, Hand::Host, what, "");
        self.host.gate.journal().write(Record::Steering(steering));
    }

    /// Takes in what has happened already.
    fn drain(&mut self) {
        while let Ok(sighting) = self.sightings.try_recv() {
            self.course.sight(sighting);
        }
        loop {
            match self.records.try_recv() {
                Ok(record) => self.course.note(&record),
                Err(broadcast::error::TryRecvError::Lagged(records)) => self.course.missed += records,
                Err(_) => return,
            }
        }
    }
}

/// Asks again and again, from the first phase that has questions on, and at once where another one begins.
async fn ask(
    number: usize,
    probe: Probe,
    interval: Duration,
    mut phases: watch::Receiver<Phase>,
    clock: Clock,
    seen: mpsc::Sender<Sighting>,
) {
    if phases.wait_for(|phase| *phase != Phase::Gathering).await.is_err() {
        return;
    }
    loop {
        let phase = *phases.borrow_and_update();
        let at = clock.offset();
        let result = probe.ask().await;
        let (latency, failure) = (result.latency.as_secs_f64(), result.failure);
        let sighting = Sighting { probe: number, phase, at: at.as_secs_f64(), latency, failure };
        if seen.send(sighting).await.is_err() {
            return;
        }
        tokio::select! {
            () = clock.reach(at + interval) => {}
            changed = phases.changed() => if changed.is_err() { return },
        }
    }
}
