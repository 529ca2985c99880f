//! Operations of all kinds on the pretend host.

use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use super::*;
use crate::{Context, Error, Interval, Probability, Verdict, Victim};

/// Runs whatever loop the test gives it.
macro_rules! operation {
    ($name:ident, |$context:ident| $run:expr) => {
        struct $name;

        impl Operation for $name {
            type Config = ();

            fn new((): ()) -> Result<Self> {
                Ok($name)
            }

            fn register(&self, victim: &Victim) -> Result<()> {
                if victim.labels().contains_key("sacred") { Err(Error::new("it is sacred")) } else { Ok(()) }
            }

            fn status(&self, context: &Context) -> impl Serialize {
                context.victims().len()
            }

            async fn run(&self, $context: &Context) -> Result<()> {
                $run
            }
        }
    };
}

operation!(Hold, |context| {
    context
        .strike_at_random(Interval::from(30), Probability::from(0.3), async |victim, chance| {
            victim.delay(chance.between("duration", 1.0, 40.0)).await
        })
        .await
});

operation!(Stutter, |context| {
    loop {
        let tick = context.tick(Interval::from(10)).await?;
        let Some(victim) = tick.pick() else { continue };
        victim.cpu_spin(2).await?;
        context.sleep(Duration::from_millis(500)).await?;
        if victim.invoke("flush", [1]).await.is_ok_and(|outcome| outcome.result == Value::Bool(true)) {
            victim.trigger_gc().await?;
        }
    }
});

operation!(Impatient, |context| {
    loop {
        for victim in context.victims() {
            let _ = victim.raise_error("boo").await;
        }
        context.sleep(Duration::ZERO).await?;
    }
});

fn shown(strikes: &[Strike]) -> Vec<String> {
    strikes.iter().map(|strike| format!("{:.1} {strike}", strike.at.as_secs_f64())).collect()
}

fn panic_of(kit: &Kit) -> String {
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| kit.run_for(60))).unwrap_err();
    *panicked.downcast::<String>().unwrap()
}

#[test]
fn ticks_sleeps_and_strikes_take_the_clocks_time() {
    let kit = Kit::new::<Stutter>(()).unwrap();
    kit.register("cat");
    assert_eq!(kit.run_for(9), []);
    let first = ["10.0 cat: cpu_spin duration=2.0", "12.5 cat: flush [1]"];
    assert_eq!(shown(&kit.run_for(10)), first);
    // The end of the time belongs to it.
    assert_eq!(shown(&kit.run_for(1)), ["20.0 cat: cpu_spin duration=2.0"]);
}

#[test]
fn an_effect_longer_than_the_interval_leaves_ticks_out() {
    let kit = Kit::new::<Hold>(()).unwrap();
    kit.register("cat");
    kit.draws(|purpose| (purpose == "duration").then_some(0.9));
    let at: Vec<u64> = kit.run_for(200).iter().map(|strike| strike.at.as_secs()).collect();
    assert_eq!(at, [30, 90, 150]);
}

#[test]
fn an_hour_with_a_seed_is_always_the_same_hour() {
    let hour = |seed| {
        let kit = Kit::new::<Hold>(()).unwrap();
        let cats = ["cat", "kitten", "lion"].map(|name| kit.register(name));
        kit.seed(seed);
        let strikes = kit.run_for(Duration::from_hours(1));
        assert!((15..50).contains(&strikes.len()), "{}", strikes.len());
        assert!(cats.iter().all(|cat| !cat.strikes().is_empty()));
        shown(&strikes)
    };
    assert_eq!(hour(7), hour(7));
    assert_ne!(hour(7), hour(8));
}

#[test]
fn victims_come_and_go_in_the_middle_of_the_run() {
    let kit = Kit::new::<Stutter>(()).unwrap();
    assert_eq!(kit.run_for(15), []);
    let cat = kit.register("cat");
    assert_eq!(shown(&kit.run_for(6)), ["20.0 cat: cpu_spin duration=2.0"]);
    kit.remove(&cat);
    // What was under way has failed, which this operation does not survive.
    assert_eq!(panic_of(&kit), "the operation's run ended with an error: the victim has gone");
    assert_eq!((cat.strikes().len(), kit.status()), (1, Value::Int(0)));
}

#[test]
fn a_victim_comes_back_under_another_number() {
    let kit = Kit::new::<Hold>(()).unwrap();
    let cat = kit.register("cat");
    kit.run_for(30);
    kit.remove(&cat);
    let again = kit.register("cat");
    kit.run_for(30);
    assert_eq!((cat.id(), again.id()), (1, 2));
    assert_eq!(shown(&cat.strikes()), ["30.0 cat: delay duration=1.0"]);
    assert_eq!(shown(&again.strikes()), ["60.0 cat: delay duration=1.0"]);
}

#[test]
fn labels_and_methods_are_seen_by_the_operation_and_by_the_gate() {
    let kit = Kit::new::<Impatient>(()).unwrap();
    let sacred = kit.try_register(Candidate::new("bastet").label("sacred", "yes")).err().unwrap();
    assert_eq!(sacred.to_string(), "it is sacred");
    let deaf = kit.register(Candidate::new("deaf").methods(["delay"]));
    let cat = kit.register("cat");
    kit.run_for(1);
    assert!(deaf.strikes().is_empty());
    assert!(cat.strikes().len() > 100, "nothing takes no time: {}", cat.strikes().len());
}

#[test]
fn who_is_paused_strikes_nobody_and_goes_on_afterwards() {
    let kit = Kit::new::<Hold>(()).unwrap();
    let cat = kit.register("cat");
    kit.pause();
    assert_eq!(kit.run_for(3600), []);
    kit.resume();
    assert_eq!(kit.run_for(30).len(), 1);
    assert_eq!(cat.strikes().len(), 1);
}

#[test]
fn the_test_says_what_a_strike_comes_to() {
    let kit = Kit::new::<Stutter>(()).unwrap();
    kit.register("cat");
    kit.outcomes(|strike| {
        let result = Value::Bool(strike.method == "flush");
        Ok(Outcome { verdict: Verdict::Partial, observed: Value::Nil, result, dry_run: false })
    });
    let strikes = kit.run_for(15);
    assert_eq!(strikes.last().unwrap().to_string(), "cat: trigger_gc");
    kit.fail("it scratches");
    assert_eq!(panic_of(&kit), "the operation's run ended with an error: it scratches");
}

operation!(Over, |context| context.sleep(Duration::from_secs(1)).await);
operation!(Clumsy, |context| {
    context.sleep(Duration::from_secs(1)).await?;
    panic!("off the shelf")
});
operation!(Elsewhere, |_context| std::future::pending().await);
operation!(Restless, |_context| {
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        std::task::Poll::<Result<()>>::Pending
    })
    .await
});

#[test]
fn what_is_wrong_with_a_run_is_the_tests_panic() {
    let of = |kit: Result<Kit>| panic_of(&kit.unwrap());
    assert_eq!(
        of(Kit::new::<Over>(())),
        "the operation's run ended: it is to go on until the host goes down"
    );
    assert_eq!(of(Kit::new::<Clumsy>(())), "the operation panicked: off the shelf");
    assert!(
        of(Kit::new::<Elsewhere>(())).starts_with("the operation waits for something that is not the host's")
    );
    assert!(of(Kit::new::<Restless>(())).starts_with("the operation woke itself 10000 times"));
}
