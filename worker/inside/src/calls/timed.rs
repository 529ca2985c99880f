//! Waiting until a time of day: the program reckons it by a clock that may be wrong, and the kernel by the right one.
//!
//! Without this a thread whose clock is an hour ahead would wait for an hour, also when the clock is right again.

use std::ffi::{c_char, c_int, c_uint, c_void};

use chaos_kitty_table::Call;
use libc::{CLOCK_REALTIME, ETIMEDOUT, clockid_t, timespec};

use crate::asked::{Answer, asked};
use crate::known;
use crate::length::Length;
use crate::real::{Real, errno, set_errno};
use crate::subject::Subject;
use crate::table::rules;
use crate::until::Until;

/// C11's thrd_timedout.
const TIMED_OUT: c_int = 4;

/// How a function says that the time came first.
mod late {
    use super::{ETIMEDOUT, TIMED_OUT, c_int, errno};

    pub(super) fn posix(answer: c_int) -> bool {
        answer == ETIMEDOUT
    }

    pub(super) fn c11(answer: c_int) -> bool {
        answer == TIMED_OUT
    }

    /// What fails with -1 and says why in errno.
    pub(super) fn minus_one<T: PartialEq + From<i8>>(answer: T) -> bool {
        answer == T::from(-1) && errno() == ETIMEDOUT
    }

    pub(super) fn asleep(answer: c_int) -> bool {
        answer == 0
    }
}

/// Waits until that time of the program's clock.
///
/// `real` waits until one of the right clock's, and `is_late` says whether that has come first. A function that lets go of a lock
/// meanwhile may miss who wakes it between two waits: it is to say `woken`, as it may at any time.
///
/// # Safety
/// It must be a time, or null.
#[inline(always)]
unsafe fn wait<T: Copy>(
    time: *const timespec,
    real: impl Fn(*const timespec) -> T,
    is_late: impl Fn(T) -> bool,
    woken: Option<T>,
) -> T {
    // SAFETY: the caller says so.
    let until = unsafe { time.as_ref() }.and_then(Until::of);
    let Some(mut until) = until else { return real(time) };
    let before = errno();
    // Where it is over already, that is for the real one to say.
    let mut next = until.next().unwrap_or_else(|| until.right());
    loop {
        let answer = real(&raw const next);
        if !is_late(answer) {
            return answer;
        }
        let Some(more) = until.next() else {
            until.told();
            return answer;
        };
        set_errno(before);
        if let Some(woken) = woken {
            return woken;
        }
        next = more;
    }
}

/// Defines a function that waits for something until a time of day.
macro_rules! timed {
    ($(
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty $(as of $version:literal)?;
        until $time:ident $(by $clock:ident)?, late $late:ident $(, or woken $woken:literal)?;
    )*) => {$(
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C-unwind" fn $name($($argument: $type),*) -> $answer {
            static REAL: Real = $crate::calls::named!($name)$(.of($version))?;
            known!(REAL);
            let real = REAL.find();
            if real.is_null() {
                return libc::ENOSYS as $answer;
            }
            // SAFETY: what has this name is the C library's function of this signature.
            let real: unsafe extern "C-unwind" fn($($type),*) -> $answer = unsafe { std::mem::transmute(real) };
            // SAFETY: the program's own arguments, and a time that lives as long as the call.
            let real = |$time: *const timespec| unsafe { real($($argument),*) };
            if !(true $(&& $clock == CLOCK_REALTIME)?) {
                return real($time);
            }
            // SAFETY: the program's own time.
            unsafe { wait($time, real, late::$late, None$(.or(Some($woken)))?) }
        }
    )*};
}

timed! {
    // There is an older one of this name, for what conditions were then.
    fn pthread_cond_timedwait(
        condition: *mut c_void, lock: *mut c_void, time: *const timespec,
    ) -> c_int as of c"GLIBC_2.3.2";
    until time, late posix, or woken 0;

    fn pthread_cond_clockwait(
        condition: *mut c_void, lock: *mut c_void, clock: clockid_t, time: *const timespec,
    ) -> c_int;
    until time by clock, late posix, or woken 0;

    fn pthread_mutex_timedlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time, late posix;

    fn pthread_mutex_clocklock(lock: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock, late posix;

    fn pthread_rwlock_timedrdlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time, late posix;

    fn pthread_rwlock_timedwrlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time, late posix;

    fn pthread_rwlock_clockrdlock(lock: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock, late posix;

    fn pthread_rwlock_clockwrlock(lock: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock, late posix;

    fn pthread_timedjoin_np(thread: usize, place: *mut *mut c_void, time: *const timespec) -> c_int;
    until time, late posix;

    fn pthread_clockjoin_np(
        thread: usize, place: *mut *mut c_void, clock: clockid_t, time: *const timespec,
    ) -> c_int;
    until time by clock, late posix;

    fn sem_timedwait(semaphore: *mut c_void, time: *const timespec) -> c_int;
    until time, late minus_one;

    fn sem_clockwait(semaphore: *mut c_void, clock: clockid_t, time: *const timespec) -> c_int;
    until time by clock, late minus_one;

    fn cnd_timedwait(condition: *mut c_void, lock: *mut c_void, time: *const timespec) -> c_int;
    until time, late c11, or woken 0;

    fn mtx_timedlock(lock: *mut c_void, time: *const timespec) -> c_int;
    until time, late c11;

    fn mq_timedsend(
        queue: c_int, message: *const c_char, length: usize, priority: c_uint, time: *const timespec,
    ) -> c_int;
    until time, late minus_one;

    fn mq_timedreceive(
        queue: c_int, message: *mut c_char, length: usize, priority: *mut c_uint, time: *const timespec,
    ) -> isize;
    until time, late minus_one;
}

type ClockNanosleep = unsafe extern "C-unwind" fn(clockid_t, c_int, *const timespec, *mut timespec) -> c_int;

/// It is looked at where it is until a time of day, also while no rule is about it: that may have been reckoned before.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    length: *const timespec,
    left: *mut timespec,
) -> c_int {
    static REAL: Real = Real::named(c"clock_nanosleep");
    known!(REAL);
    let real = REAL.find();
    if real.is_null() {
        return libc::ENOSYS;
    }
    // SAFETY: what has this name is the C library's function of this signature.
    let real: ClockNanosleep = unsafe { std::mem::transmute(real) };
    if rules().are_about(Call::Nanosleep.bit())
        && let Answer::Fail(errno) = asked(Call::Nanosleep, &Subject::Nothing, &Length::Whole)
    {
        return errno;
    }
    let is_meant = clock == CLOCK_REALTIME && flags & libc::TIMER_ABSTIME != 0;
    // SAFETY: the program's own arguments, and a time that lives as long as the call.
    let real = |length| unsafe { real(clock, flags, length, left) };
    if !is_meant {
        return real(length);
    }
    // SAFETY: the program's own time.
    unsafe { wait(length, real, late::asleep, None) }
}
