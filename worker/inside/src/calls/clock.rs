//! The clocks that show the time of day: they are read as they are, and then put wrong.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use chaos_kitty_table::Call;
use libc::{clockid_t, time_t, timespec, timeval};

use super::minus_one;
use crate::asked::{Answer, asked, shift};
use crate::length::Length;
use crate::subject::Subject;
use crate::table::rules;

const SECOND: i64 = 1_000_000_000;
const TIME_UTC: c_int = 1;

type ClockGettime = unsafe extern "C-unwind" fn(clockid_t, *mut timespec) -> c_int;
type Gettimeofday = unsafe extern "C-unwind" fn(*mut timeval, *mut c_void) -> c_int;
type Time = unsafe extern "C-unwind" fn(*mut time_t) -> time_t;
type TimespecGet = unsafe extern "C-unwind" fn(*mut timespec, c_int) -> c_int;

entry! {
    fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int;
    ClockGettime | Shift, missing minus_one, closer read_clock
}

entry! {
    fn gettimeofday(time: *mut timeval, zone: *mut c_void) -> c_int;
    ClockGettime | Shift, missing minus_one, closer read_day
}

entry! {
    fn time(place: *mut time_t) -> time_t;
    ClockGettime | Shift, missing minus_one, closer read_seconds
}

entry! {
    fn timespec_get(time: *mut timespec, base: c_int) -> c_int;
    ClockGettime | Shift, missing (|_| 0), closer read_base
}

/// Whether it shows the time of day. The monotonic clock never jumps, and is left alone.
fn shows_the_time(clock: clockid_t) -> bool {
    matches!(clock, libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE | libc::CLOCK_TAI)
}

/// With this errno, where it is to fail.
#[inline]
fn failure() -> Option<c_int> {
    // Whether it is about the clock alone, as it mostly is where this is looked at all the time.
    if !rules().are_about(Call::ClockGettime.bit()) {
        return None;
    }
    match asked(Call::ClockGettime, &Subject::Nothing, &Length::Whole) {
        Answer::Fail(errno) => Some(errno),
        Answer::Shorten(_) | Answer::Go => None,
    }
}

/// Seconds and nanoseconds that are off by what the rules say.
fn shifted(seconds: time_t, nanoseconds: i64) -> (time_t, i64) {
    let by = shift();
    let nanoseconds = nanoseconds + by.rem_euclid(SECOND);
    let seconds =
        seconds.saturating_add(by.div_euclid(SECOND)).saturating_add(nanoseconds.div_euclid(SECOND));
    (seconds, nanoseconds.rem_euclid(SECOND))
}

/// # Safety
/// It must be a time that may be written, or null.
unsafe fn put_wrong(time: *mut timespec) {
    // SAFETY: the caller says so.
    if let Some(time) = unsafe { time.as_mut() } {
        (time.tv_sec, time.tv_nsec) = shifted(time.tv_sec, time.tv_nsec);
    }
}

unsafe fn read_clock(real: ClockGettime, clock: clockid_t, time: *mut timespec) -> c_int {
    if let Some(errno) = failure() {
        return minus_one(errno);
    }
    // SAFETY: the program's own arguments.
    let answer = unsafe { real(clock, time) };
    if answer == 0 && shows_the_time(clock) {
        // SAFETY: it did not fail, so it has just written there.
        unsafe { put_wrong(time) };
    }
    answer
}

unsafe fn read_day(real: Gettimeofday, time: *mut timeval, zone: *mut c_void) -> c_int {
    if let Some(errno) = failure() {
        return minus_one(errno);
    }
    // SAFETY: the program's own arguments.
    let answer = unsafe { real(time, zone) };
    // SAFETY: where it did not fail, it has just written there, if there is a place.
    if let Some(time) = unsafe { time.as_mut() }.filter(|_| answer == 0) {
        let (seconds, nanoseconds) = shifted(time.tv_sec, time.tv_usec * 1000);
        (time.tv_sec, time.tv_usec) = (seconds, nanoseconds / 1000);
    }
    answer
}

unsafe fn read_seconds(real: Time, place: *mut time_t) -> time_t {
    if let Some(errno) = failure() {
        return minus_one(errno);
    }
    // SAFETY: null is what it takes where the time is not to be written anywhere.
    let (seconds, _) = shifted(unsafe { real(null_mut()) }, 0);
    // SAFETY: where the program gives a place, it is one for a time.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = seconds;
    }
    seconds
}

unsafe fn read_base(real: TimespecGet, time: *mut timespec, base: c_int) -> c_int {
    if failure().is_some() {
        return 0;
    }
    // SAFETY: the program's own arguments.
    let answer = unsafe { real(time, base) };
    if answer == TIME_UTC {
        // SAFETY: it did not fail, so it has just written there.
        unsafe { put_wrong(time) };
    }
    answer
}
