//! The functions that the program meant.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A place for one of them, found at its first call.
pub(crate) struct Real {
    name: &'static CStr,
    place: AtomicPtr<c_void>,
}

impl Real {
    pub(crate) const fn named(name: &'static CStr) -> Real {
        Real { name, place: AtomicPtr::new(null_mut()) }
    }

    /// Whatever comes after us under this name; null where nothing does.
    #[inline(always)]
    pub(crate) fn find(&self) -> *mut c_void {
        let known = self.place.load(Ordering::Relaxed);
        if known.is_null() { self.look() } else { known }
    }

    #[cold]
    fn look(&self) -> *mut c_void {
        let before = errno();
        // SAFETY: the name is a C string. Several threads at once find the same.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        set_errno(before);
        self.place.store(found, Ordering::Relaxed);
        found
    }
}

pub(crate) fn errno() -> c_int {
    // SAFETY: the C library answers a pointer to this thread's own.
    unsafe { *libc::__errno_location() }
}

pub(crate) fn set_errno(errno: c_int) {
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno }
}
