//! An instance's operation, on the host's side of the boundary.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use chaos_kitty_abi::{LocalFfiFuture, ModuleRef, OperationObject, RResult, RSlice};
use chaos_kitty_bus::Value;
use tokio::runtime::Handle;

use super::bridge::Bridge;
use super::life::Life;
use super::{ConstructError, Fault, Ground, Introduction, dialect};

/// A plugin may read a file while it is built; beyond this it hangs.
const LONGEST_CONSTRUCTION: Duration = Duration::from_secs(10);

/// Bytes. What all instances say of themselves goes to the operator in one message.
const LARGEST_STATUS: usize = 64 << 10;

/// Built and not yet started. Every method runs the plugin's code on the calling thread, for as long as that takes.
pub struct Operation {
    object: OperationObject,
    life: Arc<Life>,
}

impl Operation {
    pub(super) fn construct(
        module: ModuleRef,
        instance: &str,
        parameters: &[u8],
        ground: Arc<dyn Ground>,
        handle: Handle,
    ) -> Result<Self, ConstructError> {
        let life = Arc::new(Life::new(instance));
        let bridge = Bridge::object(ground, handle, life.clone());
        let parameters = parameters.to_vec();
        let (answer, answered) = mpsc::sync_channel(1);
        // On a thread that can be left behind.
        let built = thread::Builder::new().name(format!("new-{instance}")).spawn(move || {
            let built = module.construct()(RSlice::from_slice(&parameters), bridge).into_result();
            let _ = answer.send(built);
        });
        let fault = |message: String| ConstructError::from(Fault::new("silent", message));
        built.map_err(|error| fault(format!("no thread can be had for it: {error}")))?;
        match answered.recv_timeout(LONGEST_CONSTRUCTION) {
            Ok(Ok(object)) => Ok(Self { object, life }),
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
        if bytes.len() > LARGEST_STATUS {
            let size = bytes.len();
            let message =
                format!("its status has {size} bytes, and {LARGEST_STATUS} is the most: let it say less");
            return Err(Fault::new("error", message));
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
}

fn faulty<T>(answer: RResult<T, chaos_kitty_abi::Fault>) -> Result<T, Fault> {
    answer.into_result().map_err(|bytes| Fault::from_bytes(&bytes))
}
