//! Many victims in one process, each with a connection and a name of its own, and an operator beside them: what a host
//! of many is measured with, on one clock.
//!
//! `chaos-kitty-test-crowd SOCKET` reads lines: `arrive N` (until there are N), `gather N` (N connect and say nothing),
//! `register` (whoever has gathered), `strike N`, `volley N` (the same, many at a time), `status N`, `reload N` (of
//! the operation yowl), `leave`. Each is answered with a line of JSON: how many seconds
//! it took, or each of them took. It ends when its input does.
#![allow(clippy::unwrap_used, reason = "a test's helper stops where it is surprised")]

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chaos_kitty_bus::{
    Answer, Call, Connection, Controller, Limits, Object, ObjectName, Proxy, Raise, Request, Side, Symbol,
    Value,
};
use serde_json::{Value as Json, json};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(30);
/// Who is on the way at a time.
const IN_FLIGHT: usize = 64;

fn main() {
    let socket = PathBuf::from(std::env::args().nth(1).expect("SOCKET"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut crowd = runtime.block_on(Crowd::new(&socket));
    for line in std::io::stdin().lock().lines() {
        let answer = runtime.block_on(crowd.follow(&line.unwrap()));
        println!("{answer}");
    }
}

struct Crowd {
    socket: PathBuf,
    operator: Proxy,
    struck: Arc<Struck>,
    /// Those that have not registered yet.
    silent: Vec<Connection>,
    members: Vec<Member>,
}

struct Member {
    id: u64,
    connection: Connection,
}

/// When a method of a victim's was entered.
#[derive(Default)]
struct Struck(Mutex<Option<Instant>>);

impl Controller for Struck {
    fn call(self: Arc<Self>, _: Call) -> Answer {
        self.0.lock().unwrap().replace(Instant::now());
        // What a collection is judged by.
        Box::pin(async { Ok::<_, Raise>(Value::map([("observed", Value::map([("hooks", 1)]))])) })
    }

    fn responds_to(&self, _: &str) -> bool {
        true
    }
}

impl Crowd {
    async fn new(socket: &Path) -> Self {
        let connection = connect(socket, Vec::new()).await;
        let operator = connection.proxy("chaos");
        let (struck, silent, members) = Default::default();
        Self { socket: socket.to_owned(), operator, struck, silent, members }
    }

    async fn follow(&mut self, line: &str) -> Json {
        let (what, number) = line.split_once(' ').unwrap_or((line, "0"));
        let number: usize = number.parse().unwrap();
        let seconds = match what {
            "arrive" => vec![self.arrive(number).await],
            "gather" => vec![self.gather(number).await],
            "register" => vec![self.register().await],
            "strike" => self.strike(number).await,
            "volley" => vec![self.volley(number).await],
            "status" => self.status(number).await,
            "reload" => self.reload(number).await,
            "leave" => vec![self.leave().await],
            other => panic!("{other}?"),
        };
        json!({ "seconds": seconds })
    }

    /// From the first connect to the last answer.
    async fn arrive(&mut self, total: usize) -> f64 {
        let begun = Instant::now();
        let mut lanes = JoinSet::new();
        for lane in 0..IN_FLIGHT {
            let (socket, struck) = (self.socket.clone(), Arc::clone(&self.struck));
            let numbers = (self.members.len() + lane..total).step_by(IN_FLIGHT);
            lanes.spawn(async move {
                let mut members = Vec::new();
                for number in numbers {
                    members.push(register(connect_victim(&socket, &struck).await, number).await);
                }
                members
            });
        }
        let members = lanes.join_all().await;
        let took = begun.elapsed().as_secs_f64();
        self.members.extend(members.into_iter().flatten());
        took
    }

    /// So many connect, and say nothing yet.
    async fn gather(&mut self, count: usize) -> f64 {
        let begun = Instant::now();
        for _ in 0..count {
            self.silent.push(connect_victim(&self.socket, &self.struck).await);
        }
        begun.elapsed().as_secs_f64()
    }

    /// Whoever has gathered registers.
    async fn register(&mut self) -> f64 {
        let begun = Instant::now();
        for connection in self.silent.drain(..) {
            self.members.push(register(connection, self.members.len()).await);
        }
        begun.elapsed().as_secs_f64()
    }

    /// From the operator's word to the victim's method, one victim after another, of all parts of the crowd.
    async fn strike(&self, count: usize) -> Vec<f64> {
        let mut latencies = Vec::with_capacity(count);
        for number in 0..count {
            let victim = &self.members[number * self.members.len() / count];
            let request = Request::new("strike").argument(victim.id).argument("trigger_gc");
            let begun = Instant::now();
            self.operator.call(request, PATIENCE).await.unwrap();
            let entered = self.struck.0.lock().unwrap().take().expect("the strike reached the victim");
            latencies.push((entered - begun).as_secs_f64());
        }
        latencies
    }

    /// From the first word to the last outcome, of strikes on one victim.
    async fn volley(&self, count: usize) -> f64 {
        let (begun, victim) = (Instant::now(), self.members[0].id);
        let mut lanes = JoinSet::new();
        for lane in 0..IN_FLIGHT {
            let operator = self.operator.clone();
            lanes.spawn(async move {
                for _ in (lane..count).step_by(IN_FLIGHT) {
                    let request = Request::new("strike").argument(victim).argument("trigger_gc");
                    let outcome = operator.call(request, PATIENCE).await.unwrap();
                    assert_eq!(outcome.get("verdict").and_then(Value::as_str), Some("effective"));
                }
            });
        }
        lanes.join_all().await;
        begun.elapsed().as_secs_f64()
    }

    async fn status(&self, count: usize) -> Vec<f64> {
        let mut latencies = Vec::with_capacity(count);
        for _ in 0..count {
            let begun = Instant::now();
            self.operator.call(Request::new("status"), PATIENCE).await.unwrap();
            latencies.push(begun.elapsed().as_secs_f64());
        }
        latencies
    }

    /// Until a new generation of the operation has taken over, with all of the crowd.
    async fn reload(&self, count: usize) -> Vec<f64> {
        let mut latencies = Vec::with_capacity(count);
        for _ in 0..count {
            let begun = Instant::now();
            let change = self.operator.call(Request::new("reload").argument("yowl"), PATIENCE).await.unwrap();
            latencies.push(begun.elapsed().as_secs_f64());
            let instances = change.get("instances").and_then(Value::as_array).unwrap_or_default();
            let victims = instances[0].get("victims").and_then(Value::as_u64);
            assert_eq!(victims, Some(self.members.len() as u64), "somebody was left behind");
        }
        latencies
    }

    /// Until the host has forgotten the last of them.
    async fn leave(&mut self) -> f64 {
        let begun = Instant::now();
        for member in self.members.drain(..) {
            member.connection.close("the crowd leaves");
        }
        loop {
            let overview = self.operator.call(Request::new("overview"), PATIENCE).await.unwrap();
            if overview.get("victims").and_then(Value::as_u64) == Some(0) {
                return begun.elapsed().as_secs_f64();
            }
        }
    }
}

async fn connect_victim(socket: &Path, struck: &Arc<Struck>) -> Connection {
    connect(socket, vec![("victim".into(), Arc::clone(struck))]).await
}

async fn register(connection: Connection, number: usize) -> Member {
    let methods = ["delay", "raise_error", "allocate_memory", "cpu_spin", "trigger_gc"].map(Value::from);
    let request = Request::new("register")
        .argument(Value::Object(Object::Name(ObjectName::from("victim"))))
        .option("process_id", std::process::id())
        .option("name", format!("victim-{number:05}"))
        .option("protocol", 1)
        .option("methods", Value::Array(methods.into()));
    let id = connection.proxy("chaos").call(request, PATIENCE).await.unwrap();
    Member { id: id.as_u64().unwrap(), connection }
}

/// A backlog that is full says so at once: then others go first.
async fn connect(socket: &Path, bindings: Vec<(Symbol, Arc<Struck>)>) -> Connection {
    let bindings = bindings.into_iter().map(|(name, object)| (name, object as Arc<dyn Controller>)).collect();
    let stream = loop {
        match UnixStream::connect(socket).await {
            Ok(stream) => break stream,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => tokio::task::yield_now().await,
            Err(error) => panic!("{}: {error}", socket.display()),
        }
    };
    Connection::start(stream, Side::Client, Limits::default(), bindings)
}
