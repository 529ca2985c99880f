//! What makes a crate a plugin.

use std::sync::Arc;

use chaos_kitty_abi::{Fault, HostObject, OperationObject, RResult, RSlice};

use crate::link::Link;
use crate::{Operation, forward, guard, instance};

#[doc(hidden)]
pub use chaos_kitty_abi as abi;

/// The version of this SDK, for the manifest.
#[doc(hidden)]
pub const SDK: &str = env!("CARGO_PKG_VERSION");

/// What a plugin's module points at.
#[doc(hidden)]
pub extern "C" fn construct<O: Operation>(
    parameters: RSlice<'_, u8>,
    host: HostObject,
) -> RResult<OperationObject, Fault> {
    guard::install_hook();
    let link = Arc::new(Link::new(host));
    forward::install(&link);
    instance::answer(instance::construct::<O>(parameters.as_slice(), link))
}

/// Makes this crate, a `cdylib`, a plugin that carries the operation. Its name, version and description are the crate's.
///
/// ```compile_fail
/// chaos_kitty_plugin::export_operation!(NoSuchType);
/// ```
#[macro_export]
macro_rules! export_operation {
    ($operation:ty) => {
        #[cfg(panic = "abort")]
        compile_error!(
            "a Chaos Kitty plugin needs panic = \"unwind\": with \"abort\" its first panic would end the host. \
             Remove panic = \"abort\" from the profile in Cargo.toml."
        );

        $crate::export::abi::export_module! {
            construct: $crate::export::construct::<$operation>,
            manifest: &[
                "abi", $crate::export::abi::VERSION,
                "sdk", $crate::export::SDK,
                "name", env!("CARGO_PKG_NAME"),
                "version", env!("CARGO_PKG_VERSION"),
                "description", env!("CARGO_PKG_DESCRIPTION"),
            ],
        }
    };
}
