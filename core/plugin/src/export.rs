//! What makes a crate a plugin.

use std::marker::PhantomData;
use std::sync::Arc;

use chaos_kitty_abi::{Fault, HostObject, OperationObject, RResult, RSlice};

use crate::link::Link;
use crate::{Error, Kind, Operation, Parameters, Value, forward, guard, instance, msgpack};

#[doc(hidden)]
pub use chaos_kitty_abi as abi;

/// The version of this SDK, for the manifest.
#[doc(hidden)]
pub const SDK: &str = env!("CARGO_PKG_VERSION");

/// What a plugin's module points at.
#[doc(hidden)]
pub fn construct<O: Operation>(
    parameters: RSlice<'_, u8>,
    host: HostObject,
    kind: fn() -> Option<Kind>,
) -> RResult<OperationObject, Fault> {
    guard::install_hook();
    let link = Arc::new(Link::new(host));
    forward::install(&link);
    let parameters = parameters.as_slice();
    if msgpack::from_bytes(parameters).is_ok_and(|asked: Value| asked == Value::Symbol(DESCRIBE.into())) {
        return instance::answer(Err(describe(&link, kind)));
    }
    instance::answer(instance::construct::<O>(parameters, link))
}

/// In the place of parameters, it asks the plugin to tell the host what they may be. A plugin that is too old for it takes it
/// for wrong parameters.
const DESCRIBE: &str = "describe";

/// Tells the host, by its extension of the same name; and why there is no instance.
fn describe(link: &Arc<Link>, kind: fn() -> Option<Kind>) -> Error {
    let told = guard::run(link, || link.ask::<Value>(DESCRIBE, &kind()));
    match told {
        Ok(Ok(_)) => Error::of_kind("described", "this was a question, and no parameters"),
        Ok(Err(error)) | Err(error) => error,
    }
}

/// Tells a configuration that describes its parameters from one that does not, where a bound on `Operation::Config`
/// would have everybody describe them: the method below is taken before the trait's, where its bound is met.
#[doc(hidden)]
pub struct Probe<C>(PhantomData<C>);

#[doc(hidden)]
impl<C> Probe<C> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

#[doc(hidden)]
impl<C: Parameters> Probe<C> {
    pub fn kind(&self) -> Option<Kind> {
        Some(C::kind())
    }
}

/// The other answer of [`Probe`].
#[doc(hidden)]
pub trait Undescribed {
    fn kind(&self) -> Option<Kind> {
        None
    }
}

impl<C> Undescribed for Probe<C> {}

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
            construct: {
                extern "C" fn construct(
                    parameters: $crate::export::abi::RSlice<'_, u8>,
                    host: $crate::export::abi::HostObject,
                ) -> $crate::export::abi::RResult<$crate::export::abi::OperationObject, $crate::export::abi::Fault> {
                    #[allow(unused_imports)]
                    use $crate::export::Undescribed as _;
                    $crate::export::construct::<$operation>(parameters, host, || {
                        $crate::export::Probe::<<$operation as $crate::Operation>::Config>::new().kind()
                    })
                }
                construct
            },
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
