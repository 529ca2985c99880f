//! nanosleep and its kin.

use std::ffi::{c_int, c_uint};

use libc::{timespec, useconds_t};

use super::minus_one;

/// sleep cannot fail: it has not slept at all.
fn awake(_: c_int) -> c_uint {
    1
}

/// -1 is for a signal, and less for everything else.
fn interrupted(errno: c_int) -> c_int {
    if errno == libc::EINTR { -1 } else { -2 }
}

hooked! {
    fn thrd_sleep(length: *const timespec, left: *mut timespec) -> c_int;
    Nanosleep(Subject::Nothing), fail interrupted;

    fn nanosleep(length: *const timespec, left: *mut timespec) -> c_int;
    Nanosleep(Subject::Nothing), fail minus_one;

    fn usleep(length: useconds_t) -> c_int;
    Nanosleep(Subject::Nothing), fail minus_one;

    fn sleep(seconds: c_uint) -> c_uint;
    Nanosleep(Subject::Nothing), fail awake;
}
