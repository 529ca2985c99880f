//! Plugins to load, a ground to run them on, and a log to read.

pub(crate) mod build;
pub(crate) mod ground;
pub(crate) mod log;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chaos_kitty::plugin::{
    ConstructError, Instance, Introduction, Library, Operation, PrivateCopy, PrivateDirectory, VictimInfo,
};
use chaos_kitty_bus::{Value, encode_value};
use ground::PretendGround;
use tokio::runtime::Handle;

/// Much longer than anything takes; a test that waits so long has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Waits, and not for ever.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Loads a plugin from a directory that stays as long as this process.
pub(crate) fn load(file: &Path) -> Library {
    let private: &'static PrivateDirectory = Box::leak(Box::new(PrivateDirectory::new().unwrap()));
    let library = PrivateCopy::of(file, private)
        .and_then(|copy| copy.load())
        .unwrap_or_else(|rejection| panic!("{rejection}"));
    // Loaded already, so that its name may go.
    std::fs::remove_dir_all(private.path()).unwrap();
    library
}

pub(crate) fn parameters(entries: &[(&str, Value)]) -> Vec<u8> {
    let entries = entries.iter().map(|(key, value)| (Value::from(*key), value.clone())).collect();
    let mut bytes = Vec::new();
    encode_value(&Value::Map(entries), &mut bytes).unwrap();
    bytes
}

pub(crate) fn construct(
    library: &Library,
    name: &str,
    entries: &[(&str, Value)],
    ground: &Arc<PretendGround>,
) -> Result<Operation, ConstructError> {
    library.construct(name, &parameters(entries), false, ground.clone(), Handle::current())
}

/// A started instance of the misbehaving plugin.
pub(crate) fn misbehave(misdeed: &str, ground: &Arc<PretendGround>) -> Instance {
    misbehave_until(misdeed, Path::new(""), ground)
}

pub(crate) fn misbehave_until(misdeed: &str, until: &Path, ground: &Arc<PretendGround>) -> Instance {
    log::listen();
    let library = load(build::package("misbehaving"));
    let entries = [("misdeed", misdeed.into()), ("until", until.to_str().unwrap().into())];
    let operation = construct(&library, misdeed, &entries, ground).unwrap();
    Instance::start(operation, &Handle::current())
}

pub(crate) fn victim(id: u64, name: &str) -> Introduction {
    let labels = [("tier".to_owned(), "web".to_owned())].into();
    (&VictimInfo { id, name, process_id: 4711, labels: &labels, methods: vec!["delay"] }).into()
}
