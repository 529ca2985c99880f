//! By the systemd unit that it is the main process of.

use std::os::unix::fs::PermissionsExt;

use chaos_kitty_tests::{ControlGroup, Nest, Target, vitals};

use super::ECHOES;
use super::named::{attached, question};

/// A unit of this name with this process in it.
fn unit(name: &str, target: &Target) -> Option<ControlGroup> {
    let unit = ControlGroup::unit(name)?;
    unit.take(target.pid());
    Some(unit)
}

#[test]
fn by_the_unit_that_it_is_the_main_process_of() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let name = ControlGroup::free_name();
    let mut target = nest.target(&format!("sh -c 'read end' <&0 & {ECHOES}"));
    let Some(_unit) = unit(&format!("{name}.service"), &target) else { return };
    for given in [name.clone(), format!("{name}.service")] {
        assert_eq!(attached(&nest, &["--unit", &given]), i64::from(target.pid()));
    }
    // The same of another user's systemd, say.
    let mut namesake = nest.target(ECHOES);
    let other = unit(&format!("{name}.service"), &namesake).unwrap();
    let (_, pids) = question(&nest, &["--unit", &name]);
    assert_eq!(pids.len(), 2, "{pids:?}");
    namesake.end();
    drop(other);
    assert_eq!(attached(&nest, &["--unit", &name]), i64::from(target.pid()));
    target.end();
    let nobody = nest.operator().run(&["attach", "--unit", &name]);
    assert!(nobody.code == 1 && nobody.error.contains("has no process: is it running?"), "{nobody:?}");
    host.stop();
}

#[test]
fn what_is_within_another_unit_is_not_meant() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let outer = format!("{}.service", ControlGroup::free_name());
    let inner = ControlGroup::free_name();
    let target = nest.target(ECHOES);
    let Some(unit) = ControlGroup::unit(&outer) else { return };
    // As a container has, or a user's own manager.
    let within = unit.path().join(format!("{inner}.service"));
    std::fs::create_dir(&within).unwrap();
    std::fs::write(within.join("cgroup.procs"), target.pid().to_string()).unwrap();
    let answer = nest.operator().run(&["attach", "--unit", &inner]);
    let why = format!("there is no control group of a unit {inner}.service here");
    assert!(answer.code == 1 && answer.error.contains(&why), "{answer:?}");
    // It is a part of the one that it is in.
    assert_eq!(attached(&nest, &["--unit", &outer]), i64::from(target.pid()));
    host.stop();
    drop(target);
    nest.operator().until("nobody is in it any more", || std::fs::remove_dir(&within).is_ok());
}

#[test]
fn of_brothers_in_a_unit_the_one_is_meant_that_systemd_says_is_the_main_process() {
    let nest = Nest::new();
    let folder = nest.path().join("bin");
    std::fs::create_dir(&folder).unwrap();
    // It says what stands in a file, and writes down what it was asked.
    let systemctl = |script: &str| {
        let place = folder.display();
        let script = format!("#!/bin/sh\necho $$ > {place}/pid; echo \"$*\" > {place}/asked; {script}\n");
        std::fs::write(folder.join("systemctl"), script).unwrap();
        std::fs::set_permissions(folder.join("systemctl"), PermissionsExt::from_mode(0o755)).unwrap();
    };
    let name = ControlGroup::free_name();
    let (one, other) = (nest.target(ECHOES), nest.target(ECHOES));
    let Some(group) = unit(&format!("{name}.service"), &one) else { return };
    group.take(other.pid());
    systemctl(&format!("echo {}", other.pid()));
    let host = nest.host().configuration("version = 1\ninstance = []\n").programs(&folder).start();
    assert_eq!(attached(&nest, &["--unit", &name]), i64::from(other.pid()));
    let asked = std::fs::read_to_string(folder.join("asked")).unwrap();
    assert_eq!(asked, format!("show -p MainPID --value -- {name}.service\n"));
    // Nor who is not in it, nor nobody; and whoever does not answer is not waited for, nor left behind.
    for says in [&format!("echo {}", host.pid()), "echo 0", "echo what?", "exit 3", "exec sleep 600"] {
        systemctl(says);
        let (_, pids) = question(&nest, &["--unit", &name]);
        assert_eq!(pids.len(), 2, "{says}: {pids:?}");
        let pid = std::fs::read_to_string(folder.join("pid")).unwrap().trim().parse().unwrap();
        assert!(!vitals::exists(pid), "{says}: {pid} is left");
    }
    host.wait("that it was not waited for", |line| line.to_string().contains("it has not answered in 2s"));
    host.stop();
    drop((one, other));
}
