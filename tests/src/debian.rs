//! Programs that no one here wrote, from Debian.

use crate::skip::skipped;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// Where Debian says to those who install something that no service is to be started.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// How long a package may take to come, in seconds.
const PATIENCE: &str = "300";

/// A package of Debian's, and the program that is wanted of it.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// What it is called.
    pub name: &'static str,
    /// Its program: a path, in which one part may be `*`.
    pub program: &'static str,
}

impl Package {
    /// Where the program is; it is installed where it is not there. Nothing where that cannot be, which is said; where `CI` is
    /// set, the test fails.
    #[track_caller]
    pub fn program(self) -> Option<PathBuf> {
        static INSTALLING: Mutex<Vec<&str>> = Mutex::new(Vec::new());
        if let Some(found) = self.find() {
            return Some(found);
        }
        // One after the other: apt-get has a lock too. A package that could not be had is not tried again.
        let mut tried = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut why = "it was tried before".to_owned();
        if self.find().is_none() && !tried.contains(&self.name) {
            tried.push(self.name);
            why = install(self.name).err().unwrap_or_else(|| format!("there is no {} in it", self.program));
        }
        let found = self.find();
        if found.is_none() {
            let line = format!("needs the Debian package {}, which cannot be had: {why}", self.name);
            assert!(std::env::var_os("CI").is_none(), "{line}");
            skipped(line);
        }
        found
    }

    fn find(self) -> Option<PathBuf> {
        let Some((before, after)) = self.program.split_once('*') else {
            return Some(PathBuf::from(self.program)).filter(|path| path.exists());
        };
        let folders = std::fs::read_dir(before).ok()?.flatten();
        let mut found: Vec<_> = folders
            .map(|folder| folder.path().join(after.trim_start_matches('/')))
            .filter(|path| path.exists())
            .collect();
        found.sort();
        found.pop()
    }
}

fn install(package: &str) -> Result<(), String> {
    if crate::vitals::own_user() != 0 {
        return Err("only root installs packages".to_owned());
    }
    let _silence = Silence::new();
    let first = apt_get(&["install", "--yes", "--no-install-recommends", package]);
    let Err(_) = first else { return Ok(()) };
    // Its lists may be missing or old.
    apt_get(&["update"])?;
    apt_get(&["install", "--yes", "--no-install-recommends", package])
}

fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("timeout")
        .args([PATIENCE, "apt-get", "-o", "DPkg::Lock::Timeout=120"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Single-user mode: nothing is started. Who starts by systemd asks the policy.
        .env("RUNLEVEL", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("apt-get: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    if output.status.success() { Ok(()) } else { Err(format!("apt-get {arguments:?}: {last}")) }
}

/// As long as it is there, what is installed starts no service.
struct Silence {
    is_ours: bool,
}

impl Silence {
    fn new() -> Self {
        // Not where there is one: it is the system's, and its to say.
        let policy = OpenOptions::new().write(true).create_new(true).mode(0o755).open(POLICY);
        let is_ours = policy.is_ok();
        if let Ok(mut policy) = policy {
            let _ = policy.write_all(b"#!/bin/sh\nexit 101\n");
        }
        Self { is_ours }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = std::fs::remove_file(POLICY);
        }
    }
}
