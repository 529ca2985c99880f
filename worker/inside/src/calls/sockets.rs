//! connect, accept, send and recv, and their kin.

use std::ffi::{c_int, c_void};
use std::ptr::null;

use libc::{msghdr, off_t, off64_t, sockaddr, socklen_t};

use super::{minus_one, shorter};

hooked! {
    fn connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int;
    Connect(Subject::Socket(fd, address, length)), fail minus_one;

    fn accept(fd: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int;
    Accept(Subject::Descriptor(fd)), fail minus_one;

    fn accept4(fd: c_int, address: *mut sockaddr, length: *mut socklen_t, flags: c_int) -> c_int;
    Accept(Subject::Descriptor(fd)), fail minus_one;

    fn send(fd: c_int, buffer: *const c_void, count: usize, flags: c_int) -> isize;
    Send(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn sendto(
        fd: c_int, buffer: *const c_void, count: usize, flags: c_int, address: *const sockaddr, length: socklen_t,
    ) -> isize;
    Send(Subject::Socket(fd, address, length)), fail minus_one, shorten count shorter;

    fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> isize;
    Send(Subject::Socket(fd, null(), 0)), fail minus_one;

    fn sendfile(to: c_int, from: c_int, offset: *mut off_t, count: usize) -> isize;
    Send(Subject::Descriptor(to)), fail minus_one, shorten count shorter;

    fn sendfile64(to: c_int, from: c_int, offset: *mut off64_t, count: usize) -> isize;
    Send(Subject::Descriptor(to)), fail minus_one, shorten count shorter;

    fn recv(fd: c_int, buffer: *mut c_void, count: usize, flags: c_int) -> isize;
    Recv(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn __recv_chk(fd: c_int, buffer: *mut c_void, count: usize, size: usize, flags: c_int) -> isize;
    Recv(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn recvfrom(
        fd: c_int, buffer: *mut c_void, count: usize, flags: c_int, address: *mut sockaddr, length: *mut socklen_t,
    ) -> isize;
    Recv(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> isize;
    Recv(Subject::Descriptor(fd)), fail minus_one;
}
