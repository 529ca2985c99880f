//! Waiting until a time of day: the program reckons it by a clock that may be wrong, and the kernel by the right one.
//!
//! Without this a thread whose clock is an hour ahead would wait for an hour, also when the clock is right again.

use std::ffi::{c_char, c_int, c_uint, c_void};

use chaos_kitty_table::{Call, SHIFT, now};
use libc::{CLOCK_REALTIME, clockid_t, itimerspec, timespec};

use crate::asked::{Answer, asked, offset};
use crate::known;
use crate::length::Length;
use crate::real::Real;
use crate::subject::Subject;
use crate::table::rules;

const SECOND: i128 = 1_000_000_000;

/// Until when a function waits.
trait Until: Copy {
    fn time(&mut self) -> &mut timespec;

    /// When it is by the right clock, where the program's is wrong now; nothing where there is nothing to be changed.
    ///
    /// A condition may be waited for by the monotonic clock, and does not tell, nor does a timer: the two are decades apart, so a
    /// time that is nearer to that is one of it. So is no time at all, which is the end of a timer.
    ///
    /// # Safety
    /// It must be one, or null.
    unsafe fn right(own: *const Self) -> Option<Self> {
        if !rules().are_about(SHIFT) {
            return None;
        }
        // SAFETY: the caller says so.
        let mut changed = *unsafe { own.as_ref() }?;
        let time = changed.time();
        let off = offset()?;
        let real = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
        let asked = i128::from(time.tv_sec) * SECOND + i128::from(time.tv_nsec);
        let wrong = i128::from(real.tv_sec) * SECOND + i128::from(real.tv_nsec) + i128::from(off);
        if asked.abs_diff(wrong) > asked.abs_diff(i128::from(now())) {
            return None;
        }
        // No time is before the first: that is over in any case.
        let right = (asked - i128::from(off)).max(0);
        time.tv_sec = right.div_euclid(SECOND) as _;
        time.tv_nsec = right.rem_euclid(SECOND) as _;
        Some(changed)
    }
}

impl Until for timespec {
    fn time(&mut self) -> &mut timespec {
        self
    }
}

/// The first time of a timer; how often it comes back after that is no time of day.
impl Until for itimerspec {
    fn time(&mut self) -> &mut timespec {
        &mut self.it_value
    }
}

/// Defines a function that waits for something until a time of day.
macro_rules! timed {
    ($(
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty $(as of $version:literal)?;
        until $time:ident $(by $clock:ident)? $(with $flags:ident)?;
    )*) => {$(
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C-unwind" fn $name($($argument: $type),*) -> $answer {
            static REAL: Real = Real::named({
                const NAME: &[u8] = concat!(stringify!($name), "\0").as_bytes();
                match std::ffi::CStr::from_bytes_with_nul(NAME) {
                    Ok(name) => name,
                    Err(_) => c"",
                }
            })$(.of($version))?;
            known!(REAL);
            let real = REAL.find();
            if real.is_null() {
                return libc::ENOSYS as $answer;
            }
            // SAFETY: what has this name is the C library's function of this signature.
            let real: unsafe extern "C-unwind" fn($($type),*) -> $answer = unsafe { std::mem::transmute(real) };
            let is_meant = true $(&& $clock == CLOCK_REALTIME)? $(&& $flags & libc::TIMER_ABSTIME != 0)?;
            // SAFETY: the program's own time.
            let right = if is_meant { unsafe { Until::right($time) } } else { None };
            let $time = right.as_ref().map_or($time, std::ptr::from_ref);
            // SAFETY: the program's own arguments, and a time that lives as long as the call.
            unsafe { real($($argument),*) }
        }
    )*};
}

timed! {
    // There is an older one of this name, for what conditions were then.
    fn pthread_cond_timedwait(
        condition: *mut c_void, lock: *mut c_void, time: *const timespec,
    ) -> c_int as of c"GLIBC_2.3.2";
    until time;

    fn pthread_cond_clockwait(
        condition: *mut c_void, lock: *mut c_void, clock: clockid_t, time: *const timespec,
    ) -> c_int;
    until time by clock;

    fn pthread_mutex_timedlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn pthread_mutex_clocklock(lock: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock;

    fn pthread_rwlock_timedrdlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn pthread_rwlock_timedwrlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn pthread_rwlock_clockrdlock(lock: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock;

    fn pthread_rwlock_clockwrlock(lock: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock;

    fn pthread_timedjoin_np(thread: usize, place: *mut *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn pthread_clockjoin_np(
        thread: usize, place: *mut *mut c_void, clock: clockid_t, time: *const timespec,
    ) -> c_int;
    until time by clock;

    fn sem_timedwait(semaphore: *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn sem_clockwait(semaphore: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock;

    fn cnd_timedwait(condition: *mut c_void, lock: *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn mtx_timedlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time;

    fn mq_timedsend(
        queue: c_int, message: *const c_char, length: usize, priority: c_uint, time: *const timespec,
    ) -> c_int;
    until time;

    fn mq_timedreceive(
        queue: c_int, message: *mut c_char, length: usize, priority: *mut c_uint, time: *const timespec,
    ) -> isize;
    until time;

    // The timer knows its clock, and does not tell. An older one of this name has timers of another kind.
    fn timer_settime(
        timer: *mut c_void, flags: c_int, time: *const itimerspec, before: *mut itimerspec,
    ) -> c_int as of c"GLIBC_2.3.3";
    until time with flags;

    fn timerfd_settime(
        timer: c_int, flags: c_int, time: *const itimerspec, before: *mut itimerspec,
    ) -> c_int;
    until time with flags;
}

entry! {
    fn clock_nanosleep(clock: clockid_t, flags: c_int, length: *const timespec, left: *mut timespec) -> c_int;
    // By the clock as well, where it is until a time of day.
    Nanosleep | Shift, missing std::convert::identity, closer sleep_until
}

type ClockNanosleep = unsafe extern "C-unwind" fn(clockid_t, c_int, *const timespec, *mut timespec) -> c_int;

unsafe fn sleep_until(
    real: ClockNanosleep,
    clock: clockid_t,
    flags: c_int,
    length: *const timespec,
    left: *mut timespec,
) -> c_int {
    if let Answer::Fail(errno) = asked(Call::Nanosleep, &Subject::Nothing, &Length::Whole) {
        return errno;
    }
    let is_meant = clock == CLOCK_REALTIME && flags & libc::TIMER_ABSTIME != 0;
    // SAFETY: the program's own time.
    let right = if is_meant { unsafe { Until::right(length) } } else { None };
    let length = right.as_ref().map_or(length, std::ptr::from_ref);
    // SAFETY: the program's own arguments, and a time that lives as long as the call.
    unsafe { real(clock, flags, length, left) }
}
