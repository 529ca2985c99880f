//! The symbol and the manifest that make a library a plugin.

#[doc(hidden)]
pub use abi_stable::library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult};
#[doc(hidden)]
pub use abi_stable::prefix_type::PrefixTypeTrait;

/// Exports a plugin: its `construct` function and its manifest, pairs of constant strings.
///
/// It stands in place of abi_stable's own attribute, which needs `abi_stable` among the author's dependencies.
#[macro_export]
macro_rules! export_module {
    (construct: $construct:expr, manifest: $manifest:expr $(,)?) => {
        const _: () = {
            const STRINGS: &[&str] = $manifest;
            const LENGTH: usize = $crate::manifest::length(STRINGS);

            // Exported, or the linker drops the section along with everything else that nobody refers to.
            #[unsafe(no_mangle)]
            #[unsafe(link_section = ".chaos_kitty")]
            #[used]
            pub static CHAOS_KITTY_MANIFEST: [u8; LENGTH] = $crate::manifest::pack(STRINGS);

            fn module() -> $crate::ModuleRef {
                $crate::export::PrefixTypeTrait::leak_into_prefix($crate::Module { construct: $construct })
            }

            extern "C" fn load() -> $crate::export::RootModuleResult {
                $crate::export::__call_root_module_loader(module)
            }

            // The host looks for it under `manifest::SYMBOL`.
            #[unsafe(no_mangle)]
            pub static CHAOS_KITTY_MODULE: $crate::export::LibHeader = {
                // SAFETY: `load` answers what `module` made, a `ModuleRef`.
                unsafe {
                    $crate::export::LibHeader::from_constructor::<$crate::ModuleRef>(
                        load,
                        $crate::export::CheckTypeLayout::Yes,
                    )
                }
            };
        };
    };
}
