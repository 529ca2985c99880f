//! A small disk for one host: a file system in memory, in a mount namespace of the host's own.

use crate::skip::skipped;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where it is mounted, and how.
#[derive(Debug, Clone)]
pub struct Disk {
    place: PathBuf,
    options: String,
}

/// What fills it.
const BALLAST: &str = "ballast";

impl Disk {
    /// One that is mounted there, with such options of mount(8); none where that is forbidden here, which is printed.
    pub fn new(place: &Path, options: &str) -> Option<Self> {
        let disk = Self { place: place.to_owned(), options: options.to_owned() };
        fs::create_dir_all(place).unwrap();
        let beneath = disk.beneath();
        match Command::new(&beneath[0]).args(&beneath[1..]).arg("true").output() {
            Ok(output) if output.status.success() => Some(disk),
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                skipped(format_args!("nothing can be mounted here: {why}"));
                None
            }
            Err(error) => {
                skipped(format_args!("nothing can be mounted here: unshare: {error}"));
                None
            }
        }
    }

    /// What a program is started by that has it: program and arguments, before the program's own. It becomes the program.
    pub(crate) fn beneath(&self) -> Vec<OsString> {
        let script = "mount -t tmpfs -o \"$1\" none \"$2\" && shift 2 && exec \"$@\"";
        let words = ["unshare", "--mount", "--", "sh", "-c", script, "sh", &self.options];
        words.into_iter().map(OsString::from).chain([self.place.clone().into()]).collect()
    }

    /// What is on it, as the process with this pid sees it.
    pub fn seen_by(&self, pid: i32) -> PathBuf {
        Path::new(&format!("/proc/{pid}/root")).join(self.place.strip_prefix("/").unwrap())
    }

    /// Fills it to the last byte.
    pub fn fill(&self, pid: i32) {
        let mut ballast = File::create(self.seen_by(pid).join(BALLAST)).unwrap();
        while ballast.write_all(&[0; 1024]).is_ok() {}
    }

    /// Makes room again.
    pub fn empty(&self, pid: i32) {
        fs::remove_file(self.seen_by(pid).join(BALLAST)).unwrap();
    }
}
