//! read and write, and their kin.

use std::ffi::{c_int, c_void};

use libc::{iovec, off_t, off64_t};

use super::{minus_one, shorter};

/// Fewer of them: where there is one alone, it stays whole.
fn fewer(count: c_int, share: u16) -> c_int {
    shorter(count.max(0).cast_unsigned() as usize, share) as c_int
}

hooked! {
    fn read(fd: c_int, buffer: *mut c_void, count: usize) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn __read_chk(fd: c_int, buffer: *mut c_void, count: usize, size: usize) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pread(fd: c_int, buffer: *mut c_void, count: usize, offset: off_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pread64(fd: c_int, buffer: *mut c_void, count: usize, offset: off64_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn readv(fd: c_int, parts: *const iovec, count: c_int) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;

    fn preadv(fd: c_int, parts: *const iovec, count: c_int, offset: off_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;

    fn preadv64(fd: c_int, parts: *const iovec, count: c_int, offset: off64_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;

    fn write(fd: c_int, buffer: *const c_void, count: usize) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pwrite(fd: c_int, buffer: *const c_void, count: usize, offset: off_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pwrite64(fd: c_int, buffer: *const c_void, count: usize, offset: off64_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn writev(fd: c_int, parts: *const iovec, count: c_int) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;

    fn pwritev(fd: c_int, parts: *const iovec, count: c_int, offset: off_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;

    fn pwritev64(fd: c_int, parts: *const iovec, count: c_int, offset: off64_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;
}
