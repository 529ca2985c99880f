//! Timers that are set to a time of day: the kernel is told once, by the right clock as that is then.

use std::ffi::{c_int, c_void};
use std::ptr::from_ref;

use libc::{TIMER_ABSTIME, itimerspec};

use crate::known;
use crate::real::Real;
use crate::until::Until;

/// Its first time by the right clock, where that is another. How often it comes back after that is no time of day.
///
/// # Safety
/// It must be one, or null.
unsafe fn right(timer: *const itimerspec, flags: c_int) -> Option<itimerspec> {
    if flags & TIMER_ABSTIME == 0 {
        return None;
    }
    // SAFETY: the caller says so.
    let mut timer = unsafe { timer.as_ref() }.copied()?;
    timer.it_value = Until::of(&timer.it_value)?.right();
    Some(timer)
}

/// Defines a function that sets a timer.
macro_rules! timers {
    ($(fn $name:ident($timer:ident: $type:ty) $(as of $version:literal)?;)*) => {$(
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C-unwind" fn $name(
            $timer: $type,
            flags: c_int,
            time: *const itimerspec,
            before: *mut itimerspec,
        ) -> c_int {
            type Set = unsafe extern "C-unwind" fn($type, c_int, *const itimerspec, *mut itimerspec) -> c_int;
            static REAL: Real = $crate::calls::named!($name)$(.of($version))?;
            known!(REAL);
            let real = REAL.find();
            if real.is_null() {
                return super::minus_one(libc::ENOSYS);
            }
            // SAFETY: what has this name is the C library's function of this signature.
            let real: Set = unsafe { std::mem::transmute(real) };
            // SAFETY: the program's own time.
            let right = unsafe { right(time, flags) };
            // SAFETY: the program's own arguments, and a time that lives as long as the call.
            unsafe { real($timer, flags, right.as_ref().map_or(time, from_ref), before) }
        }
    )*};
}

timers! {
    // The timer knows its clock, and does not tell. An older one of this name has timers of another kind.
    fn timer_settime(timer: *mut c_void) as of c"GLIBC_2.3.3";
    fn timerfd_settime(timer: c_int);
}
