//! A program that has forbidden itself system calls, and would be killed for ours.

use chaos_kitty_tests::{Nest, json};

use super::{Inside, outcome};

/// The number of the call.
const READLINKAT: u32 = if cfg!(target_arch = "x86_64") { 267 } else { 78 };

#[test]
fn a_program_that_forbids_itself_system_calls_is_told_so_and_lives_on() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let file = nest.path().join("file").display().to_string();
    inside.asks(&format!("file = os.open({file:?}, os.O_RDWR | os.O_CREAT)"));
    // Looking at where a write goes is a call of readlinkat, which kills from here on.
    inside.asks("import struct; libc = ctypes.CDLL(None)");
    let filter = [
        // BPF_LD | BPF_W | BPF_ABS: the number of the call.
        "struct.pack('HBBI', 0x20, 0, 0, 0)".to_owned(),
        // BPF_JMP | BPF_JEQ | BPF_K.
        format!("struct.pack('HBBI', 0x15, 0, 1, {})", READLINKAT),
        // BPF_RET: SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW.
        "struct.pack('HBBI', 0x06, 0, 0, 0x80000000)".to_owned(),
        "struct.pack('HBBI', 0x06, 0, 0, 0x7fff0000)".to_owned(),
    ];
    inside.asks(&format!("filter = ctypes.create_string_buffer({})", filter.join(" + ")));
    inside
        .asks("program = ctypes.create_string_buffer(struct.pack('HxxxxxxP', 4, ctypes.addressof(filter)))");
    // PR_SET_NO_NEW_PRIVS, and PR_SET_SECCOMP with a filter.
    assert_eq!(inside.asks("libc.prctl(38, 1, 0, 0, 0)"), 0);
    assert_eq!(inside.asks("libc.prctl(22, 2, program)"), 0);
    let disturb = ["disturb", "calls=write", "errno=EIO", "path=/nowhere/*", "duration=1"];
    let outcome = outcome(&mut inside.begin(&disturb));
    assert_eq!((&outcome["verdict"], &outcome["error"]["kind"]), (&json!("none"), &json!("refused")));
    let why = outcome["error"]["message"].as_str().unwrap();
    assert!(why.contains("forbidden itself system calls") && why.contains("from outside"), "{why}");
    assert_eq!(inside.asks("os.pwrite(file, b'x', 0)"), 1);
    inside.end();
}
