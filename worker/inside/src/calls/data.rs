//! read and write, and their kin.

use std::ffi::{c_int, c_uint, c_void};

use libc::{iovec, off_t, off64_t};

use super::{minus_one, shorter};

hooked! {
    fn read(fd: c_int, buffer: *mut c_void, count: usize) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn __read_chk(fd: c_int, buffer: *mut c_void, count: usize, size: usize) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pread(fd: c_int, buffer: *mut c_void, count: usize, offset: off_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pread64(fd: c_int, buffer: *mut c_void, count: usize, offset: off64_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn __pread_chk(fd: c_int, buffer: *mut c_void, count: usize, offset: off_t, size: usize) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn __pread64_chk(fd: c_int, buffer: *mut c_void, count: usize, offset: off64_t, size: usize) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn readv(fd: c_int, parts: *const iovec, count: c_int) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn preadv(fd: c_int, parts: *const iovec, count: c_int, offset: off_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn preadv64(fd: c_int, parts: *const iovec, count: c_int, offset: off64_t) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn preadv2(fd: c_int, parts: *const iovec, count: c_int, offset: off_t, flags: c_int) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn preadv64v2(fd: c_int, parts: *const iovec, count: c_int, offset: off64_t, flags: c_int) -> isize;
    Read(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn write(fd: c_int, buffer: *const c_void, count: usize) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pwrite(fd: c_int, buffer: *const c_void, count: usize, offset: off_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn pwrite64(fd: c_int, buffer: *const c_void, count: usize, offset: off64_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn writev(fd: c_int, parts: *const iovec, count: c_int) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn pwritev(fd: c_int, parts: *const iovec, count: c_int, offset: off_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn pwritev64(fd: c_int, parts: *const iovec, count: c_int, offset: off64_t) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn pwritev2(fd: c_int, parts: *const iovec, count: c_int, offset: off_t, flags: c_int) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn pwritev64v2(fd: c_int, parts: *const iovec, count: c_int, offset: off64_t, flags: c_int) -> isize;
    Write(Subject::Descriptor(fd)), fail minus_one, parts parts count;

    fn copy_file_range(
        from: c_int, start: *mut off64_t, to: c_int, place: *mut off64_t, count: usize, flags: c_uint,
    ) -> isize;
    Write(Subject::Descriptor(to)), fail minus_one, shorten count shorter;

    fn splice(
        from: c_int, start: *mut off64_t, to: c_int, place: *mut off64_t, count: usize, flags: c_uint,
    ) -> isize;
    Write(Subject::Descriptor(to)), fail minus_one, shorten count shorter;
}
