//! How much a call asks for.

use libc::{iovec, msghdr};

/// What could be left out of a call.
pub(crate) enum Length {
    /// Nothing: it does all or fails.
    Whole,
    /// So many bytes, or messages.
    Of(usize),
    /// The bytes of so many parts.
    Parts(*const iovec, usize),
    /// Those of a message's parts.
    Message(*const msghdr),
}

impl Length {
    /// Whether there is more than one, so that there is one to be left out.
    pub(crate) fn is_divisible(&self) -> bool {
        match *self {
            Length::Whole => false,
            Length::Of(count) => count > 1,
            Length::Parts(parts, count) => bytes(parts, count) > 1,
            // SAFETY: what the program gives a function that takes one is a message, or null.
            Length::Message(message) => unsafe { message.as_ref() }
                .is_some_and(|message| bytes(message.msg_iov, message.msg_iovlen) > 1),
        }
    }
}

/// Those of all parts together; none where there are more than the kernel takes, which are its to refuse, as a negative count is.
pub(crate) fn bytes(parts: *const iovec, count: usize) -> usize {
    if parts.is_null() || count > libc::UIO_MAXIOV as usize {
        return 0;
    }
    // SAFETY: the program has given as many as that.
    (0..count).fold(0, |all: usize, at| all.saturating_add(unsafe { (*parts.add(at)).iov_len }))
}
