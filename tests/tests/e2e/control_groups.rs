//! Memory and CPU time are taken in the control groups of a wrapped program, also where its wrapper is in others.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chaos_kitty_tests::{ControlGroup, NOBODY, Nest, can_be_nobody};

use crate::wrapped::host_and;

const MIB: u64 = 1 << 20;

/// A group with the memory controller, and its files for what is used and for the limit.
pub(crate) fn with_memory() -> Option<(ControlGroup, &'static str, &'static str)> {
    let files = [("memory.usage_in_bytes", "memory.limit_in_bytes"), ("memory.current", "memory.max")];
    files.into_iter().find_map(|(usage, limit)| Some((ControlGroup::with("memory", usage)?, usage, limit)))
}

#[test]
fn memory_is_charged_to_the_programs_group_and_bounded_by_its_limit() {
    let Some((group, usage, limit)) = with_memory() else { return };
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    group.take(job.pid());
    fs::write(group.path().join(limit), (128 * MIB).to_string()).unwrap();
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
    let Some(group) = ControlGroup::with("cpuacct", "cpuacct.usage") else { return };
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
    let Some(group) = ControlGroup::with("cpuacct", "cpuacct.usage") else { return };
    let nest = Nest::new();
    let (host, mut job) = host_and(&nest, nest.job("job"), "read end; exit 5");
    group.take(job.pid());
    let operator = nest.operator();
    let call = operator.start(&["call", "job", "allocate_memory", "size_mb=1", "hold_duration=600"]);
    let members = || fs::read_to_string(group.path().join("cgroup.procs")).unwrap().lines().count();
    operator.until("the process beside it is there too", || members() >= 2);
    let back = ControlGroup::folder("cpuacct").unwrap().join("cgroup.procs");
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
    let name = group.path().file_name().unwrap().to_str().unwrap();
    assert!(refused.error.contains(name) && refused.error.contains("cannot enter"), "{refused:?}");
    assert_eq!(job.end(), 5);
    host.stop();
}
