//! The table of whoever started this program.

use std::ffi::CStr;
use std::os::raw::c_char;

use chaos_kitty_table::{Counters, Mapped, Rules};
use rustix::fs::{CWD, Mode, OFlags, openat};

use crate::real::find_all;
use crate::task::{self, give_back_in_child};
use crate::urgent;

/// Where the wrapper says which table is meant: `TOKEN:PATH`, the token in hexadecimal digits.
const VARIABLE: &CStr = c"CHAOS_KITTY_INSIDE";

/// Empty, until the wrapper's is mapped in their places. They fill their pages.
static RULES: Rules = Rules::none();
static COUNTERS: Counters = Counters::none();

/// The rules, and until the table is mapped those of an empty one.
#[inline(always)]
pub(crate) fn rules() -> &'static Rules {
    &RULES
}

/// What they have hit.
pub(crate) fn counters() -> &'static Counters {
    &COUNTERS
}

#[used]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start;

/// Maps the table when the program starts, before its own code runs. Where there is none, the program is no victim.
extern "C" fn start() {
    // SAFETY: the name is a C string. Nobody changes the environment yet: there is one thread, which is here.
    let value = unsafe { libc::getenv(VARIABLE.as_ptr()) };
    let Some((token, path)) = told(value) else { return };
    // Whatever is there, until it is known to be the table.
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let Ok(file) = openat(CWD, path, flags, Mode::empty()) else { return };
    let own = Mapped { rules: &RULES, counters: &COUNTERS };
    if own.inside(&file, token).is_err() {
        return;
    }
    find_all();
    // What they find out at their first call is known from here on, and in a signal's handler too.
    let _ = (rustix::param::page_size(), chaos_kitty_table::now());
    urgent::listen();
    // SAFETY: the function calls nothing that may not be called in a child after fork.
    unsafe { libc::pthread_atfork(None, None, Some(give_back_in_child)) };
    task::leave();
    COUNTERS.map();
}

fn told<'a>(value: *const c_char) -> Option<(u64, &'a CStr)> {
    if value.is_null() {
        return None;
    }
    // SAFETY: getenv answers a C string, which stays as it is while this runs: see above.
    let value = unsafe { CStr::from_ptr(value) };
    let colon = value.to_bytes().iter().position(|byte| *byte == b':')?;
    let (token, path) = value.to_bytes_with_nul().split_at_checked(colon)?;
    let token = u64::from_str_radix(str::from_utf8(token).ok()?, 16).ok()?;
    Some((token, CStr::from_bytes_with_nul(path.get(1..)?).ok()?))
}
