//! getaddrinfo.

use std::ffi::{c_char, c_int};

use libc::addrinfo;

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

hooked! {
    fn getaddrinfo(
        host: *const c_char, service: *const c_char, hints: *const addrinfo, found: *mut *mut addrinfo,
    ) -> c_int;
    Getaddrinfo(Subject::Host(host)), fail unresolved;
}
