//! One generation of a plugin.

use std::path::Path;
use std::sync::Arc;

use chaos_kitty_abi::{AbiHeaderRef, ModuleRef, RSlice, manifest, module};
use libloading::os::unix::{Library as Loaded, RTLD_LOCAL, RTLD_NOW};
use tokio::runtime::Handle;

use super::{ConstructError, Ground, Manifest, Operation, PrivateCopy, Rejection, inspection};

/// A plugin's copy, and what was loaded of it. That stays in the process until its end, used or not: unloading one crashed.
#[derive(Clone)]
pub struct Library {
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
        inspection::inspect(&inspection::read(file)?, file)
    }

    pub(super) fn new(copy: PrivateCopy, module: Option<ModuleRef>, generation: u32) -> Self {
        Self { copy: Arc::new(copy), module, generation }
    }

    /// Loads a copy.
    pub(super) fn open(copy: &Path) -> Result<ModuleRef, String> {
        open(copy)
    }

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        self.copy.manifest()
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
            return self.copy.construct_isolated(instance, parameters, ground, handle);
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
    // Never unloaded, also when something else is wrong with it, so that what points into it stays good.
    let loaded: &'static Loaded = Box::leak(Box::new(loaded));
    // SAFETY: the symbol is the address of an abi_stable header, whose first bytes `check` compares before the rest.
    let header = *unsafe { loaded.get::<AbiHeaderRef>(name) }.map_err(|error| error.to_string())?;
    module::check(header)
}
