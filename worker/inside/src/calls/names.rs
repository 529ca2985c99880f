//! getaddrinfo, and what there was before it.

use std::ffi::{c_char, c_int};

use std::ptr::null_mut;

use libc::{addrinfo, hostent};

use crate::real::set_errno;

/// The resolver's own word for what this errno says.
fn unresolved(errno: c_int) -> c_int {
    match errno {
        libc::EAGAIN => libc::EAI_AGAIN,
        libc::ENOENT => libc::EAI_NONAME,
        libc::ENOMEM => libc::EAI_MEMORY,
        other => {
            set_errno(other);
            libc::EAI_SYSTEM
        }
    }
}

unsafe extern "C" {
    fn __h_errno_location() -> *mut c_int;
}

/// The older resolver's own word for it.
fn unheard(errno: c_int) -> c_int {
    const NOBODY: c_int = 1;
    const TRY_AGAIN: c_int = 2;
    const NO_RECOVERY: c_int = 3;
    set_errno(errno);
    match errno {
        libc::ENOENT => NOBODY,
        libc::EAGAIN => TRY_AGAIN,
        _ => NO_RECOVERY,
    }
}

fn nobody(errno: c_int) -> *mut hostent {
    // SAFETY: the C library answers a pointer to this thread's own.
    unsafe { *__h_errno_location() = unheard(errno) };
    null_mut()
}

/// # Safety
/// Both places must be for what they are for, or null.
unsafe fn nobody_here(errno: c_int, found: *mut *mut hostent, why: *mut c_int) -> c_int {
    // SAFETY: the caller says so.
    if let Some(found) = unsafe { found.as_mut() } {
        *found = null_mut();
    }
    // SAFETY: as above.
    if let Some(why) = unsafe { why.as_mut() } {
        *why = unheard(errno);
    }
    errno
}

hooked! {
    fn getaddrinfo(
        host: *const c_char, service: *const c_char, hints: *const addrinfo, found: *mut *mut addrinfo,
    ) -> c_int;
    Getaddrinfo(Subject::Host(host)), fail unresolved;

    fn gethostbyname(host: *const c_char) -> *mut hostent;
    Getaddrinfo(Subject::Host(host)), fail nobody;

    fn gethostbyname2(host: *const c_char, family: c_int) -> *mut hostent;
    Getaddrinfo(Subject::Host(host)), fail nobody;

    fn gethostbyname_r(
        host: *const c_char, entry: *mut hostent, buffer: *mut c_char, length: usize, found: *mut *mut hostent,
        why: *mut c_int,
    ) -> c_int;
    Getaddrinfo(Subject::Host(host)),
    // SAFETY: the program's own places.
    fail (|errno| unsafe { nobody_here(errno, found, why) });

    fn gethostbyname2_r(
        host: *const c_char, family: c_int, entry: *mut hostent, buffer: *mut c_char, length: usize,
        found: *mut *mut hostent, why: *mut c_int,
    ) -> c_int;
    Getaddrinfo(Subject::Host(host)),
    // SAFETY: the program's own places.
    fail (|errno| unsafe { nobody_here(errno, found, why) });
}
