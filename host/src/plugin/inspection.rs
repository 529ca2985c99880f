//! A look at a file before the loader touches it.
//!
//! Alone, dlopen dies of a file that is cut off (SIGBUS), says "no such file" of another architecture, and runs the
//! constructors of a library before it finds that a symbol is missing.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chaos_kitty_abi::manifest::{SECTION, SYMBOL};
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, Sym};
use rustix::io::Errno;

use super::{Manifest, Rejection, near, platform};

#[cfg(target_pointer_width = "64")]
type Header = elf::FileHeader64<object::Endianness>;
#[cfg(target_pointer_width = "32")]
type Header = elf::FileHeader32<object::Endianness>;

/// Bytes. A release plugin has one million, an unstripped one five to twenty.
const LARGEST: u64 = 256 << 20;

/// Reads a file whole, and only if it is a regular file of a sensible size.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Rejection> {
    let unreadable = |error: io::Error| {
        let advice = advice(&error, file);
        Rejection::new(file, format!("cannot be read: {error}: {advice}"))
    };
    // A pipe of that name would block the opening for ever.
    let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    let wrong = |what: &str| Err(Rejection::new(file, what));
    if metadata.is_dir() {
        return wrong("it is a directory: put the library in its place, or remove it");
    }
    if !metadata.is_file() {
        return wrong("it is not a regular file: put the library in its place, or remove it");
    }
    if metadata.len() == 0 {
        return wrong("it is empty: was it copied whole?");
    }
    if metadata.len() > LARGEST {
        return wrong(&format!(
            "it has {} bytes, and {LARGEST} is the most: is it a library?",
            metadata.len()
        ));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // It may still grow.
    opened.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// What to do about a file that cannot be read.
fn advice(error: &io::Error, file: &Path) -> String {
    let advice = match Errno::from_io_error(error) {
        Some(Errno::ACCESS | Errno::PERM) => "let the user read it that this host runs as",
        Some(Errno::NOENT) if file.is_symlink() => "the link leads nowhere: mend or remove it",
        Some(Errno::NOENT) => match near::beside(file) {
            Some(near) => return format!("did you mean {}?", near.display()),
            None => "see whether its name is right, or build it",
        },
        Some(Errno::LOOP) => "the link leads in a circle: mend or remove it",
        _ => "copy or build it again",
    };
    advice.to_owned()
}

/// Checks the bytes of a library, and answers its manifest.
pub(super) fn inspect(bytes: &[u8], file: &Path) -> Result<Manifest, Rejection> {
    let wrong = |what: String| Rejection::new(file, what);
    let damaged = |what: &str| wrong(format!("it is damaged or cut off ({what}): copy or build it again"));
    if bytes.get(..4) != Some(&elf::ELFMAG) {
        return Err(wrong(
            "it is not a Linux library (no ELF file): put the library in its place, or remove it".into(),
        ));
    }
    platform::check(bytes).map_err(wrong)?;

    let header = Header::parse(bytes).map_err(|_| damaged("header"))?;
    let endian = header.endian().map_err(|_| damaged("header"))?;
    if header.e_type(endian) != elf::ET_DYN {
        return Err(wrong("it is not a shared library: build it with crate-type = [\"cdylib\"]".into()));
    }
    let segments = header.program_headers(endian, bytes).map_err(|_| damaged("segment table"))?;
    if segments.iter().any(|segment| segment.data(endian, bytes).is_err()) {
        return Err(damaged("a segment lies beyond its end"));
    }
    let sections = header.sections(endian, bytes).map_err(|_| damaged("section table"))?;
    let Some((_, section)) = sections.section_by_name(endian, SECTION.as_bytes()) else {
        return Err(Rejection::no_plugin(file));
    };
    let manifest = Manifest::read(section.data(endian, bytes).map_err(|_| damaged("manifest"))?, file)?;
    let symbols = sections.symbols(endian, bytes, elf::SHT_DYNSYM).map_err(|_| damaged("symbol table"))?;
    let exported = |symbol: &<Header as FileHeader>::Sym| {
        !symbol.is_undefined(endian) && symbol.name(endian, symbols.strings()) == Ok(SYMBOL.as_bytes())
    };
    if !symbols.iter().any(exported) {
        let reason = format!("{} does not export {SYMBOL}: does its build hide symbols?", manifest.name);
        return Err(wrong(reason).of(&manifest.name));
    }
    Ok(manifest)
}
