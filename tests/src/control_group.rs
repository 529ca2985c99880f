//! A control group of a test's own.

use crate::skip::skipped;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::clock::{PATIENCE, comes_true};

/// Tests run beside each other in one process.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// One below the one that the test is in. Dropping it waits until its last process is reaped, and removes it.
#[derive(Debug)]
pub struct ControlGroup {
    path: PathBuf,
    /// What was made on the way to it.
    above: Option<PathBuf>,
}

impl ControlGroup {
    /// With this controller, and so with this file; none where the system does not allow it, which is printed.
    pub fn with(controller: &str, file: &str) -> Option<Self> {
        Self::made(Self::folder(controller), controller, &Self::free_name(), file)
    }

    /// Of version 2.
    pub fn unified() -> Option<Self> {
        Self::made(Self::folder_of_unified(), "cgroup2", &Self::free_name(), "cgroup.freeze")
    }

    /// Those that can be frozen: one in each version, where it can be made.
    pub fn freezable() -> impl Iterator<Item = Self> {
        let ways: [fn() -> Option<Self>; 2] = [|| Self::with("freezer", "freezer.state"), Self::unified];
        ways.into_iter().filter_map(|made| made())
    }

    /// As systemd makes it for a unit of this name, in a slice.
    pub fn unit(name: &str) -> Option<Self> {
        let folder = Self::folder("name=systemd").ok().filter(|folder| folder.is_dir());
        let folder = folder.map_or_else(Self::folder_of_unified, Ok);
        let slice = folder.and_then(|folder| {
            let slice = folder.join(format!("{}.slice", Self::free_name()));
            fs::create_dir(&slice).map_err(|error| format!("{}: {error}", slice.display()))?;
            Ok(slice)
        });
        let above = slice.clone().ok();
        let mut group = Self::made(slice, "systemd's name", name, "cgroup.procs")?;
        group.above = above;
        Some(group)
    }

    /// A name that no other group has.
    pub fn free_name() -> String {
        format!("kitty-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
    }

    fn made(folder: Result<PathBuf, String>, what: &str, name: &str, file: &str) -> Option<Self> {
        let made = folder.and_then(|folder| {
            let path = folder.join(name);
            fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let group = Self { path, above: None };
            // In version 2 the controller may not be given to groups as deep as this.
            fs::read(group.path.join(file)).map_err(|error| format!("{file}: {error}"))?;
            Ok(group)
        });
        made.inspect_err(|why| skipped(format_args!("no group with {what} can be made here: {why}"))).ok()
    }

    /// Where the groups with this controller are in which the test is.
    ///
    /// # Errors
    /// There are none.
    pub fn folder(controller: &str) -> Result<PathBuf, String> {
        let own = fs::read_to_string("/proc/self/cgroup").map_err(|error| error.to_string())?;
        let of = |wanted: &dyn Fn(&str) -> bool| {
            let mut lines = own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
            lines
                .find(|(controllers, _)| wanted(controllers))
                .map(|(_, path)| path.trim_start_matches('/').to_owned())
        };
        let root = PathBuf::from("/sys/fs/cgroup");
        match of(&|controllers| controllers.split(',').any(|name| name == controller)) {
            Some(path) => Ok(root.join(controller.trim_start_matches("name=")).join(path)),
            None => of(&str::is_empty).map(|path| root.join(path)).ok_or_else(|| "there are none".to_owned()),
        }
    }

    fn folder_of_unified() -> Result<PathBuf, String> {
        let own = fs::read_to_string("/proc/self/cgroup").map_err(|error| error.to_string())?;
        let own = own.lines().find_map(|line| line.strip_prefix("0::/")).ok_or("there is no version 2")?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(|error| error.to_string())?;
        let mount =
            mounts.lines().find(|line| line.contains(" - cgroup2 ")).ok_or("it is mounted nowhere")?;
        Ok(PathBuf::from(mount.split(' ').nth(4).unwrap()).join(own))
    }

    /// Whether a hierarchy that has freezers is mounted here, and not for reading alone.
    pub fn are_writable() -> bool {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        mounts.lines().any(|line| {
            let Some((mount, file_system)) = line.split_once(" - ") else { return false };
            let options = mount.split(' ').nth(5).unwrap_or_default();
            let has_freezers = file_system.starts_with("cgroup2 ")
                || file_system.starts_with("cgroup ") && file_system.ends_with("freezer");
            has_freezers && options.split(',').any(|option| option == "rw")
        })
    }

    /// Where its files are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes a process in.
    #[track_caller]
    pub fn take(&self, pid: i32) {
        fs::write(self.path.join("cgroup.procs"), pid.to_string()).unwrap();
    }

    /// What one of its files says.
    #[track_caller]
    pub fn says(&self, file: &str) -> String {
        fs::read_to_string(self.path.join(file)).unwrap().trim().to_owned()
    }

    /// The number that one of its files holds.
    #[track_caller]
    pub fn number(&self, file: &str) -> u64 {
        self.says(file).parse().unwrap()
    }

    /// Whether all in it are frozen.
    pub fn is_frozen(&self) -> bool {
        let says = |file: &str, line: &str| {
            fs::read_to_string(self.path.join(file)).is_ok_and(|text| text.lines().any(|it| it == line))
        };
        says("freezer.state", "FROZEN") || says("cgroup.events", "frozen 1")
    }

    /// Freezes all in it, as somebody else would.
    #[track_caller]
    pub fn freeze(&self) {
        let one = self.path.join("freezer.state");
        match one.exists() {
            true => fs::write(one, "FROZEN"),
            false => fs::write(self.path.join("cgroup.freeze"), "1"),
        }
        .unwrap();
    }

    /// Lets all in it go on, as somebody else would.
    #[track_caller]
    pub fn thaw(&self) {
        let one = self.path.join("freezer.state");
        match one.exists() {
            true => fs::write(one, "THAWED"),
            false => fs::write(self.path.join("cgroup.freeze"), "0"),
        }
        .unwrap();
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        // Until the last of its processes is reaped.
        let is_gone = comes_true(PATIENCE, || fs::remove_dir(&self.path).is_ok() || !self.path.exists());
        if let Some(above) = &self.above {
            let _ = fs::remove_dir(above);
        }
        assert!(is_gone || std::thread::panicking(), "{} stays", self.path.display());
    }
}
