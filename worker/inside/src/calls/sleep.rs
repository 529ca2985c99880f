//! nanosleep and its kin.

use std::ffi::{c_int, c_uint};

use libc::{clockid_t, timespec, useconds_t};

use super::minus_one;

/// sleep cannot fail: it has not slept at all.
fn awake(_: c_int) -> c_uint {
    1
}

hooked! {
    fn nanosleep(length: *const timespec, left: *mut timespec) -> c_int;
    Nanosleep(Subject::Nothing), fail minus_one;

    fn clock_nanosleep(clock: clockid_t, flags: c_int, length: *const timespec, left: *mut timespec) -> c_int;
    Nanosleep(Subject::Nothing), fail std::convert::identity;

    fn usleep(length: useconds_t) -> c_int;
    Nanosleep(Subject::Nothing), fail minus_one;

    fn sleep(seconds: c_uint) -> c_uint;
    Nanosleep(Subject::Nothing), fail awake;
}
