//! What a plugin does wrong costs itself alone.

use std::sync::Arc;

use chaos_kitty::plugin::State;
use chaos_kitty_bus::Value;

use crate::support::ground::PretendGround;
use crate::support::{build, construct, load, log, misbehave, misbehave_until, soon, victim};

const PLACE: &str = "panicked at tests/plugins/misbehaving/src/lib.rs:";

fn why(state: State) -> String {
    assert!(state.is_retired(), "{state}");
    state.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_anywhere_retires_the_instance_with_its_place() {
    for misdeed in ["panic at once", "panic in run", "panic with no text"] {
        let (ground, _strikes) = PretendGround::new(&[]);
        let instance = misbehave(misdeed, &ground);
        let why = why(soon(misdeed, instance.reach(State::is_retired)).await);
        assert!(why.starts_with(&format!("retired: {PLACE}")), "{why}");
        let fault = soon("status", instance.status()).await.unwrap_err();
        assert_eq!((&*fault.kind, fault.message), ("retired", why));
    }
    for misdeed in ["panic in register", "panic in remove", "panic in status"] {
        let (ground, _strikes) = PretendGround::new(&[]);
        let instance = misbehave(misdeed, &ground);
        let faults = [
            soon("register", instance.register(victim(1, "cat"))).await.err(),
            soon("status", instance.status()).await.err(),
            soon("remove", instance.remove(1)).await.err(),
        ];
        let fault = faults.into_iter().flatten().find(|fault| fault.is_panic()).expect(misdeed);
        assert!(
            fault.to_string().starts_with(PLACE) && fault.to_string().ends_with(": on purpose"),
            "{fault}"
        );
        assert_eq!(why(instance.state()), format!("retired: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_new_says_comes_with_the_parameters_path() {
    log::listen();
    let (ground, _strikes) = PretendGround::new(&[]);
    let library = load(build::package("misbehaving"));
    let refused = |entries: &[(&str, Value)]| construct(&library, "new", entries, &ground).err().unwrap();
    let error = refused(&[("misdeed", "error in new".into())]);
    assert_eq!(
        (error.path.as_deref(), &*error.message, error.broken),
        (Some("misdeed"), "not this one", false)
    );
    let error = refused(&[("misdeed", "panic in new".into())]);
    assert!(error.broken && error.message.starts_with(PLACE), "{error}");
    let error = refused(&[("misdeed", 7.into())]);
    assert_eq!(error.to_string(), "misdeed: 7 is not a text");
    let nested = [1, 300].map(|number| Value::Map(vec![("number".into(), number.into())]));
    let error = refused(&[("nested", Value::Array(nested.into()))]);
    assert_eq!(error.path.as_deref(), Some("nested[1].number"), "{error}");
    let error = refused(&[("misdead", 7.into())]);
    assert_eq!(error.path.as_deref(), Some("misdead"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_register_or_remove_ends_nothing() {
    let (ground, mut strikes) = PretendGround::new(&[1]);
    let instance = misbehave("error in register", &ground);
    let fault = soon("register", instance.register(victim(1, "cat"))).await.unwrap_err();
    assert_eq!((&*fault.kind, &*fault.message), ("error", "not cat (1)"));
    assert_eq!(instance.state(), State::Running);

    let instance = misbehave("error in remove", &ground);
    soon("register", instance.register(victim(1, "cat"))).await.unwrap();
    soon("strike", strikes.recv()).await.unwrap();
    let fault = soon("remove", instance.remove(1)).await.unwrap_err();
    assert_eq!(&*fault.message, "will not let go");
    assert_eq!(instance.state(), State::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_ends_retires_the_instance() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave("end", &ground);
    assert_eq!(why(soon("end", instance.reach(State::is_retired)).await), "retired: its run ended");
    let instance = misbehave("error", &ground);
    let reason = why(soon("error", instance.reach(State::is_retired)).await);
    assert_eq!(reason, "retired: its run ended with an error: enough of this");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_it_is_dropped_is_caught_and_logged() {
    let (ground, _strikes) = PretendGround::new(&[]);
    misbehave("panic in drop", &ground).stop();
    log::line(&["ERROR", "dropping the operation", PLACE, "panic in drop"]).await;

    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave("panic when dropped", &ground);
    log::line(&["holds a bomb"]).await;
    drop(instance);
    log::line(&["ERROR", "dropping the operation's run", PLACE, "the run on purpose"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hog_is_named_once_and_nobody_else_waits() {
    let end = tempfile::tempdir().unwrap();
    let until = end.path().join("end");
    let (ground, mut strikes) = PretendGround::new(&[1]);
    let hogs: Vec<_> = (0..3).map(|_| misbehave_until("hog", &until, &ground)).collect();
    let good = misbehave("nothing", &ground);
    soon("register", good.register(victim(1, "cat"))).await.unwrap();
    for hog in &hogs {
        let state = soon("the watchdog", hog.reach(|state| matches!(state, State::Stuck { .. }))).await;
        assert!(state.to_string().contains("kept its thread for 2 s"), "{state}");
        // It is called on another thread, so that it even answers.
        soon("status", hog.status()).await.unwrap();
    }
    while let Ok(strike) = strikes.try_recv() {
        assert_eq!(strike.instance, "nothing");
    }
    soon("strike", strikes.recv()).await.unwrap();
    let named = ["WARN", "instance=\"hog\"", "stuck"];
    log::lines(hogs.len(), &named).await;
    assert_eq!(log::count(&named), hogs.len(), "each once");

    hogs[0].stop();
    assert_eq!(hogs[0].state().to_string(), "retired: stopped");
    std::fs::write(&until, "").unwrap();
    assert_eq!(soon("recovery", hogs[1].reach(|state| *state == State::Running)).await, State::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_come_back_is_a_fault_and_is_made_good_later() {
    let end = tempfile::tempdir().unwrap();
    let until = end.path().join("end");
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave_until("hog in register", &until, &ground);
    let fault = soon("register", instance.register(victim(1, "cat"))).await.unwrap_err();
    assert_eq!((&*fault.kind, &*fault.message), ("silent", "its register has not come back for 2 s"));
    assert!(matches!(instance.state(), State::Stuck { .. }), "{}", instance.state());
    let late = soon("register", instance.register(victim(2, "kitten"))).await.unwrap_err();
    assert_eq!(late.kind, "silent");

    std::fs::write(&until, "").unwrap();
    soon("recovery", instance.reach(|state| *state == State::Running)).await;
    let status = loop {
        // The second register may be under way still.
        let status = soon("status", instance.status()).await.unwrap();
        if status.get("victims").unwrap().as_array().unwrap().len() == 2 {
            break status;
        }
    };
    assert_eq!(status.get("victims").unwrap().as_array().unwrap()[1].as_str(), Some("kitten"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_victims_that_come_at_once_retire_nobody() {
    let end = tempfile::tempdir().unwrap();
    let until = end.path().join("end");
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave_until("hog in register", &until, &ground);
    let told: Vec<_> = (1..=10_000).map(|id| instance.register(victim(id, "cat"))).collect();
    std::fs::write(&until, "").unwrap();
    for told in told {
        let answer = soon("its turn", told).await;
        // The first is late where the machine is busy, and what waits behind it too.
        assert!(answer.as_ref().err().is_none_or(|fault| fault.kind == "silent"), "{answer:?}");
    }
    let all_are_there = async {
        loop {
            let status = instance.status().await.unwrap_or_default(); // none where it is late, on a busy machine
            if status.get("victims").and_then(Value::as_array).is_some_and(|all| all.len() == 10_000) {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    soon("all of them", all_are_there).await;
    assert!(!instance.state().is_retired(), "{}", instance.state());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_that_moves_is_no_hang() {
    const VICTIMS: u64 = 1_500; // of 2 ms each: longer than any one call may take
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave("slow in register", &ground);
    let told: Vec<_> = (1..=VICTIMS).map(|id| instance.register(victim(id, "cat"))).collect();
    let fault = soon("status", instance.status()).await.unwrap_err();
    assert_eq!(
        (&*fault.kind, &*fault.message),
        ("busy", "it has been busy with other calls for 2 s; ask again")
    );
    assert_eq!(instance.state(), State::Running);
    for told in told {
        soon("its turn", told).await.unwrap();
    }
    let status = soon("status", instance.status()).await.unwrap();
    assert_eq!(status.get("victims").unwrap().as_array().unwrap().len(), 1_500);
    assert_eq!(log::count(&["instance=\"slow in register\"", "stuck"]), 0);
}

/// A call can come in the moment in which the instance's thread has taken all others and goes to sleep.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn no_call_is_slept_through() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = Arc::new(misbehave("nothing", &ground));
    let callers = (0..8).map(|_| {
        let instance = Arc::clone(&instance);
        tokio::spawn(async move {
            for _ in 0..1_000 {
                let calls: [_; 10] = std::array::from_fn(|_| instance.status());
                for call in calls {
                    soon("status", call).await.unwrap();
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        soon("all its calls", caller).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_instance_strikes_no_more() {
    let (ground, mut strikes) = PretendGround::new(&[1]);
    let instance = misbehave("nothing", &ground);
    soon("register", instance.register(victim(1, "cat"))).await.unwrap();
    soon("strike", strikes.recv()).await.unwrap();
    instance.stop();
    drop(ground);
    // The channel ends when the instance has let go of the ground, and everything that was under way is through.
    soon("the end", async { while strikes.recv().await.is_some() {} }).await;
}
