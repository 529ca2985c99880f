//! How a process ended, in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::sys::signal::Signal;

use super::process::MEMORY_MEBIBYTES;

// What Rust's own runtime says before it aborts.
const OUT_OF_MEMORY: &str = "memory allocation of ";
const OVERFLOW: &str = "stack overflow";

/// Whether a line says how a process is about to end, whatever else is said after it.
pub(super) fn is_telling(line: &str) -> bool {
    line.starts_with(OUT_OF_MEMORY) || line.contains(OVERFLOW)
}

/// What to say of a process that ended by itself, given the last line that it wrote to its standard error.
pub(super) fn in_words(status: ExitStatus, last_words: &str) -> String {
    let Some(number) = status.signal() else {
        return format!("its process exited with {}", status.code().unwrap_or_default());
    };
    let signal =
        Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.to_string());
    if last_words.starts_with(OUT_OF_MEMORY) {
        return format!("its process ran out of its {MEMORY_MEBIBYTES} MiB of memory ({signal})");
    }
    if last_words.contains(OVERFLOW) {
        return format!("its process overflowed a stack ({signal})");
    }
    match last_words {
        "" => format!("its process was ended by {signal}"),
        words => format!("its process was ended by {signal}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_and_codes_and_what_was_said_before() {
        let signal = |number, words| in_words(ExitStatus::from_raw(number), words);
        assert_eq!(signal(11, ""), "its process was ended by SIGSEGV");
        assert_eq!(signal(6, "oh no"), "its process was ended by SIGABRT: oh no");
        let overflow = "fatal runtime error: stack overflow, aborting";
        assert_eq!(signal(6, overflow), "its process overflowed a stack (SIGABRT)");
        assert_eq!(
            signal(6, "memory allocation of 9 bytes failed"),
            "its process ran out of its 1024 MiB of memory (SIGABRT)"
        );
        assert_eq!(signal(34, ""), "its process was ended by signal 34");
        assert_eq!(in_words(ExitStatus::from_raw(3 << 8), "bye"), "its process exited with 3");
    }
}
