//! open and fsync, and their kin.
//!
//! open takes its third argument only sometimes. It is passed on as it comes: by the calling conventions of all machines that
//! we know of it is in a register, where it does no harm.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;

use libc::{AT_FDCWD, DIR, FILE, mode_t, off64_t};

use super::minus_one;
use crate::real::set_errno;

/// Neither a file nor a directory.
fn none<T>(errno: c_int) -> *mut T {
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
    Open(Subject::Path(AT_FDCWD, path)), fail none;

    fn fopen64(path: *const c_char, mode: *const c_char) -> *mut FILE;
    Open(Subject::Path(AT_FDCWD, path)), fail none;

    fn freopen(path: *const c_char, mode: *const c_char, file: *mut FILE) -> *mut FILE;
    Open(Subject::Path(AT_FDCWD, path)), fail none;

    fn freopen64(path: *const c_char, mode: *const c_char, file: *mut FILE) -> *mut FILE;
    Open(Subject::Path(AT_FDCWD, path)), fail none;

    fn opendir(path: *const c_char) -> *mut DIR;
    Open(Subject::Path(AT_FDCWD, path)), fail none;

    fn mkstemp(template: *mut c_char) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkstemp64(template: *mut c_char) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkostemp(template: *mut c_char, flags: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkostemp64(template: *mut c_char, flags: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkstemps(template: *mut c_char, suffix: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkstemps64(template: *mut c_char, suffix: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkostemps(template: *mut c_char, suffix: c_int, flags: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn mkostemps64(template: *mut c_char, suffix: c_int, flags: c_int) -> c_int;
    Open(Subject::Path(AT_FDCWD, template)), fail minus_one;

    fn fsync(fd: c_int) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;

    fn fdatasync(fd: c_int) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;

    fn syncfs(fd: c_int) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;

    fn sync_file_range(fd: c_int, start: off64_t, count: off64_t, flags: c_uint) -> c_int;
    Fsync(Subject::Descriptor(fd)), fail minus_one;

    fn msync(start: *mut c_void, count: usize, flags: c_int) -> c_int;
    Fsync(Subject::Nothing), fail minus_one;
}
