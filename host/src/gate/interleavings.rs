//! Whole gates, at which everything happens in any order: strikes, callers that hang up, pauses, victims that leave, and
//! in the end a host that stops; with limits or without.

use super::*;
use crate::backend::{Backend, BoxFuture};
use crate::configuration::{Bounds, Portion};
use crate::effect::Effect;
use crate::roster::Candidate;
use crate::roster::tests::candidate;
use chaos_kitty_bus::Value;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// What somebody does.
#[derive(Debug, Clone)]
enum Step {
    Strike {
        victim: u64,
        method: &'static str,
        waits: bool,
    },
    /// Tells all that is under way to end.
    End,
    Pause,
    Resume,
    Arrive(&'static str),
    Leave(u64),
    /// Lets others go on for so many turns.
    Yield(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let method = proptest::sample::select(&["delay", "undeclared", "signal", "delay"][..]);
    prop_oneof![
        // Of the four, the last is not there.
        6 => (1..5_u64, method, any::<bool>())
            .prop_map(|(victim, method, waits)| Step::Strike { victim, method, waits }),
        1 => Just(Step::End),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        1 => proptest::sample::select(&NAMES[..]).prop_map(Step::Arrive),
        1 => (1..4_u64).prop_map(Step::Leave),
        3 => (0..8_u8).prop_map(Step::Yield),
    ]
}

const LONG: Duration = Duration::from_secs(60);

const NAMES: [&str; 3] = ["a", "b", "c"];

/// Limits that hold however many are there.
fn limits() -> impl Strategy<Value = Limits> {
    let most = || proptest::option::of(1..4_usize);
    (most(), most(), most()).prop_map(|(effects, victims, strikes_per_minute)| {
        let victims = victims.map(Portion::Number);
        let everyone = Bounds { effects, victims, strikes_per_minute, ..Bounds::default() };
        Limits { everyone, operations: Vec::new() }
    })
}

/// The strikes that were begun, and that the gate was closed when one was.
#[derive(Debug, Default)]
struct Seen {
    begun: Mutex<Vec<u64>>,
    /// Those that are being carried out, and on whom; the most there ever were of both.
    running: Mutex<(BTreeMap<u64, &'static str>, usize, usize)>,
    closed: AtomicBool,
    too_late: AtomicBool,
    /// What is carried out does not come to its end, and nobody can say why.
    raises: AtomicBool,
}

impl Seen {
    fn begins(&self, strike: u64, name: &'static str) {
        let (running, effects, victims) = &mut *self.running.lock().unwrap();
        running.insert(strike, name);
        *effects = running.len().max(*effects);
        *victims = running.values().collect::<BTreeSet<_>>().len().max(*victims);
    }

    /// Whether there were ever more than allowed.
    fn keeps(&self, Bounds { effects, victims, strikes_per_minute, .. }: &Bounds) -> bool {
        let (_, most_effects, most_victims) = &*self.running.lock().unwrap();
        effects.is_none_or(|most| *most_effects <= most)
            && victims.is_none_or(|most| *most_victims <= most.most(NAMES.len()))
            && strikes_per_minute.is_none_or(|most| self.begun.lock().unwrap().len() <= most)
    }
}

/// Takes a few turns for a strike, or until it is ended.
#[derive(Debug)]
struct Slow {
    name: &'static str,
    seen: Arc<Seen>,
    ended: watch::Sender<BTreeSet<u64>>,
    keeps_leases: bool,
}

impl Backend for Slow {
    fn carry_out<'a>(&'a self, strike: u64, _: &'a Effect) -> BoxFuture<'a, Report> {
        Box::pin(async move {
            self.seen.begun.lock().unwrap().push(strike);
            self.seen.begins(strike, self.name);
            self.seen.too_late.fetch_or(self.seen.closed.load(Ordering::SeqCst), Ordering::SeqCst);
            // Every third goes on until it is told to end.
            let mut ended = self.ended.subscribe();
            match strike % 3 {
                0 => drop(ended.wait_for(|ended| ended.contains(&strike)).await),
                turns => yields(turns * 2).await,
            }
            self.seen.running.lock().unwrap().0.remove(&strike);
            let raised = self.seen.raises.load(Ordering::SeqCst);
            let error = raised.then(|| Failure::Unclear("its guard does not say that it goes on".to_owned()));
            Report { error, ..Report::default() }
        })
    }

    fn keeps_leases(&self) -> bool {
        self.keeps_leases
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn end(&self, strike: u64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Who does not know a strike cannot end it, and has forgotten that when it comes.
            if self.seen.begun.lock().unwrap().contains(&strike) {
                self.ended.send_if_modified(|ended| ended.insert(strike));
            }
        })
    }
}

async fn yields(turns: u64) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

fn wish(victim: u64, method: &str) -> Wish {
    Wish {
        origin: Origin::Instance {
            name: "yowl".to_owned(),
            operation: "yowl".to_owned(),
            generation: Some(1),
        },
        victim: Who::Id(victim),
        selected: true,
        leaving: false,
        tick: None,
        method: method.to_owned(),
        arguments: Vec::new(),
        // Of this signal nobody ends: it counts for nothing once it is over.
        options: Value::map([("duration", Value::from(1)), ("signal", "WINCH".into())]),
        lease: None,
    }
}

/// One that declares to be delayed.
fn slow(name: &'static str, seen: &Arc<Seen>) -> Candidate {
    slow_of(name, seen, true)
}

/// The same, whose worker takes part in leases, or does not.
fn slow_of(name: &'static str, seen: &Arc<Seen>, keeps_leases: bool) -> Candidate {
    let ended = watch::Sender::default();
    let backend = Box::new(Slow { name, seen: Arc::clone(seen), ended, keeps_leases });
    let methods = Some(["delay"].into_iter().collect());
    Candidate { backend, methods, ..candidate(name) }
}

/// Takes the steps, closes the gate, asks for one strike more, and answers every record.
async fn play(steps: &[Step], dry_run: bool, limits: &Limits, seen: &Arc<Seen>) -> Vec<Arc<Record>> {
    let roster = Arc::new(Roster::default());
    let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), false, dry_run);
    gate.limit(limits);
    for name in NAMES {
        roster.add(slow(name, seen));
    }
    let mut records = gate.journal().watch().unwrap();
    for step in steps {
        match step {
            Step::Strike { victim, method, waits } => {
                let (gate, wish) = (Arc::clone(&gate), wish(*victim, method));
                let caller = tokio::spawn(async move { gate.strike(wish).await });
                if !waits {
                    yields(1).await;
                    caller.abort();
                }
            }
            Step::End => gate.end(&wish(1, "delay").origin, EndedBy::Instance),
            Step::Pause => gate.pause(Holder::Operator),
            Step::Resume => gate.resume(Holder::Operator),
            Step::Arrive(name) => drop(roster.add(slow(name, seen))),
            Step::Leave(id) => drop(roster.remove(*id)),
            Step::Yield(turns) => yields((*turns).into()).await,
        }
    }
    // Waited for long, unlike a host that stops: on a busy machine they may take their turns late.
    gate.end_all();
    tokio::time::timeout(LONG, gate.active.none()).await.expect("what was told to end goes on");
    gate.close().await;
    let is_idle = |limit: &ListedLimit| limit.rule == Rule::StrikesPerMinute || limit.now == Some(0);
    assert!(dry_run || gate.limits().iter().all(is_idle), "all is given back: {:?}", gate.limits());
    seen.closed.store(true, Ordering::SeqCst);
    let refusal = gate.strike(wish(1, "delay")).await.unwrap_err();
    assert_eq!(refusal.rule, Rule::Stopping);
    let mut all = Vec::new();
    while let Ok(record) = records.recv().await {
        all.push(record);
    }
    all
}

