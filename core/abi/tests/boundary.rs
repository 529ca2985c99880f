//! The boundary changes with its version, or not at all.
//!
//! `boundary-VERSION.txt` is the boundary of that version: every type that crosses, with its size, its fields and the
//! signatures of its functions, as abi_stable compares them when a plugin is loaded; and where a plugin says who it is.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use abi_stable::StableAbi;
use abi_stable::std_types::utypeid::UTypeId;
use abi_stable::type_layout::{TLData, TypeLayout};
use chaos_kitty_abi::{ModuleRef, VERSION, manifest};

/// Every type that crosses, in the order in which a walk from the module meets them.
#[derive(Default)]
struct Boundary {
    /// What each is made of.
    types: Vec<String>,
    known: HashMap<UTypeId, usize>,
}

impl Boundary {
    /// A type's name and number: of types that differ in their parameters alone, abi_stable says one name.
    fn add(&mut self, layout: &'static TypeLayout) -> String {
        let name = layout.full_type().to_string();
        if let Some(number) = self.known.get(&layout.get_utypeid()) {
            return format!("{} ({number})", name.trim());
        }
        // Before its fields, for some types hold themselves.
        let number = self.types.len();
        self.known.insert(layout.get_utypeid(), number);
        self.types.push(String::new());
        let (kind, mut fields) = match layout.data() {
            TLData::Primitive(primitive) => (format!("{primitive:?}"), vec![]),
            TLData::Opaque => ("opaque".to_owned(), vec![]),
            TLData::Struct { fields } => ("struct".to_owned(), fields.to_vec()),
            TLData::Union { fields } => ("union".to_owned(), fields.to_vec()),
            TLData::Enum(own) => {
                (format!("enum {} {:?}", own.variant_names, own.field_count), own.fields.to_vec())
            }
            TLData::PrefixType(own) => {
                (format!("functions, of which {} are frozen", own.first_suffix_field), own.fields.to_vec())
            }
        };
        fields.extend(layout.phantom_fields().iter());
        let module = layout.mod_path();
        let name = format!("{} ({number})", name.trim());
        let (size, alignment) = (layout.size(), layout.alignment());
        let mut text = format!("{name} of {module}: {kind}, {size} bytes aligned to {alignment}\n");
        for field in &fields {
            let layout = self.add(field.layout());
            writeln!(text, "    {}: {layout}", field.name()).unwrap();
            for function in field.function_range().iter() {
                let takes: Vec<_> = function.param_type_layouts.iter().map(|take| self.add(take())).collect();
                let answer =
                    function.return_type_layout().map(|answer| format!(" -> {}", self.add(answer())));
                writeln!(text, "        fn({}){}", takes.join(", "), answer.unwrap_or_default()).unwrap();
            }
        }
        self.types[number] = text;
        name
    }
}

fn written() -> String {
    let mut boundary = Boundary::default();
    boundary.add(ModuleRef::LAYOUT);
    format!("section {}\nsymbol {}\n\n{}", manifest::SECTION, manifest::SYMBOL, boundary.types.join("\n"))
}

#[test]
fn the_boundary_is_the_one_of_its_version() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/boundary-{VERSION}.txt"));
    let now = written();
    if std::fs::read_to_string(&kept).is_ok_and(|then| then == now) {
        return;
    }
    let changed = Path::new(env!("CARGO_TARGET_TMPDIR")).join(kept.file_name().unwrap());
    std::fs::write(&changed, now).unwrap();
    panic!(
        "the boundary is not the one of ABI {VERSION}: undo that, or plugins that were built before are refused. If it must \
         be, raise the version in core/abi/Cargo.toml (the first number, unless every plugin of before still loads), and keep \
         the new boundary under its version: the difference is that of\n  diff {} {}",
        kept.display(),
        changed.display()
    );
}
