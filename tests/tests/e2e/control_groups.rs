//! Memory and CPU time are taken in the control groups of a wrapped program, also where its wrapper is in others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use chaos_kitty_tests::{NOBODY, Nest, PATIENCE, can_be_nobody, comes_true};

use crate::wrapped::host_and;

/// Tests run beside each other in one process.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// A control group of the test's own, below the one that it is in.
struct Group(PathBuf);

impl Group {
    /// With this controller; none where the system does not allow it, which is printed.
    fn with(controller: &str, file: &str) -> Option<Group> {
        let made = Group::folder(controller).and_then(|folder| {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let folder = folder.join(format!("kitty-{}-{number}", std::process::id()));
            fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            let group = Group(folder);
            // In version 2 the controller may not be given to groups as deep as this.
            fs::read(group.0.join(file)).map_err(|error| format!("{file}: {error}"))?;
            Ok(group)
        });
        made.inspect_err(|why| eprintln!("skipped, no group with {controller} can be made here: {why}")).ok()
    }

    fn folder(controller: &str) -> Result<PathBuf, String> {
        let own = fs::read_to_string("/proc/self/cgroup").map_err(|error| error.to_string())?;
        let of = |wanted: &dyn Fn(&str) -> bool| {
            let mut lines = own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
            lines
                .find(|(controllers, _)| wanted(controllers))
                .map(|(_, path)| path.trim_start_matches('/').to_owned())
        };
        let root = PathBuf::from("/sys/fs/cgroup");
        match of(&|controllers| controllers.split(',').any(|name| name == controller)) {
            Some(path) => Ok(root.join(controller).join(path)),
            None => of(&str::is_empty).map(|path| root.join(path)).ok_or_else(|| "there are none".to_owned()),
        }
    }

    fn take(&self, pid: i32) {
        fs::write(self.0.join("cgroup.procs"), pid.to_string()).unwrap();
    }

    fn number(&self, file: &str) -> u64 {
        fs::read_to_string(self.0.join(file)).unwrap().trim().parse().unwrap()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Until the last of its processes is reaped.
        let is_gone = comes_true(PATIENCE, || fs::remove_dir(&self.0).is_ok() || !self.0.exists());
        assert!(is_gone || std::thread::panicking(), "{} stays", self.0.display());
    }
}

const MIB: u64 = 1 << 20;

/// A group with the memory controller, and its files for what is used and for the limit.
fn with_memory() -> Option<(Group, &'static str, &'static str)> {
    let files = [("memory.usage_in_bytes", "memory.limit_in_bytes"), ("memory.current", "memory.max")];
    files.into_iter().find_map(|(usage, limit)| Some((Group::with("memory", usage)?, usage, limit)))
}

#[test]
fn memory_is_charged_to_the_programs_group_and_bounded_by_its_limit() {
    let Some((group, usage, limit)) = with_memory() else { return };
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    group.take(job.pid());
    fs::write(group.0.join(limit), (128 * MIB).to_string()).unwrap();
    let operator = nest.operator();
    let call = operator.start(&["call", "job", "allocate_memory", "size_mb=64", "hold_duration=600"]);
    operator.until("the group has it", || group.number(usage) >= 64 * MIB);
    let too_much = operator.run(&["call", "job", "allocate_memory", "size_mb=100", "hold_duration=0"]);
    assert!(too_much.error.contains("more than 80 %"), "the group's limit counts: {too_much:?}");
    host.stop();
    operator.until("it is given back", || group.number(usage) < 64 * MIB);
    drop(call);
    assert_eq!(job.end(), 5);
}

#[test]
fn cpu_time_is_charged_to_the_programs_group() {
    let Some(group) = Group::with("cpuacct", "cpuacct.usage") else { return };
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    group.take(job.pid());
    let before = group.number("cpuacct.usage");
    let outcome = nest.operator().ask(&["call", "job", "cpu_spin", "duration=200ms", "--lease", "20s"]);
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    assert!(group.number("cpuacct.usage") - before >= 180_000_000, "nanoseconds");
    assert_eq!(job.end(), 5);
    host.stop();
}

#[test]
fn a_process_beside_a_program_that_left_a_group_leaves_it_too() {
    let Some(group) = Group::with("cpuacct", "cpuacct.usage") else { return };
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    group.take(job.pid());
    let operator = nest.operator();
    let call = operator.start(&["call", "job", "allocate_memory", "size_mb=1", "hold_duration=600"]);
    let members = || fs::read_to_string(group.0.join("cgroup.procs")).unwrap().lines().count();
    operator.until("the process beside it is there too", || members() >= 2);
    let back = Group::folder("cpuacct").unwrap().join("cgroup.procs");
    fs::write(back, job.pid().to_string()).unwrap();
    let before = group.number("cpuacct.usage");
    let outcome = operator.ask(&["call", "job", "cpu_spin", "duration=200ms", "--lease", "20s"]);
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    assert_eq!(members(), 0, "nobody stays behind");
    assert!(group.number("cpuacct.usage") - before < 100_000_000, "nanoseconds");
    host.stop();
    drop(call);
    assert_eq!(job.end(), 5);
}

#[test]
fn a_group_that_may_not_be_entered_is_named() {
    if !can_be_nobody() {
        return;
    }
    let Some((group, _, _)) = with_memory() else { return };
    let nest = Nest::new();
    let wrapper = nest.for_everyone("chaos-kitty-worker");
    let host = nest.host().configuration("version = 1\ninstance = []\n[host]\nother_users = true\n").start();
    fs::set_permissions(nest.socket(), fs::Permissions::from_mode(0o666)).unwrap();
    let mut job = nest.job("job").user(NOBODY, wrapper).start("read end; exit 5");
    host.registered("job");
    group.take(job.pid());
    let refused = nest.operator().run(&["call", "job", "allocate_memory", "size_mb=1", "hold_duration=0"]);
    let name = group.0.file_name().unwrap().to_str().unwrap();
    assert!(refused.error.contains(name) && refused.error.contains("cannot enter"), "{refused:?}");
    assert_eq!(job.end(), 5);
    host.stop();
}