/// What must be so whatever was done.
fn check(records: &[Arc<Record>], seen: &Seen, dry_run: bool) -> Result<Vec<u64>, TestCaseError> {
    let (mut numbers, mut rulings, mut outcomes) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    let mut undone = BTreeSet::new();
    for record in records {
        match &**record {
            Record::Decision(decision) => {
                numbers.push(decision.strike);
                let before = rulings.insert(decision.strike, decision.ruling.clone());
                prop_assert_eq!(before, None, "a number is given once");
            }
            Record::Outcome(outcome) => {
                prop_assert!(rulings.contains_key(&outcome.strike), "first the decision");
                prop_assert!(outcomes.insert(outcome.strike), "one outcome each");
                if matches!(outcome.error, Some(Failure::Refused(_))) {
                    undone.insert(outcome.strike);
                }
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
    let of = |wanted: Ruling| {
        let numbers = rulings.iter().filter(|(_, ruling)| **ruling == wanted).map(|(number, _)| *number);
        numbers.collect::<BTreeSet<u64>>()
    };
    let (begun, decided) = (seen.begun.lock().unwrap(), of(Ruling::Strike));
    let done: BTreeSet<u64> = begun.iter().copied().collect();
    prop_assert_eq!(done.len(), begun.len(), "begun once");
    prop_assert!(done.is_disjoint(&undone), "what has begun is not called undone");
    prop_assert_eq!(&done | &undone, decided, "begun as decided, or ended before");
    prop_assert_eq!(outcomes, &of(Ruling::Strike) | &of(Ruling::DryRun), "and to its outcome");
    let never = if dry_run { Ruling::Strike } else { Ruling::DryRun };
    prop_assert!(of(never).is_empty());
    prop_assert!(!seen.too_late.load(Ordering::SeqCst), "nothing begins behind a closed gate");
    Ok(numbers)
}

fn on(runtime: Runtime, steps: &[Step], dry_run: bool, limits: &Limits) -> Result<Vec<u64>, TestCaseError> {
    let seen = Arc::default();
    let records = runtime.block_on(play(steps, dry_run, limits, &seen));
    prop_assert!(seen.keeps(&limits.everyone), "{:?} of {:?}", seen, limits.everyone);
    check(&records, &seen, dry_run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn in_turns(steps in vec(step(), 0..60), dry_run: bool, limits in limits()) {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let numbers = on(runtime, &steps, dry_run, &limits)?;
        prop_assert!(numbers.is_sorted(), "in the order of deciding: {:?}", numbers);
    }

    #[test]
    fn at_the_same_time(steps in vec(step(), 0..60), dry_run: bool, limits in limits()) {
        let runtime = Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
        on(runtime, &steps, dry_run, &limits)?;
    }
}

/// Alone at the gate, a wish is decided on by what the gate is just then.
#[tokio::test]
async fn a_wish_is_decided_on_as_the_gate_is_then() {
    let roster = Arc::new(Roster::default());
    let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), true, false);
    let id = roster.add(candidate("web")).id();
    let rule = async || gate.strike(wish(id, "delay")).await.err().map(|refusal| refusal.rule);
    assert_eq!(rule().await, Some(Rule::Paused));
    gate.resume(Holder::Operator);
    assert_eq!(rule().await, None);
    gate.pause(Holder::Operator);
    assert_eq!(rule().await, Some(Rule::Paused));
    gate.resume(Holder::Operator);
    roster.remove(id);
    assert_eq!(rule().await, Some(Rule::NoVictim));
    gate.close().await;
    assert_eq!(rule().await, Some(Rule::Stopping));
    assert_eq!(gate.decisions(), 5);
}

/// A victim ignores the end of what has not reached it, so that nobody may count on that.
#[tokio::test]
async fn what_is_to_end_before_it_has_begun_is_not_done() {
    let (roster, seen) = (Arc::new(Roster::default()), Arc::<Seen>::default());
    let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), false, false);
    let id = roster.add(slow("a", &seen)).id();
    let third = |gate: &Gate| gate.strikes.store(2, Ordering::Relaxed);
    type Ends = fn(&Gate);
    let ends: [(Ends, EndedBy); 2] = [
        (|gate| gate.end(&wish(1, "delay").origin, EndedBy::Instance), EndedBy::Instance),
        (|gate| gate.end_all(), EndedBy::Host),
    ];
    for (end, by) in ends {
        third(&gate);
        let strike = gate.begin(wish(id, "delay")).unwrap();
        end(&gate);
        let outcome = tokio::time::timeout(LONG, strike).await.unwrap().unwrap();
        assert!(matches!(outcome.error, Some(Failure::Refused(_))), "{outcome:?}");
        assert_eq!((outcome.verdict, outcome.ended_by, gate.active()), (Verdict::None, Some(by), 0));
    }
    assert!(seen.begun.lock().unwrap().is_empty());
}

