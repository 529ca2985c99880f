//! An application that is linked with the worker: it comes by a fault point every few milliseconds, and says what
//! happens to it, a line of JSON each. It ends when its input does.
//!
//! `chaos-kitty-test-victim SOCKET NAME [--idle | --restless | --async] [--descriptors N] [--label KEY=VALUE]…`
#![allow(clippy::unwrap_used, reason = "a test's helper stops where it is surprised")]

use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::park_timeout;
use std::time::Duration;

use chaos_kitty_worker::{Builder, Exception, Fault, Value, Worker, fault_point, fault_point_async};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value as Json, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

/// Between two hits.
const PACE: Duration = Duration::from_millis(2);
/// Between two looks of the one who watches.
const LOOK: Duration = Duration::from_millis(10);
/// Looks in a row at one and the same hit, from which on the application is being held there.
const HELD: u32 = 10;
/// Seconds at a fault point that are worth telling of: nobody is held for less than a millisecond.
const LONG: f64 = 0.000_9;
/// MiB from which on memory has changed.
const MUCH: f64 = 8.0;

#[derive(Default)]
struct Application {
    /// How often it came to its fault point, and how often it got by.
    hits: AtomicU64,
    passed: AtomicU64,
    errors: AtomicU64,
    ended: AtomicBool,
    /// One line at a time.
    output: Mutex<()>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (socket, name) = (arguments.next().expect("SOCKET"), arguments.next().expect("NAME"));
    let application = Arc::new(Application::default());
    let mut worker = Worker::builder().socket(socket).name(name);
    let mut pace: Option<fn(&Application)> = Some(Application::work);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--idle" => pace = None,
            "--restless" => pace = Some(Application::hurry),
            "--async" => pace = Some(Application::work_in_a_task),
            "--descriptors" => {
                let most = arguments.next().unwrap().parse().unwrap();
                let limit = Rlimit { current: Some(most), ..getrlimit(Resource::Nofile) };
                setrlimit(Resource::Nofile, limit).unwrap();
            }
            "--label" => {
                let label = arguments.next().unwrap();
                let (key, value) = label.split_once('=').unwrap();
                worker = worker.label(key, value);
            }
            other => panic!("{other}?"),
        }
    }
    application.listen_to_signals();
    application.say(json!({"event": "started", "pid": std::process::id()}));
    let worker = application.methods(worker).start();
    let working = pace.map(|work| {
        let application = Arc::clone(&application);
        std::thread::spawn(move || work(&application))
    });
    let watching = Arc::clone(&application);
    let watching = std::thread::spawn(move || watching.watch());
    for line in std::io::stdin().lock().lines() {
        if line.is_ok_and(|line| line == "report") {
            application.report();
        }
    }
    application.ended.store(true, Ordering::Relaxed);
    worker.stop(); // first: it lets go of who is being held
    let _ = working.map(|working| working.join());
    let _ = watching.join();
    application.say(json!({"event": "ended"}));
}

impl Application {
    fn methods(self: &Arc<Self>, worker: Builder) -> Builder {
        let (greeting, collecting) = (Arc::clone(self), Arc::clone(self));
        worker
            .method("greet", move |request| {
                let whom = request.get_option("whom").and_then(Value::as_str);
                let whom = whom.ok_or_else(|| Exception::argument("greet: whom: is missing"))?;
                greeting.say(json!({"event": "greeted", "whom": whom}));
                let observed = Value::map([("verdict", "effective")]);
                Ok(Value::map([("said", Value::from(format!("hello, {whom}"))), ("observed", observed)]))
            })
            .method("judge", |request| {
                let verdict = request.get_option("verdict").cloned().unwrap_or_default();
                Ok(Value::map([("observed", Value::map([("verdict", verdict)]))]))
            })
            .on_collect(move || collecting.say(json!({"event": "collected"})))
    }

    fn work(&self) {
        while !self.is_over() {
            self.hits.fetch_add(1, Ordering::Relaxed);
            self.has_passed(fault_point!("work"));
            park_timeout(PACE);
        }
    }

    /// The same in a task, which is held where a thread would be blocked.
    fn work_in_a_task(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            while !self.is_over() {
                self.hits.fetch_add(1, Ordering::Relaxed);
                self.has_passed(fault_point_async!("work").await);
                tokio::time::sleep(PACE).await;
            }
        });
    }

    fn has_passed(&self, result: Result<(), Fault>) {
        self.passed.fetch_add(1, Ordering::Relaxed);
        if let Err(fault) = result {
            self.errors.fetch_add(1, Ordering::Relaxed);
            self.say(json!({"event": "error", "message": fault.message()}));
        }
    }

    /// Says how long it was held, each time.
    fn hurry(&self) {
        while !self.is_over() {
            let before = Instant::now();
            let _ = fault_point!("work");
            let seconds = before.elapsed().as_secs_f64();
            if seconds >= LONG {
                self.say(json!({"event": "passed", "seconds": seconds}));
            }
        }
    }

    /// Says when the application is being held and let go, and when its memory grows and shrinks.
    fn watch(&self) {
        let (mut at, mut looks, mut resident) = (0, 0, resident_mb());
        while !self.is_over() {
            park_timeout(LOOK);
            // Whoever is not at his fault point is only waiting for a processor.
            let (passed, hits) = (self.passed.load(Ordering::Relaxed), self.hits.load(Ordering::Relaxed));
            let held = passed < hits && hits == at;
            if looks >= HELD && !held {
                self.say(json!({"event": "released"}));
            }
            looks = if held { looks.saturating_add(1) } else { 0 };
            at = hits;
            if looks == HELD {
                self.say(json!({"event": "held"}));
            }
            let size = resident_mb();
            if (size - resident).abs() >= MUCH {
                let event = if size > resident { "grown" } else { "shrunk" };
                self.say(json!({"event": event, "from": resident, "to": size}));
                resident = size;
            }
        }
    }

    fn listen_to_signals(self: &Arc<Self>) {
        let application = Arc::clone(self);
        let (ready, listening) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut signals = signal(SignalKind::user_defined1()).unwrap();
                ready.send(()).unwrap();
                while signals.recv().await.is_some() {
                    application.say(json!({"event": "signal", "signal": "USR1"}));
                }
            });
        });
        listening.recv().unwrap();
    }

    fn report(&self) {
        self.say(json!({
            "event": "report",
            "hits": self.hits.load(Ordering::Relaxed),
            "errors": self.errors.load(Ordering::Relaxed),
            "resident_mb": resident_mb(),
        }));
    }

    fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn say(&self, line: Json) {
        let _one = self.output.lock().unwrap();
        // Who does not listen any more has no use for it.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}

fn resident_mb() -> f64 {
    chaos_kitty_tests::vitals::resident_mb(std::process::id().cast_signed())
}
