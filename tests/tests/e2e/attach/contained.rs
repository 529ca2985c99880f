//! By an executable, of processes with a mount namespace of their own: a path is not the same file for everybody.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use chaos_kitty_tests::{Nest, skipped};

use super::named::{Sleeper, attached};

/// A shell in a mount namespace of its own, and the pid that it says; none where that is not allowed.
fn in_a_container(script: &str) -> Option<(Sleeper, i32)> {
    let mut command = Command::new("unshare");
    command.args(["-m", "--propagation", "private", "--", "sh", "-c", script]);
    let mut shell = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut pid = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut pid).unwrap();
    let shell = Sleeper(shell);
    pid.trim().parse().ok().map(|pid| (shell, pid))
}

/// Two folders with a program of one name.
struct Namesakes {
    here: PathBuf,
    there: PathBuf,
}

impl Namesakes {
    fn in_a(nest: &Nest) -> Self {
        let [here, there] = ["here", "there"].map(|name| nest.path().join(name));
        for folder in [&here, &there] {
            std::fs::create_dir(folder).unwrap();
            std::fs::copy("/bin/sleep", folder.join("program")).unwrap();
        }
        Self { here, there }
    }

    /// The one that is meant.
    fn program(&self) -> PathBuf {
        self.here.join("program")
    }

    /// The other, which runs where it has the path of that one, and its pid; none where that is not allowed.
    fn in_a_container(&self, nest: &Nest) -> Option<(Sleeper, i32)> {
        let (here, there, shown) = (self.here.display(), self.there.display(), self.program());
        let shown = shown.display();
        let script = format!("mount --bind {there} {here} && echo $$ && exec {shown} 600");
        let (contained, pid) = in_a_container(&script).or_else(|| {
            skipped("no mount namespace can be made here");
            None
        })?;
        nest.operator().until("it runs that", || runs(pid, &shown.to_string()));
        Some((contained, pid))
    }
}

/// Whether this is what the kernel says that it runs.
fn runs(pid: i32, text: &str) -> bool {
    std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|path| path.display().to_string() == text)
}

#[test]
fn the_same_path_in_a_container_is_another_file() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let namesakes = Namesakes::in_a(&nest);
    let program = namesakes.program();
    let shown = program.display().to_string();
    let Some(_contained) = namesakes.in_a_container(&nest) else { return };
    let answer = nest.operator().run(&["attach", "--executable", program.to_str().unwrap()]);
    assert!(answer.code == 1 && answer.error.contains("nobody runs"), "{answer:?}");
    // Of the two the one that runs the file which is meant.
    let bare = Sleeper(Command::new(&program).arg("600").spawn().unwrap());
    nest.operator().until("it runs that", || runs(bare.pid(), &shown));
    assert_eq!(attached(&nest, &["--executable", program.to_str().unwrap()]), i64::from(bare.pid()));
    host.stop();
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
    let namesakes = Namesakes::in_a(&nest);
    let program = namesakes.program();
    let Some((_contained, pid)) = namesakes.in_a_container(&nest) else { return };
    std::fs::remove_file(namesakes.there.join("program")).unwrap();
    assert!(runs(pid, &format!("{} (deleted)", program.display())));
    let answer = nest.operator().run(&["attach", "--executable", program.to_str().unwrap()]);
    assert!(answer.code == 1 && answer.error.contains("nobody runs"), "{answer:?}");
    host.stop();
}
