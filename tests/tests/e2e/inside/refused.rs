//! What the library cannot be put into is not started, with the reason.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use chaos_kitty_tests::{Nest, Package, Process, Workspace, skipped};

use super::native::COMPILER;

/// Starts this under a wrapper with the library, and answers the exit code and what the wrapper says.
fn started(nest: &Nest, wrapper: &Path, program: &Path) -> (i32, String) {
    let mut command = nest.command(wrapper);
    command.arg("--socket").arg(nest.socket()).args(["--inside", "--"]).arg(program).arg("1");
    let mut process = Process::start("the wrapper", &mut command);
    process.close_input();
    let code = process.exit_code();
    process.complained().to_its_end();
    process.said().to_its_end();
    assert_eq!(process.said().shown(), "", "nothing was started");
    (code, process.complained().shown())
}

#[track_caller]
fn is_refused(nest: &Nest, program: &Path, why: &str, what_to_do: &str) {
    let (code, told) = started(nest, Workspace::built().worker(), program);
    assert_eq!(code, 126, "{}: {told}", program.display());
    assert_eq!(told.trim().lines().count(), 1, "{told}");
    assert!(told.contains(why) && told.contains(what_to_do), "{why}, {what_to_do}: {told}");
}

/// A copy of a program that can be changed.
fn copy_of_true(nest: &Nest, name: &str, mode: u32) -> PathBuf {
    let copy = nest.path().join(name);
    fs::copy("/bin/echo", &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(mode)).unwrap();
    copy
}

/// The program that gives a file capabilities.
const SETCAP: Package = Package { name: "libcap2-bin", program: "/usr/sbin/setcap" };

/// Whether a program of this package makes it here.
fn makes(package: Package, command: impl FnOnce(&mut Command) -> &mut Command) -> bool {
    let Some(program) = package.program() else { return false };
    let mut made = Command::new(program);
    let made = command(&mut made);
    let is_made = made.output().is_ok_and(|output| output.status.success());
    if !is_made {
        skipped(format_args!("this cannot be made here: {made:?}"));
    }
    is_made
}

#[test]
fn a_setuid_program() {
    let nest = Nest::new();
    let program = copy_of_true(&nest, "setuid", 0o4755);
    is_refused(&nest, &program, "is setuid or setgid", "without --inside");
    is_refused(&nest, &copy_of_true(&nest, "setgid", 0o2755), "is setuid or setgid", "without --inside");
}

#[test]
fn a_program_with_capabilities_of_its_file() {
    let nest = Nest::new();
    let program = copy_of_true(&nest, "capable", 0o755);
    if makes(SETCAP, |setcap| setcap.arg("cap_net_raw+ep").arg(&program)) {
        is_refused(&nest, &program, "has capabilities", "without --inside");
    }
}

#[test]
fn a_static_program() {
    let nest = Nest::new();
    let (source, program) = (nest.file("main.c", "int main(void) { return 0; }"), nest.path().join("static"));
    if makes(COMPILER, |cc| cc.arg("-static").arg("-o").arg(&program).arg(&source)) {
        is_refused(&nest, &program, "is statically linked", "link it dynamically");
    }
    // One that may be anywhere in memory has a dynamic section, and no loader.
    if makes(COMPILER, |cc| cc.arg("-static-pie").arg("-o").arg(&program).arg(&source)) {
        is_refused(&nest, &program, "is statically linked", "link it dynamically");
    }
}

/// The header of a program, with another machine or loader.
fn changed(nest: &Nest, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let program = copy_of_true(nest, name, 0o755);
    let mut bytes = fs::read(&program).unwrap();
    change(&mut bytes);
    fs::write(&program, bytes).unwrap();
    program
}

#[test]
fn a_program_for_another_machine() {
    let nest = Nest::new();
    // e_machine: s390x.
    let program = changed(&nest, "other", |bytes| bytes[18..20].copy_from_slice(&[22, 0]));
    is_refused(&nest, &program, "is for another machine", "without --inside");
    let program = changed(&nest, "short", |bytes| bytes[4] = 1);
    is_refused(&nest, &program, "is for another machine", "without --inside");
}

