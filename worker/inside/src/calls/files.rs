//! open and fsync, and their kin.
//!
//! open takes its third argument only sometimes. It is passed on as it comes: by the calling conventions of all machines that
//! we know of it is in a register, where it does no harm.

use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

use libc::{AT_FDCWD, FILE, mode_t};

use super::minus_one;
use crate::real::set_errno;

fn no_file(errno: c_int) -> *mut FILE {
    set_errno(errno);
    null_mut()
}

hooked! {
    fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int;
    Open(Subject::Path(AT_FDCWD, path)), fail minus_one;

    fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int;
    Open(Subject::Path(AT_FDCWD, path)), fail minus_one;

    fn openat(folder: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int;
    Open(Subject::Path(folder, path)), fail minus_one;

    fn openat64(folder: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int;
    Open(Subject::Path(folder, path)), fail minus_one;

    fn creat(path: *const c_char, mode: mode_t) -> c_int;
    Open(Subject::Path(AT_FDCWD, path)), fail minus_one;

    fn creat64(path: *const c_char, mode: mode_t) -> c_int;
    Open(Subject::Path(AT_FDCWD, path)), fail minus_one;

    fn __open_2(path: *const c_char, flags: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, path)), fail minus_one;

    fn __open64_2(path: *const c_char, flags: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, path)), fail minus_one;

    fn __openat_2(folder: c_int, path: *const c_char, flags: c_int) -> c_int;
    Open(Subject::Path(folder, path)), fail minus_one;

    fn __openat64_2(folder: c_int, path: *const c_char, flags: c_int) -> c_int;
    Open(Subject::Path(folder, path)), fail minus_one;

    fn fopen(path: *const c_char, mode: *const c_char) -> *mut FILE;
    Open(Subject::Path(AT_FDCWD, path)), fail no_file;

    fn fopen64(path: *const c_char, mode: *const c_char) -> *mut FILE;
    Open(Subject::Path(AT_FDCWD, path)), fail no_file;

    fn fsync(fd: c_int) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;

    fn fdatasync(fd: c_int) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;

    fn syncfs(fd: c_int) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;
}
