//! A host to test against: it accepts on a real socket, answers `register`, and hands the victim to the test.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty_bus::{
    Answer, Call, CallError, Connection, Controller, Exception, Limits, Object, Proxy, Raise, Request, Side,
    Value,
};
use tokio::net::UnixListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Long enough for a machine that is busy; nothing waits for it that goes well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How the host takes it when a worker says more than its pid.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    Ours,
    Ruby,
    Refusing,
    /// As a host that comes to look at the program only when that has ended.
    TooLate,
}

/// One accepted registration.
pub(crate) struct Registered {
    pub(crate) id: i64,
    pub(crate) victim: Proxy,
    pub(crate) request: Request,
    pub(crate) connection: Connection,
}

impl Registered {
    pub(crate) async fn call(&self, request: Request) -> Result<Value, CallError> {
        self.victim.call(request, PATIENCE).await
    }

    /// The exception that it raises.
    pub(crate) async fn raised(&self, request: Request) -> Exception {
        match self.call(request).await {
            Err(CallError::Remote(exception)) => exception,
            other => panic!("should have been raised: {other:?}"),
        }
    }
}

pub(crate) struct PretendHost {
    path: PathBuf,
    registered: UnboundedReceiver<Registered>,
    requests: UnboundedReceiver<Request>,
    accepting: JoinHandle<()>,
}

impl PretendHost {
    pub(crate) fn at(path: &Path, manner: Manner) -> PretendHost {
        PretendHost::on(UnixListener::bind(path).unwrap(), path, manner)
    }

    pub(crate) fn on(listener: UnixListener, path: &Path, manner: Manner) -> PretendHost {
        let (sender, registered) = unbounded_channel();
        let (seen, requests) = unbounded_channel();
        let accepting = tokio::spawn(async move {
            let mut next_id = 1;
            while let Ok((stream, _)) = listener.accept().await {
                let chaos =
                    Arc::new(Chaos { id: next_id, manner, sender: sender.clone(), seen: seen.clone() });
                let bindings: Vec<(_, Arc<dyn Controller>)> = vec![("chaos".into(), chaos)];
                Connection::start(stream, Side::Server, Limits::default(), bindings);
                next_id += 1;
            }
        });
        PretendHost { path: path.to_owned(), registered, requests, accepting }
    }

    /// The next worker that registers.
    pub(crate) async fn registered(&mut self) -> Registered {
        tokio::time::timeout(PATIENCE, self.registered.recv()).await.expect("nobody registers").unwrap()
    }

    /// The next request to register, accepted or not.
    pub(crate) async fn request(&mut self) -> Request {
        tokio::time::timeout(PATIENCE, self.requests.recv()).await.expect("nobody asks").unwrap()
    }

    /// The host dies: nobody listens any more, its connections (which the test holds) close.
    pub(crate) async fn die(self, victims: Vec<Registered>) {
        self.accepting.abort();
        let _ = self.accepting.await;
        std::fs::remove_file(&self.path).unwrap();
        for victim in victims {
            victim.connection.close("the host dies");
        }
    }
}

struct Chaos {
    id: i64,
    manner: Manner,
    sender: UnboundedSender<Registered>,
    seen: UnboundedSender<Request>,
}

impl Controller for Chaos {
    fn call(self: Arc<Self>, call: Call) -> Answer {
        Box::pin(async move {
            let request = call.request;
            let _ = self.seen.send(request.clone());
            let unknown: Vec<_> = request.options.iter().filter_map(|(key, _)| key.as_str()).collect();
            let unknown: Vec<_> = unknown.into_iter().filter(|key| *key != "process_id").collect();
            match self.manner {
                Manner::Ruby if !unknown.is_empty() => {
                    let named: Vec<_> = unknown.iter().map(|key| format!(":{key}")).collect();
                    return Err(Exception::argument(format!("unknown keywords: {}", named.join(", "))).into());
                }
                Manner::Refusing => return Err(Exception::runtime("this pid is not yours").into()),
                _ => {}
            }
            let process = request.get_option("process_id").and_then(Value::as_u64).unwrap_or_default();
            let Some(Value::Object(Object::Proxy(victim))) = request.arguments.first().cloned() else {
                return Err(Raise::from(Exception::argument(format!("no victim: {request:?}"))));
            };
            let connection = victim.connection().clone();
            let _ = self.sender.send(Registered { id: self.id, victim, request, connection });
            if matches!(self.manner, Manner::TooLate) {
                while goes_on(process) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                return Err(Exception::runtime(format!("process {process} has exited")).into());
            }
            Ok(self.id.into())
        })
    }

    fn responds_to(&self, method: &str) -> bool {
        method == "register"
    }
}

/// Whether it is there, and no zombie.
fn goes_on(process: u64) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}