#[test]
fn a_program_that_is_linked_with_musl() {
    let nest = Nest::new();
    let program = changed(&nest, "musl", |bytes| {
        let loader = bytes.windows(9).position(|part| part == b"/ld-linux").expect("it names its loader");
        bytes[loader..loader + 9].copy_from_slice(b"/ld-musl-");
    });
    is_refused(&nest, &program, "is linked with musl", "without --inside");
}

#[test]
fn a_script_whose_interpreter_is_one_of_these() {
    let nest = Nest::new();
    let program = copy_of_true(&nest, "setuid", 0o4755);
    let script = nest.file("script", format!("#! {} -x\n", program.display()));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    is_refused(&nest, &script, "is setuid or setgid", "without --inside");
    // And where env is to look for it.
    for options in ["", "-S ", "-i -S HOME=/ "] {
        let by_env = nest.file("by-env", format!("#!/usr/bin/env {options}{} -x\n", program.display()));
        fs::set_permissions(&by_env, fs::Permissions::from_mode(0o755)).unwrap();
        is_refused(&nest, &by_env, "is setuid or setgid", "without --inside");
    }
}

#[test]
fn without_the_library_and_where_its_path_has_a_blank() {
    let nest = Nest::new();
    let folder = nest.path().join("a blank");
    fs::create_dir(&folder).unwrap();
    let wrapper = folder.join("chaos-kitty-worker");
    fs::copy(Workspace::built().worker(), &wrapper).unwrap();
    let echo = Path::new("/bin/echo");
    let (code, told) = started(&nest, &wrapper, echo);
    assert!(code == 126 && told.contains("which is not there"), "{code} {told}");
    let library = Workspace::built().worker().with_file_name("libchaos_kitty_inside.so");
    fs::copy(library, folder.join("libchaos_kitty_inside.so")).unwrap();
    let (code, told) = started(&nest, &wrapper, echo);
    assert!(code == 126 && told.contains("no path with blanks or colons"), "{code} {told}");
}

#[test]
fn what_is_not_there_is_told_as_without_it() {
    let nest = Nest::new();
    let (code, told) = started(&nest, Workspace::built().worker(), Path::new("/no/such/program"));
    assert!(code == 127 && told.contains("not found"), "{code} {told}");
}

#[test]
fn a_program_whose_loader_is_named_far_into_its_file_is_none_of_these() {
    let nest = Nest::new();
    // Behind everything else, as some tools write it: field p_offset of the header of type PT_INTERP, which is 3.
    let program = changed(&nest, "far", |bytes| {
        let number = |bytes: &[u8], at: usize, size: usize| {
            bytes[at..at + size].iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)) as usize
        };
        let (first, size, count) = (number(bytes, 32, 8), number(bytes, 54, 2), number(bytes, 56, 2));
        let headers = (0..count).map(|header| first + header * size);
        let header = headers.into_iter().find(|at| number(bytes, *at, 4) == 3).expect("it names its loader");
        let (start, length) = (number(bytes, header + 8, 8), number(bytes, header + 32, 8));
        let loader = bytes[start..start + length].to_vec();
        bytes[start..start + length].fill(b'x');
        bytes.resize(3 << 20, 0);
        let end = bytes.len() as u64;
        bytes[header + 8..header + 16].copy_from_slice(&end.to_le_bytes());
        bytes.extend(loader);
    });
    let mut command = nest.command(Workspace::built().worker());
    command.arg("--socket").arg(nest.socket()).args(["--inside", "--"]).arg(&program).arg("heard");
    let mut process = Process::start("the wrapper", &mut command);
    let code = process.exit_code();
    process.said().to_its_end();
    assert_eq!((code, &*process.said().shown()), (0, "heard"), "{}", process.complained().shown());
}
