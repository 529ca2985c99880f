//! An instance's operation, on the host's side of the boundary.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use chaos_kitty_abi::{HostObject, LocalFfiFuture, OperationObject, RResult, RSlice, RStr};
use chaos_kitty_bus::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::bridge::Bridge;
use super::life::Life;
use super::{ConstructError, Fault, Ground, Introduction, dialect, isolated};

/// A plugin may read a file while it is built; beyond this it hangs.
pub(super) const LONGEST_CONSTRUCTION: Duration = Duration::from_secs(10);

/// Bytes. What all instances say of themselves goes to the operator in one message.
const LARGEST_STATUS: usize = 64 << 10;

/// What comes of building one.
pub(super) type Built = Result<OperationObject, chaos_kitty_abi::Fault>;

/// Built and not yet started. Every method runs the plugin's code on the calling thread, for as long as that takes.
pub struct Operation {
    object: OperationObject,
    life: Arc<Life>,
    /// The last thing of it that goes: whoever has the other end learns that no thread of the host's is in it any more.
    gone: watch::Sender<()>,
}

impl Operation {
    pub(super) fn construct(
        build: impl FnOnce(&[u8], HostObject, Arc<Life>) -> Built + Send + 'static,
        instance: &str,
        parameters: &[u8],
        ground: Arc<dyn Ground>,
        handle: Handle,
    ) -> Result<Self, ConstructError> {
        let life = Arc::new(Life::new(instance));
        let bridge = Bridge::object(ground, handle, life.clone());
        let (parameters, its_life) = (parameters.to_vec(), life.clone());
        let (answer, answered) = mpsc::sync_channel(1);
        // On a thread that can be left behind.
        let built = thread::Builder::new().name(format!("new-{instance}")).spawn(move || {
            let _ = answer.send(build(&parameters, bridge, its_life));
        });
        let fault = |message: String| ConstructError::from(Fault::new("silent", message));
        built.map_err(|error| fault(format!("no thread can be had for it: {error}")))?;
        match answered.recv_timeout(LONGEST_CONSTRUCTION) {
            Ok(Ok(object)) => Ok(Self { object, life, gone: watch::Sender::default() }),
            Ok(Err(bytes)) => Err(Fault::from_bytes(&bytes).into()),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = LONGEST_CONSTRUCTION.as_secs();
                Err(fault(format!("its `new` has not come back for {seconds} s")))
            }
            Err(RecvTimeoutError::Disconnected) => Err(fault("its `new` ended its thread".into())),
        }
    }

    /// The instance's name.
    pub fn name(&self) -> &str {
        self.life.name()
    }

    /// Tells it of a victim.
    ///
    /// # Errors
    /// What it has against the victim, or that it panicked.
    pub fn register(&self, victim: &Introduction) -> Result<(), Fault> {
        faulty(self.object.register(RSlice::from_slice(victim.bytes())))
    }

    /// Says whom it is told of next. One in a process of its own learns of all of them at once.
    pub(super) fn announce(&self, victims: &[Introduction]) {
        if self.life.is_elsewhere() {
            let announcement = isolated::announcement(victims);
            let _ =
                self.object.extension(RStr::from_str(isolated::ANNOUNCE), RSlice::from_slice(&announcement));
        }
    }

    /// Tells it that a victim has gone.
    ///
    /// # Errors
    /// What went wrong, or that it panicked.
    pub fn remove(&self, victim: u64) -> Result<(), Fault> {
        faulty(self.object.remove(victim))
    }

    /// What it says about itself, with symbols for keys.
    ///
    /// # Errors
    /// What went wrong, or that it panicked.
    pub fn status(&self) -> Result<Value, Fault> {
        let bytes = faulty(self.object.status())?;
        if let Some(fault) = too_large(&bytes) {
            return Err(Fault::from_bytes(&fault));
        }
        let status = dialect::decode(&bytes)
            .map_err(|error| Fault::new("error", format!("its status cannot be read: {error}")))?;
        Ok(dialect::with_symbol_keys(status))
    }

    pub(super) fn run(&self) -> LocalFfiFuture<RResult<(), chaos_kitty_abi::Fault>> {
        self.object.run()
    }

    pub(super) fn life(&self) -> &Arc<Life> {
        &self.life
    }

    pub(super) fn gone(&self) -> watch::Receiver<()> {
        self.gone.subscribe()
    }
}

/// What speaks against a status of this size.
pub(super) fn too_large(status: &[u8]) -> Option<chaos_kitty_abi::Fault> {
    let size = status.len();
    let message = format!("its status has {size} bytes, and {LARGEST_STATUS} is the most: let it say less");
    (size > LARGEST_STATUS).then(|| dialect::encode(dialect::failure("error", &message)).into())
}

fn faulty<T>(answer: RResult<T, chaos_kitty_abi::Fault>) -> Result<T, Fault> {
    answer.into_result().map_err(|bytes| Fault::from_bytes(&bytes))
}
