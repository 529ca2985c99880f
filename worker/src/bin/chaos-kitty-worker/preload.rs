//! Putting the library into the program.

use std::ffi::OsString;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use chaos_kitty_worker::inside::{Interior, Table};

use crate::executable;

/// The library, as cargo and the installation name it.
const LIBRARY: &str = "libchaos_kitty_inside.so";
/// Where it is, seen from this program's directory: beside it, or as it is installed.
const PLACES: [&str; 3] = ["", "../lib/chaos-kitty", "../lib"];
/// What tells the library which table is its own.
const VARIABLE: &str = "CHAOS_KITTY_INSIDE";
const PRELOAD: &str = "LD_PRELOAD";

/// Has the program load it, before everything else.
///
/// # Errors
/// Why it would not, or could not.
pub(crate) fn into(command: &mut Command) -> Result<Interior, String> {
    executable::takes_libraries(command.get_program())
        .map_err(|why| format!("--inside is not for it: {why}"))?;
    let library = library()?;
    if library.as_os_str().as_bytes().iter().any(|byte| b" :".contains(byte)) {
        let library = library.display();
        return Err(format!(
            "{library}: the loader takes no path with blanks or colons: install Chaos Kitty elsewhere"
        ));
    }
    let table =
        Table::create(token()).map_err(|error| format!("--inside: there is no memory to share: {error}"))?;
    let (pid, file) = (std::process::id(), table.as_fd().as_raw_fd());
    command.env(VARIABLE, format!("{:016x}:/proc/{pid}/fd/{file}", table.token()));
    let mut all: OsString = library.into();
    if let Some(others) = std::env::var_os(PRELOAD).filter(|others| !others.is_empty()) {
        all.push(":");
        all.push(others);
    }
    command.env(PRELOAD, all);
    Ok(Interior::new(table))
}

fn library() -> Result<PathBuf, String> {
    let own = std::env::current_exe()
        .map_err(|error| format!("--inside: where this program is cannot be told: {error}"))?;
    let folder = own.parent().unwrap_or(Path::new("/"));
    let places = PLACES.map(|place| folder.join(place).join(LIBRARY));
    let found = places.iter().find_map(|place| place.canonicalize().ok());
    found.ok_or_else(|| {
        let places = places.map(|place| place.display().to_string()).join(", ");
        format!("--inside needs {LIBRARY}, which is not there ({places}): build the whole workspace, or install again")
    })
}

/// A number that no other table has: a pid that is used again, and its descriptor, are not taken for ours.
fn token() -> u64 {
    let mut bytes = [0; 8];
    // What cannot be had from the kernel is no secret: it only has to differ.
    if rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).is_err() {
        bytes = chaos_kitty_worker::inside::now().to_ne_bytes();
    }
    u64::from_ne_bytes(bytes)
}
