//! What crosses the boundary, both ways.

use chaos_kitty::plugin::State;
use chaos_kitty_bus::{Symbol, Value};

use crate::support::ground::PretendGround;
use crate::support::{log, misbehave, soon, victim};

#[tokio::test(flavor = "multi_thread")]
async fn a_status_has_symbols_for_keys_and_keeps_its_order() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave("nothing", &ground);
    soon("register", instance.register(victim(1, "kitten"))).await.unwrap();
    soon("register", instance.register(victim(2, "cat"))).await.unwrap();
    let names = |names: &[&str]| Value::Array(names.iter().map(|name| Symbol::from(*name).into()).collect());
    let expected = Value::map([("misdeed", "nothing".into()), ("victims", names(&["kitten", "cat"]))]);
    assert_eq!(soon("status", instance.status()).await.unwrap(), expected);
    soon("remove", instance.remove(1)).await.unwrap();
    soon("remove", instance.remove(1)).await.unwrap();
    let status = soon("status", instance.status()).await.unwrap();
    assert_eq!(status.get("victims"), Some(&names(&["cat"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_learns_who_a_victim_is() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let instance = misbehave("ask who", &ground);
    soon("register", instance.register(victim(9, "cheshire"))).await.unwrap();
    let line = log::line(&["instance=\"ask who\""]).await;
    assert!(line.contains(r#"cheshire (9): Some(4711) {"tier": "web"} ["delay"]"#), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_event_arrives_with_level_place_and_fields() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let _instance = misbehave("log", &ground);
    let line = log::line(&["heard well"]).await;
    for part in [
        "WARN plugin:",
        "instance=\"log\"",
        "from=\"misbehaving\"",
        "place=\"tests/plugins/misbehaving/src/lib.rs:",
        "fields=\"count=3 name=cat ratio=0.5\"",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(log::count(&["unheard"]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_on_a_thread_of_its_own_is_logged_and_ends_nothing() {
    let (ground, mut strikes) = PretendGround::new(&[1]);
    let instance = misbehave("thread that panics", &ground);
    soon("register", instance.register(victim(1, "cat"))).await.unwrap();
    log::line(&["ERROR", "a thread of the plugin's own panicked at tests/plugins", "on its own"]).await;
    soon("strike", strikes.recv()).await.unwrap();
    assert_eq!(instance.state(), State::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strike_may_be_awaited_on_a_thread_of_the_plugins_own() {
    let (ground, mut strikes) = PretendGround::new(&[1]);
    ground.hold_ticks();
    let instance = misbehave("thread that awaits", &ground);
    soon("register", instance.register(victim(1, "cat"))).await.unwrap();
    ground.release_ticks();
    let strike = soon("strike", strikes.recv()).await.unwrap();
    assert_eq!((strike.victim, strike.request.get("method").unwrap().as_str()), (1, Some("from_a_thread")));
    let arguments = strike.request.get("arguments").unwrap();
    assert_eq!(arguments, &Value::Array(vec!["argument".into(), 1.into()]));
    // It came back from there and goes on.
    let methods = std::iter::repeat_with(|| strikes.blocking_recv());
    let gone_on = tokio::task::block_in_place(|| {
        methods.flatten().any(|strike| strike.request.get("method").unwrap().as_str() == Some("trigger_gc"))
    });
    assert!(gone_on);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strike_runs_to_its_outcome_when_nobody_waits_for_it() {
    let (ground, mut strikes) = PretendGround::new(&[1]);
    ground.hold_ticks();
    ground.hold();
    let instance = misbehave("drop a strike", &ground);
    soon("register", instance.register(victim(1, "cat"))).await.unwrap();
    ground.release_ticks();
    let strike = soon("strike", strikes.recv()).await.unwrap();
    assert_eq!(strike.request.get("method").unwrap().as_str(), Some("dropped"));
    assert_eq!(strike.request.get("options").unwrap().get("key").unwrap().as_str(), Some("value"));
    // Its future is gone by the time it strikes again.
    assert!(!soon("the next strike", strikes.recv()).await.unwrap().done);
    instance.stop();
    ground.release();
    let outcome = soon("outcome", async {
        loop {
            let strike = strikes.recv().await.unwrap();
            if strike.done && strike.request.get("method").unwrap().as_str() == Some("dropped") {
                break strike;
            }
        }
    })
    .await;
    assert_eq!(outcome.victim, 1);
}
