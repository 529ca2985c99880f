//! What crosses dlopen between the Chaos Kitty host and a plugin, and nothing else.
//!
//! Two frozen trait objects ([`Host`], [`Operation`]) and one function ([`Module`]'s `construct`) cross, and they carry
//! bytes: MessagePack maps, open at both ends, in which an unknown key is ignored. Whatever grows goes through
//! [`Host::call`] and the two `extension` methods, because one more method in a trait object makes the host refuse
//! every plugin that was built before it.
//!
//! Authors of plugins never see this crate, and it is the only one that names `abi_stable`, so that another way of
//! crossing could take its place.
#![allow(non_local_definitions, non_camel_case_types, reason = "what abi_stable's derives expand to")]
#![allow(
    unsafe_code,
    missing_docs,
    clippy::undocumented_unsafe_blocks,
    reason = "abi_stable's expansions need them"
)]

pub mod export;
pub mod host;
pub mod manifest;
pub mod module;
pub mod operation;

pub use abi_stable::erased_types::TD_Opaque;
pub use abi_stable::library::{AbiHeaderRef, LibHeader};
pub use abi_stable::std_types::{RResult, RSlice, RStr, RVec};
pub use async_ffi::{FfiFuture, FutureExt, LocalFfiFuture};
pub use host::{Host, HostObject};
pub use module::{Module, ModuleRef};
pub use operation::{Operation, OperationObject};

/// A MessagePack value in bytes.
pub type Bytes = RVec<u8>;

/// What went wrong, as a MessagePack map: `kind` (`error`, `panic` or `parameter`), `message`, and where known
/// `place` (file:line of a panic) and `path` (of a parameter).
pub type Fault = RVec<u8>;

/// The version of this crate, which is the version of the ABI: plugins and host must agree on the first number.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
