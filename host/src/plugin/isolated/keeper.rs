//! Keeps a process for an isolated operation: starts it, sees it end, and starts it again.

use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use chaos_kitty_abi::{HostObject, RResult};
use chaos_kitty_bus::Value;
use tokio::net::UnixStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout};

use super::backoff::Backoff;
use super::ending;
use super::frame::Kind;
use super::line::{Desk, Line, MOST_AHEAD, is_timeout};
use super::process::{LAST_WORDS, Process};
use super::serving::Serving;
use crate::plugin::life::Life;
use crate::plugin::operation::LONGEST_CONSTRUCTION;
use crate::plugin::{Fault, Ground, PATIENCE, PrivateCopy, dialect};

/// Who waits for the end of the run.
pub(super) type Ran = Arc<Mutex<Option<oneshot::Sender<RResult<(), chaos_kitty_abi::Fault>>>>>;

/// What the keeper is told to do.
pub(super) enum Order {
    /// To end the process for this reason, and start another.
    Kill(String),
    /// To let the process end, and start no other.
    Leave,
}

/// How often the victims of a process that ended are told to end what it had under way, and how many times.
const UNDOING: Duration = Duration::from_millis(100);
const MOST_UNDOING: usize = 20;

pub(super) struct Keeper {
    /// What each process is started from.
    pub(super) copy: Arc<PrivateCopy>,
    pub(super) parameters: Vec<u8>,
    pub(super) host: Arc<HostObject>,
    pub(super) ground: Arc<dyn Ground>,
    pub(super) life: Arc<Life>,
    pub(super) handle: Handle,
    pub(super) desk: Arc<Mutex<Desk>>,
    pub(super) orders: UnboundedSender<Order>,
    pub(super) ordered: UnboundedReceiver<Order>,
    pub(super) ran: Ran,
}

/// A process with an operation in it, and who serves it.
struct Kept {
    process: Process,
    serving: JoinHandle<JoinSet<()>>,
}

/// How a process came to its end.
struct End {
    why: String,
    /// It was ended, and did not end by itself.
    killed: bool,
    /// What it had asked for, and was under way.
    strikes: JoinSet<()>,
}

/// Why there is no operation.
enum Failure {
    /// It was refused, with what the operation says.
    Refused(chaos_kitty_abi::Fault),
    /// The process ended, or did not answer.
    Ended(String),
}

impl Keeper {
    /// Starts the thread, which answers how the first building went. A thread, since the process dies with it.
    pub(super) fn start(mut self, first: SyncSender<Result<(), chaos_kitty_abi::Fault>>) -> io::Result<()> {
        let builder = thread::Builder::new().name(format!("keep-{}", self.life.name()));
        let kept = move || {
            let handle = self.handle.clone();
            let _runtime = handle.enter();
            match self.build() {
                Ok(kept) if first.send(Ok(())).is_ok() => self.keep(kept),
                // Nobody waits for it any more.
                Ok(_) => {}
                Err(failure) => drop(first.send(Err(failure.into_fault()))),
            }
        };
        builder.spawn(kept).map(drop)
    }

    fn keep(&mut self, first: Kept) {
        let handle = self.handle.clone();
        let mut backoff = Backoff::default();
        let (mut built, mut began) = (Ok::<_, Failure>(first), Instant::now());
        loop {
            let why = match built {
                Err(failure) => failure.into_words(),
                Ok(kept) => {
                    let Some(End { why, killed, strikes }) = handle.block_on(self.watch(kept)) else {
                        return;
                    };
                    match handle.block_on(self.is_on_trial()) {
                        Some(false) => {}
                        // It has struck nobody, and whoever tries it out wants no other process.
                        Some(true) => return self.life.fail(&why),
                        None => return,
                    }
                    handle.block_on(self.undo(strikes));
                    if killed { format!("{why}, and its process was killed") } else { why }
                }
            };
            if self.life.is_over() {
                return;
            }
            let wait = backoff.after(began.elapsed());
            let (name, seconds) = (self.life.name(), wait.as_secs());
            tracing::warn!(instance = name, "{why}; its effects end, and it restarts in {seconds} s");
            self.life.set_restarting(Some(format!("in {seconds} s: {why}")));
            if handle.block_on(self.is_left_within(wait)) {
                return;
            }
            (built, began) = (self.build(), Instant::now());
            if let Ok(kept) = &built {
                self.life.set_restarting(None);
                let pid = kept.process.pid();
                tracing::info!(instance = self.life.name(), pid, "runs again, in a new process");
            }
        }
    }

