//! Processes as a service manager has them: in a unit of several, with a mount namespace of their own.

use std::os::unix::fs::PermissionsExt;

use chaos_kitty_tests::{ControlGroup, Nest, skipped, vitals};

use super::ECHOES;
use super::named::{attached, in_a_container, question, unit};

/// Whether this is what the kernel says that it runs.
fn runs(pid: i32, text: &str) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|path| path.display().to_string() == text)
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

#[test]
fn a_file_that_was_replaced_counts_also_for_a_service_with_a_mount_namespace_of_its_own() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let (folder, new) = (nest.path().join("bin"), nest.path().join("new"));
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("program");
    std::fs::copy("/bin/sleep", &program).unwrap();
    let shown = program.display();
    let Some((_service, pid)) = in_a_container(&format!("echo $$ && exec {shown} 600")) else {
        skipped("no mount namespace can be made here");
        return;
    };
    nest.operator().until("it runs that", || runs(pid, &shown.to_string()));
    let way = ["--executable", program.to_str().unwrap()];
    assert_eq!(attached(&nest, &way), i64::from(pid));
    std::fs::copy("/bin/sleep", &new).unwrap();
    std::fs::rename(&new, &program).unwrap();
    assert!(runs(pid, &format!("{shown} (deleted)")));
    assert_eq!(attached(&nest, &way), i64::from(pid), "as after an upgrade");
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(attached(&nest, &way), i64::from(pid), "as after it was removed");
    host.stop();
}

#[test]
fn what_was_removed_in_a_container_was_another_file() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let (here, there) = (nest.path().join("here"), nest.path().join("there"));
    for folder in [&here, &there] {
        std::fs::create_dir(folder).unwrap();
        std::fs::copy("/bin/sleep", folder.join("program")).unwrap();
    }
    let program = here.join("program");
    let (shown, hidden) = (program.display(), there.display());
    let script = format!("mount --bind {hidden} {} && echo $$ && exec {shown} 600", here.display());
    let Some((_contained, pid)) = in_a_container(&script) else {
        skipped("no mount namespace can be made here");
        return;
    };
    nest.operator().until("it runs that", || runs(pid, &shown.to_string()));
    std::fs::remove_file(there.join("program")).unwrap();
    assert!(runs(pid, &format!("{shown} (deleted)")));
    let answer = nest.operator().run(&["attach", "--executable", program.to_str().unwrap()]);
    assert!(answer.code == 1 && answer.error.contains("nobody runs"), "{answer:?}");
    host.stop();
}
