//! What a plugin may ask of the host.

use abi_stable::sabi_trait;
use abi_stable::std_types::{RBox, RResult, RSlice, RStr};
use async_ffi::FfiFuture;

use crate::Bytes;

/// The host, as one instance of an operation sees it.
#[sabi_trait]
pub trait Host: Send + Sync {
    /// Asks for something that takes time. `target` is a victim's id, or 0 for the host itself.
    ///
    /// The request is a map `{method, arguments, options}`; the answer a map, or the fault's map. The future is
    /// self-sufficient: it may be polled on any thread, and dropping it does not undo what was asked of a victim.
    fn call(&self, target: u64, request: Bytes) -> FfiFuture<RResult<Bytes, Bytes>>;

    /// Asks for something that is answered at once: `draw`, `pick`, `log`, `log_level`. An unknown name is an error.
    #[sabi(last_prefix_field)]
    fn extension(&self, name: RStr<'_>, body: RSlice<'_, u8>) -> RResult<Bytes, Bytes>;
}

/// An owned [`Host`] that crosses the boundary.
pub type HostObject = Host_TO<'static, RBox<()>>;