    /// Starts a process, and tells it all that its operation is to know.
    fn build(&self) -> Result<Kept, Failure> {
        let failed = |error: io::Error| Failure::Ended(format!("no process can be had for it: {error}"));
        let process = Process::start(self.life.name(), self.copy.path()).map_err(failed)?;
        process.up.set_nonblocking(true).map_err(failed)?;
        let up = process.up.try_clone().and_then(UnixStream::from_std).map_err(failed)?;
        let line = process.down.try_clone().map(Line::new).map_err(failed)?;
        let serving = Serving::serve(
            up,
            Arc::clone(&self.host),
            Arc::clone(&self.life),
            Arc::clone(&self.ran),
            self.orders.clone(),
        );
        let mut kept = Kept { process, serving: tokio::spawn(serving) };
        match self.introduce(line) {
            Ok(()) => Ok(kept),
            Err(Unbuilt::Refused(fault)) => Err(Failure::Refused(fault)),
            Err(Unbuilt::Late(why)) => Err(Failure::Ended(why)),
            Err(Unbuilt::Gone) => Err(Failure::Ended(self.handle.block_on(async {
                let status = timeout(LAST_WORDS, kept.process.exit()).await;
                kept.process.kill().await;
                match status {
                    Ok(Ok(status)) => ending::in_words(status, &kept.process.last_words().await),
                    _ => "its process does not answer".to_owned(),
                }
            }))),
        }
    }

    fn introduce(&self, mut line: Line) -> Result<(), Unbuilt> {
        let late = |name, longest: Duration| {
            move |error| {
                let why = || format!("its {name} has not come back for {} s", longest.as_secs());
                if is_timeout(&error) { Unbuilt::Late(why()) } else { Unbuilt::Gone }
            }
        };
        let new = line.ask(Kind::New, 0, &self.parameters, LONGEST_CONSTRUCTION);
        if let RResult::RErr(fault) = new.map_err(late("`new`", LONGEST_CONSTRUCTION))? {
            return Err(Unbuilt::Refused(fault));
        }
        // Victims may come and go meanwhile.
        let (mut told, mut next) = (BTreeSet::new(), 0);
        loop {
            let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
            // Their numbers grow.
            let come = desk.victims.range(next..).take(MOST_AHEAD);
            let come: Vec<_> = come.map(|(id, victim)| (*id, victim.clone())).collect();
            if !come.is_empty() {
                drop(desk);
                let sent = line.send_ahead(&come, PATIENCE).map_err(late("register", PATIENCE))?;
                for (id, victim) in &come[..sent] {
                    next = id + 1;
                    match line.answer(PATIENCE).map_err(late("register", PATIENCE))? {
                        RResult::ROk(_) => drop(told.insert(*id)),
                        RResult::RErr(fault) => self.refused(*id, victim, &Fault::from_bytes(&fault)),
                    }
                }
            } else if let Some(id) = told.iter().find(|id| !desk.victims.contains_key(id)).copied() {
                drop(desk);
                told.remove(&id);
                let _ = line.ask(Kind::Remove, id, &[], PATIENCE).map_err(late("remove", PATIENCE))?;
            } else {
                if desk.runs {
                    line.tell(Kind::Run, PATIENCE).map_err(late("run", PATIENCE))?;
                }
                desk.line = Some(line);
                return Ok(());
            }
        }
    }

