//! What the host may ask of an instance of an operation.

use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RResult, RSlice, RStr};
use async_ffi::LocalFfiFuture;

use crate::{Bytes, Fault};

/// One instance of a plugin's operation. No method may unwind: panics are caught on the plugin's side.
#[sabi_trait]
pub trait Operation: Send + Sync {
    /// A victim is there: a map `{id, name, process_id, labels, methods}`.
    fn register(&self, victim: RSlice<'_, u8>) -> RResult<(), Fault>;

    /// The victim with this id is gone.
    fn remove(&self, victim: u64) -> RResult<(), Fault>;

    /// What the instance says about itself: a map.
    fn status(&self) -> RResult<Bytes, Fault>;

    /// The operation's loop. Polled and dropped on one thread, which is the instance's own.
    fn run(&self) -> LocalFfiFuture<RResult<(), Fault>>;

    /// Whatever is added later. An unknown name is an error of kind `unknown`.
    #[sabi(last_prefix_field)]
    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Fault>;
}

/// An owned [`Operation`] that crosses the boundary. Dropping it drops the operation on the plugin's side.
pub type OperationObject = Operation_TO<'static, RBox<()>>;
