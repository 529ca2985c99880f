//! A lane: one effect, and everybody killed at each step of it, one round after the other.

use std::time::Duration;

use chaos_kitty_bus::{Message, Request, Value};
use chaos_kitty_tests::{Draw, Host, Json, Nest, Signal, Wire, comes_true, let_pass, vitals};

use crate::chaos::{Chaos, Effect, Length, Origin, SHORT};
use crate::killed::Killed;
use crate::moment::Moment;
use crate::program::kill;
use crate::state::State;
use crate::subject::{Kind, NAME, Subject};

/// What is promised.
const SOON: Duration = Duration::from_secs(2);
/// Until an operation's next strike, and until an operator's is decided.
const ASKED: Duration = Duration::from_millis(150);
const SENT: Duration = Duration::from_millis(4);
const MIDDLE: Duration = Duration::from_millis(100);
const BEFORE_THE_END: Duration = Duration::from_millis(20);
const AFTER_THE_END: Duration = Duration::from_millis(4);

pub(crate) struct Lane {
    kind: Kind,
    origin: Origin,
    chaos: Chaos,
    // Dropped in this order: who uses the nest, and then the nest.
    subject: Option<Subject>,
    host: Option<Host>,
    nest: Nest,
}

impl Lane {
    pub(crate) fn new(kind: Kind, origin: Origin, chaos: Chaos) -> Lane {
        Lane { kind, origin, chaos, subject: None, host: None, nest: Nest::new() }
    }

    /// How many rounds there were.
    pub(crate) fn run(mut self, draw: &Draw) -> usize {
        let mut rounds = 0;
        for moment in Moment::all(self.chaos.length) {
            for killed in Killed::all(self.kind, self.origin, self.chaos.effect, *moment) {
                self.round(*moment, killed, draw);
                rounds += 1;
            }
        }
        if let Some(subject) = self.subject.take() {
            subject.end();
        }
        rounds
    }

    fn round(&mut self, moment: Moment, killed: Killed, draw: &Draw) {
        let round =
            format!("{:?} {:?} by {:?}: {killed:?} at {moment:?}", self.kind, self.chaos, self.origin);
        let mut host = self.host.take().unwrap_or_else(|| self.host());
        let mut subject = self.subject.take().unwrap_or_else(|| self.subject(&round));
        subject.attach(&host, &self.nest);
        host.registered(subject.pid());
        subject.works();
        let mut wire = Wire::connect(&self.nest.socket());
        wire.call("chaos", Request::new("overview")).unwrap(); // it is accepted
        let (before, faults, mark) = (subject.states(), subject.faults(), host.log().mark());
        let host_before = State::of(host.pid());
        let key = |purpose| (&round, purpose);

        self.ask(&mut wire);
        if moment == Moment::Undecided {
            let within = if self.origin == Origin::Operator { SENT } else { ASKED };
            let_pass(draw.time(within, key("until it is decided")));
        } else {
            self.reach(moment, &host, mark, &mut subject, &before, faults);
        }
        match moment {
            Moment::Middle => let_pass(draw.time(MIDDLE, key("in the middle"))),
            Moment::Overlapping => {
                self.strike(Chaos { length: Length::Brief, ..self.chaos });
                let_pass(draw.time(MIDDLE, key("beside another")));
            }
            Moment::AboutToEnd => {
                let before_the_end = draw.time(BEFORE_THE_END, key("before the end"));
                let_pass(Duration::from_secs_f64(SHORT).saturating_sub(before_the_end));
            }
            Moment::Over => let_pass(draw.time(AFTER_THE_END, key("after the end"))),
            Moment::Undecided | Moment::Decided | Moment::Begun => {}
        }
        // What is under way goes on; of what begins after the kill there is nothing to be undone.
        if self.origin == Origin::Isolated && !killed.is_host() {
            wire.call("chaos", Request::new("pause")).unwrap();
        }
        self.kill(killed, &mut host, &mut subject);

        let mut against = Ok(());
        let is_undone = comes_true(SOON, || {
            against = self.is_undone(killed, &mut subject, &before).and_then(|()| match killed.is_host() {
                true => Ok(()),
                false => host_before.holds_no_more().and_then(|()| is_idle(&host, &mut wire)),
            });
            against.is_ok()
        });
        assert!(is_undone, "{round}: {}\n{}", against.unwrap_err(), host.log().shown());

        if killed.is_worker() || killed.is_guard() {
            subject.end();
        } else {
            self.subject = Some(subject);
        }
        match killed {
            Killed::HostInOrder => assert_eq!(host.process().exit_code(), 0, "{round}"),
            // It would be restarted later and later.
            Killed::Host | Killed::Both | Killed::Plugin => drop(host),
            // An operation lets the time go by that its effect was to take, also where somebody has cut it short.
            _ if self.origin == Origin::Isolated && self.chaos.length == Length::Long => drop(host),
            _ => self.host = Some(host),
        }
    }

