//! A linked worker and a host, over a real socket. Fault points are the process's, so each test has names of its own.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod pretend_host;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_worker::{Fault, Worker, fault_point, fault_point_async};
use pretend_host::{Manner, PATIENCE, PretendHost, Registered};
use tempfile::TempDir;

struct Scene {
    folder: TempDir,
    host: PretendHost,
    worker: Worker,
    victim: Registered,
}

async fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let worker = Worker::builder().socket(&socket).start();
    let victim = host.registered().await;
    Scene { folder, host, worker, victim }
}

fn effect(method: &str, id: i64) -> Request {
    Request::new(method).option("effect", id).option("lease", 20.0)
}

fn observed(answer: &Value, name: &str) -> f64 {
    let figure = answer.get("observed").and_then(|observed| observed.get(name)).and_then(Value::as_f64);
    figure.unwrap_or_else(|| panic!("no {name} observed in {answer:?}"))
}

type Hit = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// A task of the application's that is being held: until the effect is armed, it passes and comes again.
async fn held(hit: impl Fn() -> Hit) -> Hit {
    loop {
        let mut passing = hit();
        match std::future::poll_fn(|context| Poll::Ready(passing.as_mut().poll(context))).await {
            Poll::Pending => return passing,
            Poll::Ready(result) => result.unwrap(),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_holds_the_application_and_says_how_long() {
    let Scene { worker: _worker, victim, .. } = scene().await;
    let request = effect("delay", 1).option("duration", 0.3).option("point", "linked.delay*");
    let strike = tokio::spawn(async move { (victim.call(request).await.unwrap(), victim) });
    // The application works on: somewhere in these loops it is held.
    let stop = Arc::new(AtomicBool::new(false));
    let working = |async_too: bool| {
        let stop = Arc::clone(&stop);
        async move {
            while !stop.load(Ordering::Relaxed) {
                if async_too {
                    fault_point_async!("linked.delay.task").await.unwrap();
                    tokio::task::yield_now().await;
                } else {
                    let hit = || fault_point!("linked.delay.thread");
                    tokio::task::spawn_blocking(hit).await.unwrap().unwrap();
                }
            }
        }
    };
    let (thread, task) = (tokio::spawn(working(false)), tokio::spawn(working(true)));
    let (answer, _victim) = strike.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    thread.await.unwrap();
    task.await.unwrap();
    assert_eq!(answer.get("delayed"), Some(&Value::Float(0.3)));
    assert_eq!(observed(&answer, "hits"), 2.0);
    let held = observed(&answer, "seconds_held");
    assert!(held > 0.0 && held <= 0.3, "{held}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_that_met_nobody_says_so_and_its_lease_bounds_it() {
    let Scene { worker: _worker, victim, .. } = scene().await;
    let request = Request::new("delay").option("duration", 3600).option("point", "linked.nobody");
    let answer = victim.call(request.option("effect", 1).option("lease", 0.05)).await.unwrap();
    assert_eq!(answer.get("delayed"), Some(&Value::Int(3600)));
    assert_eq!((observed(&answer, "hits"), observed(&answer, "seconds_held")), (0.0, 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_raised_as_often_as_asked_and_then_the_host_hears_of_it() {
    let Scene { worker: _worker, victim, .. } = scene().await;
    let request = effect("raise_error", 1)
        .option("message", "hiss")
        .option("class", "IOError")
        .option("times", 2)
        .option("point", "linked.raise");
    let strike = tokio::spawn(async move { (victim.call(request).await.unwrap(), victim) });
    let hits = tokio::task::spawn_blocking(|| {
        let mut faults = Vec::new();
        while faults.len() < 2 {
            faults.extend(fault_point!("linked.raise").err());
            std::thread::yield_now();
        }
        (faults, fault_point!("linked.raise"))
    });
    let (faults, after) = hits.await.unwrap();
    assert!(faults.iter().all(|fault| fault.message() == "hiss" && fault.class() == "IOError"));
    after.unwrap();
    let (answer, victim) = strike.await.unwrap();
    assert_eq!((answer.get("raised"), observed(&answer, "hits")), (Some(&Value::Int(2)), 2.0));
    let nobody = Request::new("raise_error").option("message", "hiss").option("point", "linked.nobody");
    let answer = victim.call(nobody.option("effect", 2).option("lease", 0.02)).await.unwrap();
    assert_eq!(answer.get("raised"), Some(&Value::Int(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_cpu_and_collection_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let cleared = Arc::new(AtomicU64::new(0));
    let clearing = Arc::clone(&cleared);
    let clear = move || {
        clearing.fetch_add(1, Ordering::Relaxed);
    };
    let _worker = Worker::builder().socket(&socket).on_collect(clear).start();
    let victim = host.registered().await;

    let request = effect("allocate_memory", 1).option("size_mb", 8).option("hold_duration", 0.01);
    let answer = victim.call(request).await.unwrap();
    assert_eq!(
        (answer.get("allocated_mb"), answer.get("held_for")),
        (Some(&Value::Int(8)), Some(&Value::Float(0.01)))
    );
    assert_eq!(observed(&answer, "resident_mb"), 8.0);
    assert!(observed(&answer, "seconds_held") >= 0.01);

    let answer = victim.call(effect("cpu_spin", 2).option("duration", 0.02)).await.unwrap();
    assert_eq!(answer.get("cpu_spun"), Some(&Value::Float(0.02)));
    assert!(observed(&answer, "cpu_seconds") >= 0.02);
    assert!(observed(&answer, "iterations") > 0.0 && observed(&answer, "wall_seconds") > 0.0);

    let answer = victim.call(effect("trigger_gc", 3)).await.unwrap();
    assert_eq!(answer.get("gc_triggered"), Some(&Value::Bool(true)));
    assert_eq!(answer.get("collections_after"), Some(&Value::Int(1)));
    assert_eq!((observed(&answer, "hooks"), cleared.load(Ordering::Relaxed)), (1.0, 1));
    assert!(observed(&answer, "freed_mb") >= 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_sees_and_ends_what_is_active() {
    let Scene { worker: _worker, victim, .. } = scene().await;
    let victim = Arc::new(victim);
    let long = || effect("delay", 7).option("duration", 3600).option("point", "linked.end");
    let strike = {
        let victim = Arc::clone(&victim);
        tokio::spawn(async move { victim.call(long()).await })
    };
    let listed = loop {
        let listed = victim.call(Request::new("effects")).await.unwrap();
        if !listed.as_array().unwrap().is_empty() {
            break listed;
        }
    };
    let entry = &listed.as_array().unwrap()[0];
    assert_eq!(
        (entry.get("effect"), entry.get("kind").unwrap().as_str()),
        (Some(&Value::Int(7)), Some("delay"))
    );
    let raised = victim.raised(long()).await;
    assert!(raised.class == "ArgumentError" && raised.message.contains("still active"), "{raised}");
    assert_eq!(victim.call(Request::new("end").option("effect", 7)).await.unwrap(), Value::Bool(true));
    strike.await.unwrap().unwrap();
    assert_eq!(victim.call(Request::new("effects")).await.unwrap(), Value::Array(vec![]));
    assert_eq!(victim.call(Request::new("end").option("effect", 7)).await.unwrap(), Value::Bool(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_end_with_the_connection_and_the_worker_returns_with_the_host() {
    let Scene { folder, host, worker, victim } = scene().await;
    let hour = Request::new("delay").option("duration", 3600).option("point", "linked.lost");
    let hour = hour.option("effect", 1).option("lease", 3600);
    let proxy = victim.victim.clone();
    let strike = tokio::spawn(async move { proxy.call(hour, PATIENCE).await });
    let held = held(|| Box::pin(fault_point_async!("linked.lost"))).await;
    host.die(vec![victim]).await;
    held.await.unwrap();
    assert!(strike.await.unwrap().is_err());

    let mut host = PretendHost::at(&folder.path().join("s"), Manner::Ours);
    let victim = host.registered().await;
    assert!(worker.registered(PATIENCE).is_some());
    assert_eq!(
        victim.call(Request::new("effects")).await.unwrap(),
        Value::Array(vec![]),
        "nothing is left over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_delay_ends_with_the_connection_too() {
    let Scene { folder: _folder, mut host, worker: _worker, victim } = scene().await;
    let hour = Request::new("delay").option("duration", 3600).option("block", true);
    let hour = hour.option("point", "linked.gone").option("effect", 1).option("lease", 3600);
    let proxy = victim.victim.clone();
    let strike = tokio::spawn(async move { proxy.call(hour, PATIENCE).await });
    let task = held(|| Box::pin(fault_point_async!("linked.gone"))).await;
    let thread = tokio::task::spawn_blocking(|| fault_point!("linked.gone"));
    victim.connection.close("the host is gone");
    tokio::time::timeout(PATIENCE, task).await.expect("the task is held on").unwrap();
    tokio::time::timeout(PATIENCE, thread).await.expect("the thread is held on").unwrap().unwrap();
    assert!(strike.await.unwrap().is_err());
    host.registered().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_delay_blocks_nobody_is_answered_and_the_host_can_still_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let _worker = Worker::builder().socket(&socket).start();
    let victim = Arc::new(host.registered().await);
    let call = |request: Request| {
        let victim = Arc::clone(&victim);
        tokio::spawn(async move { victim.call(request).await })
    };
    let block = effect("delay", 1).option("duration", 20).option("block", true);
    let block = call(block.option("point", "linked.mute"));
    let blocked = held(|| Box::pin(fault_point_async!("linked.mute"))).await;
    let short = effect("delay", 2).option("duration", 0.001).option("point", "linked.mute.short");
    let (mut short, mut listed) = (call(short), call(Request::new("effects")));
    let quiet = std::time::Duration::from_millis(50);
    // That nothing comes is no event: a moment has to do.
    assert!(tokio::time::timeout(quiet, &mut short).await.is_err(), "answered while another blocks");
    assert!(tokio::time::timeout(quiet, &mut listed).await.is_err(), "answered while another blocks");
    let ended = call(Request::new("end").option("effect", 1));
    blocked.await.unwrap();
    assert_eq!(ended.await.unwrap().unwrap(), Value::Bool(true));
    let answer = block.await.unwrap().unwrap();
    assert_eq!(answer.get("observed").unwrap().get("blocked"), Some(&Value::Bool(true)));
    assert!(observed(&answer, "seconds_held") < 20.0, "ended early");
    short.await.unwrap().unwrap();
    listed.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_effects_even_those_that_block_the_worker_itself() {
    let Scene { worker, victim, .. } = scene().await;
    let block = Request::new("delay").option("duration", 3600).option("block", true);
    let block = block.option("point", "linked.block").option("effect", 1).option("lease", 3600);
    let connection = victim.connection.clone();
    let blocking = tokio::spawn(async move { victim.call(block).await });
    let held = held(|| Box::pin(fault_point_async!("linked.block"))).await;
    tokio::task::spawn_blocking(|| worker.stop()).await.unwrap();
    held.await.unwrap();
    connection.closed().await;
    let answer = blocking.await.unwrap().expect("what it came to is still told");
    assert_eq!(observed(&answer, "hits"), 1.0);
    assert!(observed(&answer, "seconds_held") > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_that_was_asked_for_is_one() {
    let Scene { worker: _worker, victim, .. } = scene().await;
    let request = Request::new("raise_error").option("message", "yowl").option("panic", true);
    let raised = victim.raised(request.option("point", "linked.panic")).await;
    assert_eq!((raised.class.as_str(), raised.message.as_str()), ("RuntimeError", "yowl"));
    let panic = tokio::task::spawn_blocking(|| fault_point!("linked.panic")).await.unwrap_err().into_panic();
    assert!(panic.downcast_ref::<String>().unwrap().contains("yowl"));
}
