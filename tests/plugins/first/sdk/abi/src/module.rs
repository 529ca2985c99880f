//! The one thing that a plugin exports.

use abi_stable::StableAbi;
use abi_stable::library::{AbiHeaderRef, LibraryError, RootModule};
use abi_stable::package_version_strings;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RResult, RSlice};

use crate::{Fault, HostObject, OperationObject};

/// Where to begin with a plugin.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = ModuleRef, prefix_fields = ModulePrefix)))]
pub struct Module {
    /// Builds an instance from its parameters (a MessagePack map) and the host that it will speak to.
    #[sabi(last_prefix_field)]
    pub construct: extern "C" fn(RSlice<'_, u8>, HostObject) -> RResult<OperationObject, Fault>,
}

impl RootModule for ModuleRef {
    abi_stable::declare_root_module_statics! {ModuleRef}
    const BASE_NAME: &'static str = "chaos_kitty";
    const NAME: &'static str = "chaos_kitty";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// Checks that a loaded library speaks this ABI, and answers its module.
///
/// # Errors
/// One line that says what differs: abi_stable's own text has 30 KB, of which only its kind is kept.
pub fn check(header: AbiHeaderRef) -> Result<ModuleRef, String> {
    let header = header.upgrade().map_err(|e| in_one_line(&e))?;
    header.init_root_module::<ModuleRef>().map_err(|e| in_one_line(&e))
}

fn in_one_line(error: &LibraryError) -> String {
    let advice = "rebuild it with this host's chaos-kitty-plugin";
    match error {
        LibraryError::IncompatibleVersionNumber { expected_version, actual_version, .. } => {
            format!("it speaks ABI {actual_version}, this host speaks {expected_version}: {advice}")
        }
        LibraryError::AbiInstability(_) => {
            format!("its types are laid out otherwise than ABI {} says: {advice}", crate::VERSION)
        }
        LibraryError::InvalidAbiHeader(_) | LibraryError::InvalidCAbi { .. } => {
            format!("it was built with an incompatible abi_stable or C compiler: {advice}")
        }
        other => {
            let text = other.to_string();
            text.split_whitespace().take(20).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
#[allow(dead_code, reason = "of the other module only the type counts")]
mod tests {
    use abi_stable::library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult};
    use abi_stable::prefix_type::PrefixTypeTrait;

    use super::*;

    /// A module of another shape, which calls itself compatible.
    #[repr(C)]
    #[derive(StableAbi)]
    #[sabi(kind(Prefix(prefix_ref = OtherRef, prefix_fields = OtherPrefix)))]
    struct Other {
        #[sabi(last_prefix_field)]
        construct: extern "C" fn(u64) -> u64,
    }

    impl RootModule for OtherRef {
        abi_stable::declare_root_module_statics! {OtherRef}
        const BASE_NAME: &'static str = "chaos_kitty";
        const NAME: &'static str = "chaos_kitty";
        const VERSION_STRINGS: VersionStrings = package_version_strings!();
    }

    extern "C" fn load() -> RootModuleResult {
        extern "C" fn construct(number: u64) -> u64 {
            number
        }
        __call_root_module_loader(|| Other { construct }.leak_into_prefix())
    }

    #[test]
    fn another_layout_is_refused_in_one_line() {
        // SAFETY: `load` answers an `OtherRef`.
        let header = unsafe { LibHeader::from_constructor::<OtherRef>(load, CheckTypeLayout::Yes) };
        let header: &'static LibHeader = Box::leak(Box::new(header));
        // SAFETY: a symbol's address is made the same way: it points at a header, and is a transparent pointer.
        let header = unsafe { std::mem::transmute::<&'static LibHeader, AbiHeaderRef>(header) };
        let refusal = check(header).err().unwrap();
        let layout = format!("its types are laid out otherwise than ABI {} says: ", crate::VERSION);
        assert_eq!(refusal, format!("{layout}rebuild it with this host's chaos-kitty-plugin"));
    }
}
