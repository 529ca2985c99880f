//! The plugin `idle`, loaded as a host loads it, and a host that has nothing to say to it.

use chaos_kitty_abi::host::Host_TO;
use chaos_kitty_abi::{
    AbiHeaderRef, Bytes, FfiFuture, FutureExt, Host, ModuleRef, OperationObject, RResult, RSlice, RStr,
    TD_Opaque, manifest, module,
};
use chaos_kitty_tests::Workspace;
use libloading::os::unix::Library;
use std::path::Path;

/// An instance for each number of turns that its `run` is to take.
pub(super) fn instances<const N: usize>(turns: [u8; N]) -> [OperationObject; N] {
    let built = Workspace::build(&["--package", env!("CARGO_PKG_NAME"), "--example", "idle"]);
    let module = load(built.plugin("idle"));
    turns.map(|turns| {
        let parameters = [b"\x81\xa5turns", &[turns][..]].concat(); // a MessagePack map
        let host = Host_TO::from_value(Silent, TD_Opaque);
        let built = module.construct()(RSlice::from_slice(&parameters), host).into_result();
        built.unwrap_or_else(|fault| panic!("{}", String::from_utf8_lossy(&fault)))
    })
}

#[expect(unsafe_code, reason = "loading a library runs its code")]
fn load(file: &Path) -> ModuleRef {
    // SAFETY: it is the plugin that was built a moment ago.
    let library = unsafe { Library::new(file) }.expect("it loads");
    // Never unloaded, as in a host.
    let library: &'static Library = Box::leak(Box::new(library));
    // SAFETY: the symbol is the address of an abi_stable header: `export_operation!` made it.
    let header = *unsafe { library.get::<AbiHeaderRef>(manifest::SYMBOL) }.expect("it is a plugin");
    module::check(header).expect("it was built with the same ABI")
}

struct Silent;

impl Host for Silent {
    fn call(&self, _: u64, _: Bytes) -> FfiFuture<RResult<Bytes, Bytes>> {
        async { RResult::RErr(Bytes::new()) }.into_ffi()
    }

    fn extension(&self, _: RStr<'_>, _: RSlice<'_, u8>) -> RResult<Bytes, Bytes> {
        RResult::RErr(Bytes::new())
    }
}