    /// A victim that came before is not welcome any more.
    fn refused(&self, id: u64, introduction: &[u8], fault: &Fault) {
        if fault.is_panic() {
            self.life.fail(&fault.to_string());
        } else {
            let introduction = dialect::decode(introduction).unwrap_or_default();
            let victim = introduction.get("name").and_then(Value::as_str).unwrap_or_default();
            let instance = self.life.name();
            tracing::warn!(instance, victim, "register failed: {fault}; it does without that victim");
            self.desk.lock().unwrap_or_else(PoisonError::into_inner).victims.remove(&id);
            self.ground.do_without(id);
        }
    }

    /// Watches until the process is over. None where there is to be no other.
    async fn watch(&mut self, kept: Kept) -> Option<End> {
        let Kept { mut process, mut serving } = kept;
        let mut served = None;
        let ended = tokio::select! {
            biased;
            order = self.ordered.recv() => Err(order),
            status = process.exit() => Ok(status),
            strikes = &mut serving => {
                served = Some(strikes.ok());
                // Its sockets are closed a moment before it can be waited for.
                let closed = || Order::Kill("its process has closed its line to the host".to_owned());
                timeout(LAST_WORDS, process.exit()).await.map_err(|_| Some(closed()))
            }
        };
        let why = match ended {
            Err(None | Some(Order::Leave)) => {
                process.leave();
                return None;
            }
            // The runtime is going down, and this host with it.
            Ok(Err(_)) => return None,
            Ok(Ok(status)) => Err(status),
            Err(Some(Order::Kill(why))) => Ok(why),
        };
        process.kill().await;
        // What it asked for until its end has been asked for then.
        let strikes = match served {
            Some(strikes) => strikes,
            None => timeout(LAST_WORDS, &mut serving).await.ok().and_then(Result::ok),
        };
        serving.abort();
        let (why, killed) = match why {
            Ok(why) => (why, true),
            Err(status) => (ending::in_words(status, &process.last_words().await), false),
        };
        self.desk.lock().unwrap_or_else(PoisonError::into_inner).line = None;
        Some(End { why, killed, strikes: strikes.unwrap_or_default() })
    }

    /// Ends the effects that are under way. Some may only just be on their way to the gate.
    async fn undo(&self, mut strikes: JoinSet<()>) {
        self.ground.abandon(self.life.name());
        for _ in 0..MOST_UNDOING {
            let all_ended = async { while strikes.join_next().await.is_some() {} };
            if timeout(UNDOING, all_ended).await.is_ok() {
                return;
            }
            self.ground.abandon(self.life.name());
        }
    }

    /// Whether it is on trial, which is known once it is started. None where it is told to leave before.
    async fn is_on_trial(&mut self) -> Option<bool> {
        let life = Arc::clone(&self.life);
        tokio::select! {
            biased;
            on_trial = life.is_on_trial() => Some(on_trial),
            () = self.left() => None,
        }
    }

    /// Waits for as long as that, unless it is told to leave.
    async fn is_left_within(&mut self, wait: Duration) -> bool {
        timeout(wait, self.left()).await.is_ok()
    }

    /// Waits until it is told to leave.
    async fn left(&mut self) {
        // Whom another order was about has ended.
        while let Some(Order::Kill(_)) = self.ordered.recv().await {}
    }
}

/// How far a process did not come.
enum Unbuilt {
    Refused(chaos_kitty_abi::Fault),
    /// A call did not come back: which, and for how long.
    Late(String),
    Gone,
}

impl Failure {
    fn into_fault(self) -> chaos_kitty_abi::Fault {
        match self {
            Self::Refused(fault) => fault,
            Self::Ended(why) => dialect::encode(dialect::failure("gone", &why)).into(),
        }
    }

    fn into_words(self) -> String {
        match self {
            Self::Refused(fault) => format!("its `new` fails: {}", Fault::from_bytes(&fault)),
            Self::Ended(why) => why,
        }
    }
}