    /// With nothing beside it that this lane does not need: most of the time of a start goes into plugins.
    fn host(&self) -> Host {
        const WORKER: &str = "chaos-kitty-worker";
        let plan = self.nest.host();
        match self.origin {
            Origin::Operator => plan
                .program(self.nest.host_beside(&[WORKER]))
                .configuration("version = 1\ninstance = []\n")
                .start(),
            Origin::Isolated => {
                let plugin = format!("lib{}.so", self.chaos.operation().0);
                let program = self.nest.host_beside(&[WORKER, &plugin]);
                plan.program(program)
                    .configuration(self.chaos.configuration())
                    .arguments(["--paused"])
                    .start()
            }
        }
    }

    fn subject(&self, round: &str) -> Subject {
        Subject::start(&self.nest, self.kind, self.chaos.effect, round)
    }

    /// Has it asked for: from then on it may begin.
    fn ask(&self, wire: &mut Wire) {
        match self.origin {
            Origin::Operator => self.strike(self.chaos),
            Origin::Isolated => drop(wire.call("chaos", Request::new("resume")).unwrap()),
        }
    }

    /// As an operator who hangs up at once: what was asked for goes on.
    fn strike(&self, chaos: Chaos) {
        let mut wire = Wire::connect(&self.nest.socket());
        let request = Request::new("strike").argument(NAME).argument(chaos.method());
        let request = request.option("options", chaos.options());
        wire.send(&Message::Invoke { id: 1, object: "chaos".into(), request, block: false });
    }

    /// Waits until it is as far.
    fn reach(
        &self,
        moment: Moment,
        host: &Host,
        mark: usize,
        subject: &mut Subject,
        before: &[State],
        faults: u64,
    ) {
        let record = |what: &str, wanted: &dyn Fn(&Json) -> bool| {
            host.record_after(mark, what, |record| wanted(record));
        };
        match moment {
            Moment::Over => record("its outcome", &|record| record["record"] == "outcome"),
            _ => record("its decision", &|record| record["ruling"] == "strike"),
        }
        if matches!(moment, Moment::Begun | Moment::Middle | Moment::Overlapping) {
            let feels = comes_true(SOON, || subject.feels(self.chaos, before, faults));
            assert!(feels, "{:?} at {moment:?}: nobody feels it\n{}", self.chaos, host.log().shown());
        }
    }

    fn kill(&self, killed: Killed, host: &mut Host, subject: &mut Subject) {
        if killed.is_worker() || killed.is_guard() {
            subject.kill_worker(killed);
        }
        let pid = host.pid();
        match killed {
            Killed::Host | Killed::Both => host.process().signal(Signal::KILL),
            Killed::HostInOrder => host.process().signal(Signal::TERM),
            Killed::Plugin => {
                let plugin = vitals::children(pid).into_iter().next().expect("it has a process of its own");
                kill(plugin, || vitals::parent(plugin) == Some(pid));
            }
            // Before it is there, and after it, there is none.
            Killed::StandIn => {
                if let Some(stand_in) = subject.stand_in() {
                    kill(stand_in, || subject.stand_in() == Some(stand_in));
                }
            }
            Killed::Worker | Killed::WorkerInOrder | Killed::Victim | Killed::Guard => {}
        }
    }

    /// Whether everybody who lives is as before.
    fn is_undone(&self, killed: Killed, subject: &mut Subject, before: &[State]) -> Result<(), String> {
        if killed.is_worker() {
            return subject.is_left_alone(killed, before);
        }
        before.iter().try_for_each(State::is_as_before)?;
        subject.goes_on()?;
        if killed.is_host() {
            subject.is_attended_no_more()?;
        }
        if self.chaos.effect == Effect::Spin { before.iter().try_for_each(State::burns) } else { Ok(()) }
    }
}

/// Whether a host has nothing under way, and no child that it has not waited for.
fn is_idle(host: &Host, wire: &mut Wire) -> Result<(), String> {
    let overview = wire.call("chaos", Request::new("overview")).map_err(|error| error.to_string())?;
    match overview.get("active").and_then(Value::as_u64) {
        Some(0) => {}
        active => return Err(format!("the host has {active:?} effects under way")),
    }
    let zombie = vitals::children(host.pid()).into_iter().find(|pid| vitals::is_zombie(*pid));
    zombie.map_or(Ok(()), |pid| Err(format!("{pid} has ended, and the host does not wait for it")))
}
