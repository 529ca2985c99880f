//! The clocks that show the time of day: they are read as they are, and then put wrong.

use std::ffi::{c_int, c_void};

use chaos_kitty_table::Call;
use libc::{clockid_t, time_t, timespec, timeval};

use super::minus_one;
use crate::asked::{Answer, asked, shift};
use crate::known;
use crate::real::{Real, set_errno};
use crate::subject::Subject;
use crate::table::rules;

const SECOND: i128 = 1_000_000_000;

#[inline(always)]
fn is_armed() -> bool {
    rules().are_about(Call::ClockGettime.bit())
}

/// Whether it shows the time of day. The monotonic clock never jumps, and is left alone.
fn shows_the_time(clock: clockid_t) -> bool {
    matches!(clock, libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE | libc::CLOCK_TAI)
}

/// Seconds and nanoseconds that are off by what the rules say.
fn shifted(seconds: time_t, nanoseconds: i64) -> (time_t, i64) {
    let all = i128::from(seconds) * SECOND + i128::from(nanoseconds) + i128::from(shift());
    (all.div_euclid(SECOND) as time_t, all.rem_euclid(SECOND) as i64)
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    static REAL: Real = Real::named(c"clock_gettime");
    known!(REAL);
    let real = REAL.find();
    if real.is_null() {
        return minus_one(libc::ENOSYS);
    }
    // SAFETY: what has this name is the C library's function of this signature.
    let real: unsafe extern "C-unwind" fn(clockid_t, *mut timespec) -> c_int =
        unsafe { std::mem::transmute(real) };
    if !is_armed() {
        // SAFETY: the program's own arguments.
        return unsafe { real(clock, time) };
    }
    if let Answer::Fail(errno) = asked(Call::ClockGettime, &Subject::Nothing) {
        return minus_one(errno);
    }
    // SAFETY: as above.
    let answer = unsafe { real(clock, time) };
    if answer != 0 || !shows_the_time(clock) {
        return answer;
    }
    // SAFETY: it did not fail, so it has just written there.
    if let Some(time) = unsafe { time.as_mut() } {
        (time.tv_sec, time.tv_nsec) = shifted(time.tv_sec, time.tv_nsec);
    }
    answer
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn gettimeofday(time: *mut timeval, zone: *mut c_void) -> c_int {
    static REAL: Real = Real::named(c"gettimeofday");
    known!(REAL);
    let real = REAL.find();
    if real.is_null() {
        return minus_one(libc::ENOSYS);
    }
    // SAFETY: what has this name is the C library's function of this signature.
    let real: unsafe extern "C-unwind" fn(*mut timeval, *mut c_void) -> c_int =
        unsafe { std::mem::transmute(real) };
    if !is_armed() {
        // SAFETY: the program's own arguments.
        return unsafe { real(time, zone) };
    }
    if let Answer::Fail(errno) = asked(Call::ClockGettime, &Subject::Nothing) {
        return minus_one(errno);
    }
    // SAFETY: as above.
    let answer = unsafe { real(time, zone) };
    if answer != 0 {
        return answer;
    }
    // SAFETY: it did not fail, so it has just written there.
    if let Some(time) = unsafe { time.as_mut() } {
        let (seconds, nanoseconds) = shifted(time.tv_sec, time.tv_usec * 1000);
        (time.tv_sec, time.tv_usec) = (seconds, nanoseconds / 1000);
    }
    answer
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn time(place: *mut time_t) -> time_t {
    static REAL: Real = Real::named(c"time");
    known!(REAL);
    let real = REAL.find();
    if real.is_null() {
        return minus_one(libc::ENOSYS);
    }
    // SAFETY: what has this name is the C library's function of this signature.
    let real: unsafe extern "C-unwind" fn(*mut time_t) -> time_t = unsafe { std::mem::transmute(real) };
    if !is_armed() {
        // SAFETY: the program's own argument.
        return unsafe { real(place) };
    }
    if let Answer::Fail(errno) = asked(Call::ClockGettime, &Subject::Nothing) {
        set_errno(errno);
        return -1;
    }
    // SAFETY: null is what it takes where the time is not to be written anywhere.
    let (seconds, _) = shifted(unsafe { real(std::ptr::null_mut()) }, 0);
    // SAFETY: where the program gives a place, it is one for a time.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = seconds;
    }
    seconds
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn timespec_get(time: *mut timespec, base: c_int) -> c_int {
    const TIME_UTC: c_int = 1;
    static REAL: Real = Real::named(c"timespec_get");
    known!(REAL);
    let real = REAL.find();
    if real.is_null() {
        return 0;
    }
    // SAFETY: what has this name is the C library's function of this signature.
    let real: unsafe extern "C-unwind" fn(*mut timespec, c_int) -> c_int =
        unsafe { std::mem::transmute(real) };
    if !is_armed() {
        // SAFETY: the program's own arguments.
        return unsafe { real(time, base) };
    }
    if let Answer::Fail(_) = asked(Call::ClockGettime, &Subject::Nothing) {
        return 0;
    }
    // SAFETY: as above.
    let answer = unsafe { real(time, base) };
    if answer != TIME_UTC {
        return answer;
    }
    // SAFETY: it did not fail, so it has just written there.
    if let Some(time) = unsafe { time.as_mut() } {
        (time.tv_sec, time.tv_nsec) = shifted(time.tv_sec, time.tv_nsec);
    }
    answer
}
