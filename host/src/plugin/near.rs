//! What was meant by the name of a plugin that is not there.

use super::{Manifest, directory};
use crate::configuration::nearest;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The library beside it that has nearly its name.
pub(super) fn beside(file: &Path) -> Option<PathBuf> {
    let entries =
        file.parent()?.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let libraries: Vec<String> = entries.filter(|name| name.ends_with(".so")).collect();
    let names: Vec<&str> = libraries.iter().map(String::as_str).collect();
    Some(file.with_file_name(nearest(file.file_name()?.to_str()?, &names)?))
}

/// The operation of these directories that is called nearly so, where there is no such file, and none beside it: `pounce`,
/// `pounc.so` and `libpounc.so` mean pounce.
pub(crate) fn operation(file: &Path, directories: &[PathBuf]) -> Option<Manifest> {
    let is_missing = file.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    if !is_missing || beside(file).is_some() {
        return None;
    }
    let stem = file.file_stem()?.to_str()?.replace('_', "-");
    let found = directory::scan(directories).plugins;
    let names: Vec<&str> = found.iter().map(|manifest| manifest.name.as_str()).collect();
    let name = nearest(stem.strip_prefix("lib").unwrap_or(&stem), &names)?.to_owned();
    found.into_iter().find(|manifest| manifest.name == name)
}
