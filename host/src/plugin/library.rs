//! One generation of a plugin.

use std::path::Path;
use std::sync::Arc;

use chaos_kitty_abi::{AbiHeaderRef, ModuleRef, RSlice, manifest, module};
use libloading::os::unix::{Library as Loaded, RTLD_LOCAL, RTLD_NOW};
use tokio::runtime::Handle;

use super::{
    ConstructError, Ground, Inspected, Manifest, Operation, PrivateCopy, Rejection, generation, isolated,
};

/// A plugin's copy, and what was loaded of it. That stays in the process until its end, used or not: unloading one crashed.
#[derive(Clone)]
pub struct Library {
    /// Of the file that it was asked for; others may have the same bytes.
    manifest: Manifest,
    copy: Arc<PrivateCopy>,
    /// None where it is for processes of its own alone.
    module: Option<ModuleRef>,
    generation: u32,
}

impl Library {
    /// Looks at a file without loading it.
    ///
    /// # Errors
    /// What speaks against it, in one line.
    pub fn inspect(file: &Path) -> Result<Manifest, Rejection> {
        Inspected::read(file).map(Inspected::into_manifest)
    }

    pub(super) fn new(copy: PrivateCopy, module: Option<ModuleRef>, generation: u32) -> Self {
        Self { manifest: copy.manifest().clone(), copy: Arc::new(copy), module, generation }
    }

    /// The same for another file of its bytes.
    pub(super) fn under(&self, manifest: &Manifest) -> Self {
        Self { manifest: manifest.clone(), ..self.clone() }
    }

    /// Whether both are of one copy.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.copy, &other.copy)
    }

    /// Whether it comes from a file of these bytes.
    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        self.copy.is_of(bytes)
    }

    /// Loads a copy.
    pub(super) fn open(copy: &Path) -> Result<ModuleRef, String> {
        open(copy)
    }

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether an instance can run in this process.
    pub fn is_loaded(&self) -> bool {
        self.module.is_some()
    }

    /// The how-manieth of this process it is, from 1.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Builds an instance from its parameters, a MessagePack map: in this process, or in one of its own where that is
    /// wanted, or where the library is not loaded. It may be done any number of times.
    ///
    /// It blocks for as long as the operation's `new` takes, and for ten seconds at most. `handle` is the runtime on
    /// which strikes are carried out.
    ///
    /// # Errors
    /// What the operation has against its parameters, or that it panicked, did not come back, or ended its process.
    pub fn construct(
        &self,
        instance: &str,
        parameters: &[u8],
        isolate: bool,
        ground: Arc<dyn Ground>,
        handle: Handle,
    ) -> Result<Operation, ConstructError> {
        let Some(module) = self.module.filter(|_| !isolate) else {
            let (copy, its_ground, its_handle) =
                (Arc::clone(&self.copy), Arc::clone(&ground), handle.clone());
            let build = move |parameters: &[u8], host, life| {
                isolated::construct(copy, parameters, host, its_ground, life, its_handle)
            };
            return Operation::construct(build, instance, parameters, ground, handle);
        };
        let build = move |parameters: &[u8], host, _| {
            module.construct()(RSlice::from_slice(parameters), host).into_result()
        };
        Operation::construct(build, instance, parameters, ground, handle)
    }
}

#[expect(unsafe_code, reason = "loading a library runs its code")]
fn open(copy: &Path) -> Result<ModuleRef, String> {
    let name = manifest::SYMBOL;
    // SAFETY: the bytes were looked at and cannot change any more; running a plugin's code is what the user asked for.
    let loaded =
        unsafe { Loaded::open(Some(copy), RTLD_NOW | RTLD_LOCAL) }.map_err(|error| error.to_string())?;
    generation::loaded();
    // Never unloaded, also when something else is wrong with it, so that what points into it stays good.
    let loaded: &'static Loaded = Box::leak(Box::new(loaded));
    // SAFETY: the symbol is the address of an abi_stable header, whose first bytes `check` compares before the rest.
    let header = *unsafe { loaded.get::<AbiHeaderRef>(name) }.map_err(|error| error.to_string())?;
    module::check(header)
}
