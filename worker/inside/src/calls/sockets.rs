//! connect, accept, send and recv, and their kin.

use std::ffi::{c_int, c_uint, c_void};

use chaos_kitty_table::Call;
use libc::{mmsghdr, msghdr, off_t, off64_t, sockaddr, socklen_t, timespec};

use super::{minus_one, shorter};
use crate::asked::{Answer, asked};
use crate::cut::Message;
use crate::length::Length;
use crate::subject::Subject;

/// Fewer messages: where there is one alone, it stays whole.
fn fewer(count: c_uint, share: u16) -> c_uint {
    shorter(count as usize, share) as c_uint
}

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
    Send(Subject::Message(fd, message)), fail minus_one, message message;

    fn sendmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int;
    Send(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;

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

    fn __recvfrom_chk(
        fd: c_int, buffer: *mut c_void, count: usize, size: usize, flags: c_int, address: *mut sockaddr,
        length: *mut socklen_t,
    ) -> isize;
    Recv(Subject::Descriptor(fd)), fail minus_one, shorten count shorter;

    fn recvmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int, within: *mut timespec) -> c_int;
    Recv(Subject::Descriptor(fd)), fail minus_one, shorten count fewer;
}

entry! {
    fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> isize;
    Recv, missing minus_one, closer receive
}

type Recvmsg = unsafe extern "C-unwind" fn(c_int, *mut msghdr, c_int) -> isize;

/// What the kernel writes into a message that was cut short is to be in the program's own.
unsafe fn receive(real: Recvmsg, fd: c_int, message: *mut msghdr, flags: c_int) -> isize {
    match asked(Call::Recv, &Subject::Descriptor(fd), &Length::Message(message)) {
        Answer::Fail(errno) => return minus_one(errno),
        Answer::Shorten(share) => {
            // SAFETY: the program's message.
            let mut cut = unsafe { Message::of(message, share) };
            // SAFETY: the program's own arguments, but for less of what it asks for.
            let answer = unsafe { real(fd, cut.message(), flags) };
            if answer >= 0 {
                // SAFETY: the kernel has just written to what the program's message says.
                unsafe { cut.give_back() };
            }
            return answer;
        }
        Answer::Go => {}
    }
    // SAFETY: the program's own arguments.
    unsafe { real(fd, message, flags) }
}
