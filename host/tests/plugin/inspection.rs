//! A file that is no plugin of ours, or no longer one, is one clear line, and never loaded.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use chaos_kitty::plugin::{Library, PrivateCopy, PrivateDirectory, directory};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::build;

/// A whole plugin's bytes, to be spoilt.
fn whole() -> Vec<u8> {
    fs::read(build::package("misbehaving")).unwrap()
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> =
        bytes.windows(from.len()).enumerate().filter(|(_, window)| *window == from).collect();
    let places: Vec<_> = places.into_iter().map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
}

fn file(directory: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let file = directory.path().join(name);
    fs::write(&file, bytes).unwrap();
    file
}

/// The line, which says the same whether the file is looked at or loaded.
fn rejected(file: &Path) -> String {
    let line = Library::inspect(file).unwrap_err().to_string();
    let private = PrivateDirectory::new().unwrap();
    assert_eq!(PrivateCopy::of(file, &private).err().unwrap().to_string(), line);
    assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0, "nothing was copied");
    assert!(!line.contains('\n') && line.len() < 300, "{line}");
    line.strip_prefix(&format!("plugin {}: ", file.display())).unwrap().to_owned()
}

fn spoilt(spoil: impl FnOnce(&mut Vec<u8>)) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut bytes = whole();
    spoil(&mut bytes);
    rejected(&file(&directory, "liba.so", &bytes))
}

#[test]
fn a_whole_plugin_says_who_it_is() {
    let manifest = Library::inspect(build::package("misbehaving")).unwrap();
    assert_eq!((&*manifest.name, &*manifest.abi), ("misbehaving", chaos_kitty_abi::VERSION));
    assert_eq!(manifest.description, "Does what no plugin should, for the tests");
    assert_eq!(manifest.file, build::package("misbehaving"));
}

#[test]
fn what_cannot_be_read_is_said() {
    let directory = tempfile::tempdir().unwrap();
    assert!(rejected(&directory.path().join("libnone.so")).starts_with("cannot be read: No such file"));
    assert!(rejected(directory.path()).starts_with("it is a directory"));
    assert!(rejected(&file(&directory, "libempty.so", b"")).starts_with("it is empty"));
    let huge = directory.path().join("libhuge.so");
    File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    assert!(rejected(&huge).starts_with("it has 1099511627776 bytes, and 268435456 is the most"));
    assert!(rejected(Path::new("/dev/zero")).starts_with("it is not a regular file"));
}

#[test]
fn what_is_no_library_of_this_machine_is_said() {
    assert!(spoilt(|bytes| bytes[..4].copy_from_slice(b"#!/b")).starts_with("it is not a Linux library"));
    let foreign = if cfg!(target_arch = "aarch64") { (62, "x86_64") } else { (183, "aarch64") };
    let line = spoilt(|bytes| bytes[18] = foreign.0);
    assert!(line.starts_with(&format!("it was built for {} (", foreign.1)), "{line}");
    assert!(line.contains(&format!("this host runs on {}", std::env::consts::ARCH)), "{line}");
    assert!(spoilt(|bytes| bytes[4] ^= 3).contains("32 bits"));
    assert!(spoilt(|bytes| bytes[5] ^= 3).contains("big-endian"));
    assert!(spoilt(|bytes| bytes[16] = 1).starts_with("it is not a shared library"));
}

#[test]
fn what_is_no_plugin_of_this_abi_is_said() {
    let line = spoilt(|bytes| replace(bytes, b"\0.chaos_kitty\0", b"\0.chaos_doggy\0"));
    assert!(line.starts_with("it is a library, but no Chaos Kitty plugin"), "{line}");
    let line = spoilt(|bytes| replace(bytes, b"abi\x001.0.0\0", b"abi\x002.0.0\0"));
    assert_eq!(
        line,
        format!(
            "misbehaving speaks ABI 2.0.0, this host speaks {}: update this host",
            chaos_kitty_abi::VERSION
        )
    );
    let line = spoilt(|bytes| replace(bytes, b"CHAOS_KITTY_MODULE\0", b"CHAOS_DOGGY_MODULE\0"));
    assert!(line.starts_with("misbehaving does not export CHAOS_KITTY_MODULE"), "{line}");
}

#[test]
fn a_file_cut_off_anywhere_is_said_to_be() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = whole();
    let lengths = (4..bytes.len()).step_by(bytes.len() / 100).chain([17, 19, 63, bytes.len() - 1]);
    for length in lengths {
        let cut = file(&directory, "libcut.so", &bytes[..length]);
        let line = Library::inspect(&cut).unwrap_err().to_string();
        assert!(line.contains("libcut.so: it is damaged or cut off"), "{length}: {line}");
    }
}

#[test]
fn a_byte_changed_in_the_tables_is_a_line_or_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let bytes = whole();
    let path = file(&directory, "liba.so", &bytes);
    let open = File::options().write(true).open(&path).unwrap();
    proptest!(ProptestConfig::with_cases(128), |(near in 0..4096_usize, back: bool, change in 1..=255_u8)| {
        // The header and the segments stand at the beginning, the sections at the end.
        let at = if back { bytes.len() - 1 - near } else { near };
        open.write_all_at(&[bytes[at] ^ change], at as u64).unwrap();
        let answer = Library::inspect(&path);
        open.write_all_at(&[bytes[at]], at as u64).unwrap();
        if let Err(rejection) = answer {
            let line = rejection.to_string();
            prop_assert!(!line.contains('\n') && line.len() < 300 && line.contains(": "), "{}", line);
        }
    });
}

/// The loader would map it, and the first touch beyond the end would kill the host.
#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
#[test]
fn a_segment_that_lies_beyond_the_end_is_said_to() {
    let line = spoilt(|bytes| {
        let table = u64::from_le_bytes(bytes[32..40].try_into().unwrap()) as usize;
        // The first segment's size in the file.
        bytes[table + 32..table + 40].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    });
    assert!(line.starts_with("it is damaged or cut off (a segment lies beyond its end)"), "{line}");
}

#[test]
fn a_directory_is_searched_once_and_in_order() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bytes = whole();
    let mut stranger = bytes.clone();
    replace(&mut stranger, b"\0.chaos_kitty\0", b"\0.chaos_doggy\0");
    let good = file(&first, "libb.so", &bytes);
    file(&first, "liba.so", &stranger);
    file(&first, "readme.txt", b"not looked at");
    fs::create_dir(first.path().join("deps")).unwrap();
    fs::write(first.path().join("deps/libdeep.so"), &bytes).unwrap();
    let cut = file(&second, "liba.so", &bytes[..bytes.len() / 2]);
    let double = file(&first, "libc.so", &bytes);
    file(&second, "libb.so", &bytes);
    let missing = second.path().join("missing");

    let found = directory::scan([first.path(), second.path(), &missing]);
    assert_eq!(found.plugins.iter().map(|plugin| &plugin.file).collect::<Vec<_>>(), [&good]);
    assert_eq!(
        found.rejections.iter().map(|rejection| rejection.file()).collect::<Vec<_>>(),
        [&double, &cut, &missing]
    );
    let line = found.rejections[0].to_string();
    assert!(line.contains(&*good.to_string_lossy()) && line.contains(&*double.to_string_lossy()), "{line}");
    assert!(found.rejections[2].reason().starts_with("the directory cannot be read: No such file"));
}
