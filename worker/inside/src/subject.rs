//! What a call is made on.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

use chaos_kitty_table::Target;

use crate::end::End;
use crate::fd::{LONGEST, Line, ends, takes_less, with_path};

/// What a call is made on, as the program gave it.
pub(crate) enum Subject {
    Nothing,
    Descriptor(c_int),
    /// A path, and the directory that it starts from where it is relative.
    Path(c_int, *const c_char),
    /// A socket, and the address that is given with it.
    Socket(c_int, *const libc::sockaddr, libc::socklen_t),
    /// A socket, and a message that may have an address.
    Message(c_int, *const libc::msghdr),
    /// A host that is looked up.
    Host(*const c_char),
}

impl Subject {
    /// Whether it is this target.
    pub(crate) fn is_meant_by(&self, target: &Target) -> bool {
        (target.path.is_empty() || self.has_path(target))
            && (target.port == 0 && target.address.is_empty() || self.has_end(target))
    }

    /// Whether less may be read from it or written to it than the program asks for.
    pub(crate) fn takes_less(&self) -> bool {
        match *self {
            Subject::Descriptor(fd) | Subject::Socket(fd, ..) | Subject::Message(fd, _) => takes_less(fd),
            Subject::Nothing | Subject::Path(..) | Subject::Host(_) => false,
        }
    }

    fn has_path(&self, target: &Target) -> bool {
        match *self {
            Subject::Descriptor(fd) | Subject::Socket(fd, ..) | Subject::Message(fd, _) => {
                with_path(fd, |path| target.path.matches(path)).unwrap_or(false)
            }
            Subject::Path(folder, path) if !path.is_null() => {
                // SAFETY: what the program gives a function that opens a file is a C string.
                let path = unsafe { CStr::from_ptr(path) }.to_bytes();
                if path.first() == Some(&b'/') {
                    return target.path.matches(path);
                }
                // On whichever stack this is, there is one path at a time.
                let mut whole = Line::<LONGEST>::new();
                let begun = match folder {
                    libc::AT_FDCWD => whole.read_link(c"/proc/thread-self/cwd"),
                    folder => whole.read_link_of(folder),
                };
                whole.push(b"/");
                whole.push(path.strip_prefix(b"./").unwrap_or(path));
                begun && target.path.matches(whole.bytes())
            }
            Subject::Nothing | Subject::Path(..) | Subject::Host(_) => false,
        }
    }

    /// Whether one end of it, there or here, is at the target's address and port.
    fn has_end(&self, target: &Target) -> bool {
        let has = |fd| ends(fd).iter().flatten().any(|end| End::of(end).is_at(target));
        match *self {
            Subject::Descriptor(fd) => has(fd),
            Subject::Socket(fd, address, length) => {
                // SAFETY: the program gives a function of sockets as many bytes as it says.
                unsafe { End::given(address, length) }.is_some_and(|end| end.is_at(target)) || has(fd)
            }
            Subject::Message(fd, message) => {
                // SAFETY: what the program gives sendmsg is a message, or null.
                let message = unsafe { message.as_ref() };
                let (address, length) = message.map_or((null(), 0), |message| {
                    (message.msg_name.cast_const().cast(), message.msg_namelen)
                });
                Subject::Socket(fd, address, length).has_end(target)
            }
            Subject::Host(name) if !name.is_null() && target.port == 0 => {
                // SAFETY: what the program has looked up is a C string.
                target.address.matches(unsafe { CStr::from_ptr(name) }.to_bytes())
            }
            Subject::Nothing | Subject::Path(..) | Subject::Host(_) => false,
        }
    }
}