/// A strike that has reached its victim.
async fn begun(gate: &Arc<Gate>, victim: u64, seen: &Seen) -> impl Future<Output = Result<Outcome, Refusal>> {
    let strike = gate.begin(wish(victim, "delay")).unwrap();
    while seen.begun.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    strike
}

/// The third goes on until it is told to end, and it is told once.
#[tokio::test]
async fn what_has_begun_is_ended_by_one_word() {
    let (roster, seen) = (Arc::new(Roster::default()), Arc::<Seen>::default());
    let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), false, false);
    let id = roster.add(slow("a", &seen)).id();
    gate.strikes.store(2, Ordering::Relaxed);
    let strike = begun(&gate, id, &seen).await;
    assert!(gate.calm(LONG).await);
    let outcome = strike.await.unwrap();
    assert_eq!((outcome.error, outcome.ended_by), (None, Some(EndedBy::Experiment)));
    // The next one ends by itself.
    assert_eq!(gate.strike(wish(id, "delay")).await.unwrap().ended_by, None);
}

/// The first takes its turns, whoever tells it to end.
#[tokio::test]
async fn who_knows_nothing_of_an_end_is_not_said_to_have_ended_for_it() {
    for (keeps_leases, ended_by) in [(true, Some(EndedBy::Instance)), (false, None)] {
        let (roster, seen) = (Arc::new(Roster::default()), Arc::<Seen>::default());
        let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), false, false);
        let id = roster.add(slow_of("a", &seen, keeps_leases)).id();
        let strike = begun(&gate, id, &seen).await;
        gate.end(&wish(id, "delay").origin, EndedBy::Instance);
        assert_eq!(strike.await.unwrap().ended_by, ended_by);
    }
}

/// The third is told to end, and who was to end it cannot say that it has.
#[tokio::test]
async fn what_nobody_says_has_ended_is_not_said_to_have_ended_early() {
    let (roster, seen) = (Arc::new(Roster::default()), Arc::<Seen>::default());
    seen.raises.store(true, Ordering::SeqCst);
    let gate = Gate::new(Arc::new(Run::start(Some(9))), Arc::clone(&roster), false, false);
    let id = roster.add(slow("a", &seen)).id();
    gate.strikes.store(2, Ordering::Relaxed);
    let strike = begun(&gate, id, &seen).await;
    let undone = gate.undo(&[3], LONG).await;
    let outcome = strike.await.unwrap();
    assert_eq!((outcome.verdict, outcome.ended_by), (Verdict::Unknown, None));
    assert!(undone[0].is_over && undone[0].unsure.is_some(), "{undone:?}");
}
