//! The functions that the program meant.
//!
//! They are found when the program starts, and else at their first call: dlsym may lock and allocate, which is not for a
//! signal's handler, nor for a child after fork.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A place for one of them, found at its first call.
pub(crate) struct Real {
    name: &'static CStr,
    /// Which of several of this name, where the first one found is not what programs mean.
    version: Option<&'static CStr>,
    place: AtomicPtr<c_void>,
}

/// All of them, as the linker puts them one after the other.
#[macro_export]
macro_rules! known {
    ($real:ident) => {
        const _: () = {
            #[used]
            #[unsafe(link_section = "chaos_kitty_reals")]
            static KNOWN: &$crate::real::Real = &$real;
        };
    };
}

unsafe extern "C" {
    #[link_name = "__start_chaos_kitty_reals"]
    static FIRST: usize;
    #[link_name = "__stop_chaos_kitty_reals"]
    static END: usize;
}

/// Finds all of them.
pub(crate) fn find_all() {
    let (mut next, end): (*const &Real, *const &Real) = ((&raw const FIRST).cast(), (&raw const END).cast());
    while next < end {
        // SAFETY: between these two the linker has put references of this kind, and nothing else.
        unsafe {
            (*next).find();
            next = next.add(1);
        }
    }
    // What is not there is no error that the program should be told of when it asks for its own.
    // SAFETY: the program's own code has not begun, so nobody keeps the text of an earlier one.
    unsafe { libc::dlerror() };
}

impl Real {
    pub(crate) const fn named(name: &'static CStr) -> Real {
        Real { name, version: None, place: AtomicPtr::new(null_mut()) }
    }

    /// The one of this version, where there is one: other machines' first one is another.
    pub(crate) const fn of(self, version: &'static CStr) -> Real {
        Real { version: Some(version), ..self }
    }

    /// Whatever comes after us under this name; null where nothing does.
    pub(crate) fn find(&self) -> *mut c_void {
        let found = self.found();
        if found.is_null() { self.look() } else { found }
    }

    /// The same, where it was found before; else null.
    #[inline(always)]
    pub(crate) fn found(&self) -> *mut c_void {
        self.place.load(Ordering::Relaxed)
    }

    #[cold]
    fn look(&self) -> *mut c_void {
        let before = errno();
        let mut found = null_mut();
        if let Some(version) = self.version {
            // SAFETY: both are C strings.
            found = unsafe { libc::dlvsym(libc::RTLD_NEXT, self.name.as_ptr(), version.as_ptr()) };
        }
        if found.is_null() {
            // SAFETY: the name is a C string. Several threads at once find the same.
            found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        }
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
