//! An isolated operation, as the rest of the host sees it: like any other.

use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chaos_kitty_abi::operation::{Operation as Boundary, Operation_TO};
use chaos_kitty_abi::{
    Bytes, Fault, FutureExt, HostObject, LocalFfiFuture, OperationObject, RResult, RSlice, RStr, TD_Opaque,
};
use chaos_kitty_bus::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::frame::{Frame, Kind};
use super::keeper::{Keeper, Order, Ran};
use super::line::{Answer, Desk, Line, is_timeout};
use crate::plugin::life::{Life, silence};
use crate::plugin::{Ground, Introduction, PATIENCE, PrivateCopy, dialect};

/// A little less than the host has, so that it is the process that ends, and not only a line that is said.
const LONGEST_CALL: Duration = PATIENCE.saturating_sub(Duration::from_millis(100));

/// An extension of what is isolated: victims about whom it is asked next.
pub(in crate::plugin) const ANNOUNCE: &str = "announce";

const REGISTER: &str = "register";

struct Isolated {
    desk: Arc<Mutex<Desk>>,
    orders: UnboundedSender<Order>,
    ran: Ran,
    life: Arc<Life>,
    handle: Handle,
}

/// Builds an operation in a process of its own, which is kept until what is answered is dropped.
pub(in crate::plugin) fn construct(
    copy: Arc<PrivateCopy>,
    parameters: &[u8],
    host: HostObject,
    ground: Arc<dyn Ground>,
    life: Arc<Life>,
    handle: Handle,
) -> Result<OperationObject, Fault> {
    life.set_elsewhere();
    let desk = Arc::<Mutex<Desk>>::default();
    let ran = Ran::default();
    let (orders, ordered) = unbounded_channel();
    let (first, built) = mpsc::sync_channel(1);
    let keeper = Keeper {
        copy,
        parameters: parameters.to_vec(),
        host: Arc::new(host),
        ground,
        life: Arc::clone(&life),
        handle: handle.clone(),
        desk: Arc::clone(&desk),
        orders: orders.clone(),
        ordered,
        ran: Arc::clone(&ran),
    };
    let fault = |message: &str| dialect::encode(dialect::failure("gone", message)).into();
    keeper.start(first).map_err(|error| fault(&format!("no thread can be had for it: {error}")))?;
    built.recv().unwrap_or_else(|_| Err(fault("its process could not be kept")))?;
    Ok(Operation_TO::from_value(Isolated { desk, orders, ran, life, handle }, TD_Opaque))
}

impl Isolated {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, desk: &mut Desk, name: &str, kind: Kind, number: u64, body: &[u8]) -> Option<Answer> {
        self.on_line(desk, name, |line| line.ask(kind, number, body, LONGEST_CALL))
    }

    /// None where there is no process, or none any more: the keeper tells the next one what is on the desk.
    fn on_line<T>(
        &self,
        desk: &mut Desk,
        name: &str,
        talk: impl FnOnce(&mut Line) -> io::Result<T>,
    ) -> Option<T> {
        match talk(desk.line.as_mut()?) {
            Ok(answer) => Some(answer),
            Err(error) => {
                desk.line = None;
                if is_timeout(&error) {
                    let _ = self.orders.send(Order::Kill(silence(name)));
                }
                None
            }
        }
    }

    /// Tells it of victims, as many as can be, before it is asked about each.
    fn announce(&self, mut frames: &[u8]) {
        let mut victims = Vec::new();
        while let Ok(Some(Frame { body, .. })) = Frame::read(&mut frames) {
            victims.push((number(&body), body));
        }
        let mut desk = self.desk();
        if let Some(sent) = self.on_line(&mut desk, REGISTER, |line| line.send_ahead(&victims, LONGEST_CALL))
        {
            desk.victims.extend(victims.into_iter().take(sent));
        }
    }
}

/// What [`ANNOUNCE`] is said with.
pub(in crate::plugin) fn announcement(victims: &[Introduction]) -> Vec<u8> {
    victims.iter().flat_map(|victim| Frame::bytes(Kind::Register, 0, &[victim.bytes()])).collect()
}

/// The number of a victim.
fn number(introduction: &[u8]) -> u64 {
    let victim = dialect::decode(introduction).ok();
    victim.and_then(|victim| victim.get("id").and_then(Value::as_u64)).unwrap_or_default()
}

impl Drop for Isolated {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Leave);
    }
}

impl Boundary for Isolated {
    fn register(&self, victim: RSlice<'_, u8>) -> RResult<(), Fault> {
        let bytes = victim.as_slice();
        let id = number(bytes);
        let mut desk = self.desk();
        // Before it is told: the process may end of it.
        let is_known = desk.victims.insert(id, bytes.to_vec()).is_some();
        let answer = if desk.line.as_ref().is_some_and(|line| line.is_ahead(id)) {
            self.on_line(&mut desk, REGISTER, |line| line.answer(LONGEST_CALL))
        } else if is_known {
            None // It was sent ahead to a process that is gone.
        } else {
            self.ask(&mut desk, REGISTER, Kind::Register, 0, bytes)
        };
        match answer {
            Some(RResult::RErr(fault)) => {
                desk.victims.remove(&id);
                RResult::RErr(fault)
            }
            Some(RResult::ROk(_)) => RResult::ROk(()),
            None => {
                drop(desk);
                // The next process is told, unless this was a trial: then its keeper is about to end it.
                if self.handle.block_on(self.life.has_passed()) {
                    RResult::ROk(())
                } else {
                    failure("retired", &self.life.state().to_string())
                }
            }
        }
    }

    fn remove(&self, victim: u64) -> RResult<(), Fault> {
        let mut desk = self.desk();
        desk.victims.remove(&victim);
        let answer = self.ask(&mut desk, "remove", Kind::Remove, victim, &[]);
        answer.map_or(RResult::ROk(()), |answer| answer.map(drop))
    }

    fn status(&self) -> RResult<Bytes, Fault> {
        let answer = self.ask(&mut self.desk(), "status", Kind::Status, 0, &[]);
        answer.unwrap_or_else(|| failure("gone", "its process is gone, and is to be restarted"))
    }

    fn run(&self) -> LocalFfiFuture<RResult<(), Fault>> {
        let (ran, over) = oneshot::channel();
        *self.ran.lock().unwrap_or_else(PoisonError::into_inner) = Some(ran);
        let mut desk = self.desk();
        desk.runs = true;
        // That it has begun, its process says then.
        let _ = self.on_line(&mut desk, "run", |line| line.tell(Kind::Run, LONGEST_CALL));
        let leave = Leave(self.orders.clone());
        async move {
            let _leave = leave;
            match over.await {
                Ok(answer) => answer,
                // No keeper: it will never be over.
                Err(_) => std::future::pending().await,
            }
        }
        .into_local_ffi()
    }

    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Fault> {
        if name.as_str() == ANNOUNCE {
            self.announce(body.as_slice());
            return RResult::ROk(Bytes::new());
        }
        failure("unknown", &format!("an isolated operation knows no extension `{name}`"))
    }
}

fn failure<T>(kind: &str, message: &str) -> RResult<T, Fault> {
    RResult::RErr(dialect::encode(dialect::failure(kind, message)).into())
}

/// A run that is dropped is to be dropped in the process too.
struct Leave(UnboundedSender<Order>);

impl Drop for Leave {
    fn drop(&mut self) {
        let _ = self.0.send(Order::Leave);
    }
}
