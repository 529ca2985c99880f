//! A part of a vector of buffers: what is left of it where a call is cut short.

use std::ffi::c_void;
use std::ptr::null_mut;

use libc::{iovec, msghdr};

use crate::calls::shorter;
use crate::length::bytes;

/// More parts than these are cut between two of them, and not within one: there is no memory to copy them to.
const FEW: usize = 8;

/// A vector's first part.
pub(crate) struct Cut {
    copied: [iovec; FEW],
    /// The program's own, where that will do.
    own: *const iovec,
    count: usize,
}

impl Cut {
    /// This share of its bytes, and one byte at least where there is any.
    ///
    /// # Safety
    /// There must be as many parts as that.
    pub(crate) unsafe fn of(parts: *const iovec, count: usize, share: u16) -> Cut {
        const NONE: iovec = iovec { iov_base: null_mut::<c_void>(), iov_len: 0 };
        // SAFETY: the caller says so.
        let part = |at: usize| unsafe { *parts.add(at) };
        let mut cut = Cut { copied: [NONE; FEW], own: parts, count };
        let mut left = shorter(bytes(parts, count), share);
        let whole = (0..count)
            .take_while(|at| match left.checked_sub(part(*at).iov_len) {
                Some(rest) => {
                    left = rest;
                    true
                }
                None => false,
            })
            .count();
        cut.count = whole;
        if left > 0 && whole < FEW && whole < count {
            for (at, to) in cut.copied.iter_mut().enumerate().take(whole + 1) {
                *to = part(at);
            }
            if let Some(last) = cut.copied.get_mut(whole) {
                last.iov_len = left;
            }
            (cut.own, cut.count) = (null_mut(), whole + 1);
        }
        cut
    }

    pub(crate) fn parts(&self) -> *const iovec {
        if self.own.is_null() { self.copied.as_ptr() } else { self.own }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

/// A message with the first part of its vector.
pub(crate) struct Message {
    cut: Cut,
    copy: msghdr,
    own: *mut msghdr,
}

impl Message {
    /// # Safety
    /// It must be a message, as sendmsg and recvmsg take it.
    pub(crate) unsafe fn of(own: *mut msghdr, share: u16) -> Message {
        // SAFETY: the caller says so.
        let copy = unsafe { *own };
        // SAFETY: as above.
        let cut = unsafe { Cut::of(copy.msg_iov, copy.msg_iovlen, share) };
        Message { cut, copy, own }
    }

    pub(crate) fn message(&mut self) -> *mut msghdr {
        self.copy.msg_iov = self.cut.parts().cast_mut();
        self.copy.msg_iovlen = self.cut.count();
        &raw mut self.copy
    }

    /// What the kernel has written into ours is written into the program's.
    ///
    /// # Safety
    /// The program's must be there still, and writable.
    pub(crate) unsafe fn give_back(&self) {
        // SAFETY: the caller says so.
        if let Some(own) = unsafe { self.own.as_mut() } {
            own.msg_namelen = self.copy.msg_namelen;
            own.msg_controllen = self.copy.msg_controllen;
            own.msg_flags = self.copy.msg_flags;
        }
    }
}
