//! What a descriptor is open on.

use std::ffi::{CStr, c_int};
use std::fmt::{self, Write};
use std::os::fd::BorrowedFd;

use rustix::fs::{
    CWD, FileType, FsWord, OFlags, PROC_SUPER_MAGIC, fcntl_getfl, fstat, fstatfs, readlinkat_raw,
};
use rustix::net::{SocketAddrAny, getpeername, getsockname};
use rustix::termios::isatty;

/// The longest path that is looked at: one that is longer is known by its beginning.
pub(crate) const LONGEST: usize = 768;

/// The kinds of file systems whose files are the kernel's values, of which a part is another value: of processes, of devices,
/// of control groups (v1 and v2), of its traces and of what is being debugged, of its security modules.
const OF_VALUES: [FsWord; 8] = [
    PROC_SUPER_MAGIC,
    0x6265_6572,
    0x0027_e0eb,
    0x6367_7270,
    0x7472_6163,
    0x6462_6720,
    0x7363_6673,
    0xf97c_ff8c,
];

/// A text on the stack; what does not fit is left out.
pub(crate) struct Line<const SIZE: usize> {
    bytes: [u8; SIZE],
    length: usize,
}

impl<const SIZE: usize> Line<SIZE> {
    pub(crate) const fn new() -> Self {
        Line { bytes: [0; SIZE], length: 0 }
    }

    pub(crate) fn push(&mut self, more: &[u8]) {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        let count = room.len().min(more.len());
        room.iter_mut().zip(more).for_each(|(to, from)| *to = *from);
        self.length += count;
    }

    /// Where a link leads becomes all of it; false where it leads nowhere.
    pub(crate) fn read_link(&mut self, link: &CStr) -> bool {
        self.length = readlinkat_raw(CWD, link, &mut self.bytes[..]).unwrap_or_default();
        self.length > 0
    }

    /// The same for what a descriptor is open on.
    pub(crate) fn read_link_of(&mut self, fd: c_int) -> bool {
        // By this thread: a program whose first thread has left has no descriptors to the kernel's eye.
        let mut link = Line::<40>::new();
        let is_written = write!(link, "/proc/thread-self/fd/{fd}\0").is_ok();
        is_written && CStr::from_bytes_with_nul(link.bytes()).is_ok_and(|link| self.read_link(link))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl<const SIZE: usize> Write for Line<SIZE> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Calls back with the path that it is open on, or what the kernel says instead, such as `socket:[7]`.
pub(crate) fn with_path<T>(fd: c_int, then: impl FnOnce(&[u8]) -> T) -> Option<T> {
    let mut path = Line::<LONGEST>::new();
    path.read_link_of(fd).then(|| then(path.bytes()))
}

/// Both ends of a socket: who is there, and who is here.
pub(crate) fn ends(fd: c_int) -> [Option<SocketAddrAny>; 2] {
    if fd < 0 {
        return [None, None];
    }
    // SAFETY: it is borrowed for these two calls alone, which fail where it is closed meanwhile.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    [getpeername(fd).ok().flatten(), getsockname(fd).ok()]
}

/// Whether less may be asked of it than the program does. What the kernel gives in records (an eventfd, a timer, signals,
/// events of files or of a keyboard) it refuses to give a part of, and of a file that is read past the cache parts of blocks; of
/// a value of its own a part is another value, which would stay.
pub(crate) fn takes_less(fd: c_int) -> bool {
    if fd < 0 {
        return false;
    }
    // SAFETY: it is borrowed for these calls alone, which fail where it is closed meanwhile.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    match fstat(fd).map(|it| FileType::from_raw_mode(it.st_mode)) {
        Ok(FileType::RegularFile) => {
            fcntl_getfl(fd).is_ok_and(|flags| !flags.contains(OFlags::DIRECT))
                && fstatfs(fd).is_ok_and(|system| !OF_VALUES.contains(&system.f_type))
        }
        Ok(FileType::Fifo | FileType::Socket) => true,
        Ok(FileType::CharacterDevice) => isatty(fd),
        _ => false,
    }
}
