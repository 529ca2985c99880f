//! The calls that rules are about.

/// Beside the calls: the clock is wrong. What is about that is looked for by whoever reads the time of day, or waits until one.
pub const SHIFT: u64 = 1 << Call::ALL.len();

/// A family of library calls, under the name that rules have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Call {
    /// read, pread, readv and their kin.
    Read,
    /// write, pwrite, writev and their kin.
    Write,
    /// open, openat, creat, fopen and their kin.
    Open,
    /// connect.
    Connect,
    /// accept and accept4.
    Accept,
    /// send, sendto, sendmsg, sendfile and their kin.
    Send,
    /// recv, recvfrom, recvmsg and their kin.
    Recv,
    /// fsync, fdatasync and their kin.
    Fsync,
    /// malloc, calloc, realloc and their kin.
    Malloc,
    /// getaddrinfo.
    Getaddrinfo,
    /// clock_gettime, gettimeofday and time.
    ClockGettime,
    /// nanosleep, clock_nanosleep, usleep and sleep.
    Nanosleep,
}

impl Call {
    /// All of them.
    pub const ALL: [Call; 12] = [
        Call::Read,
        Call::Write,
        Call::Open,
        Call::Connect,
        Call::Accept,
        Call::Send,
        Call::Recv,
        Call::Fsync,
        Call::Malloc,
        Call::Getaddrinfo,
        Call::ClockGettime,
        Call::Nanosleep,
    ];

    /// As users write it.
    pub const fn name(self) -> &'static str {
        match self {
            Call::Read => "read",
            Call::Write => "write",
            Call::Open => "open",
            Call::Connect => "connect",
            Call::Accept => "accept",
            Call::Send => "send",
            Call::Recv => "recv",
            Call::Fsync => "fsync",
            Call::Malloc => "malloc",
            Call::Getaddrinfo => "getaddrinfo",
            Call::ClockGettime => "clock_gettime",
            Call::Nanosleep => "nanosleep",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Call> {
        Call::ALL.into_iter().find(|call| call.name() == name)
    }

    /// Its place in a set of calls.
    pub const fn bit(self) -> u64 {
        1 << self as u8
    }

    /// Whether it moves data or opens the way for it: what fails or waits where nobody says which call is meant.
    pub const fn is_io(self) -> bool {
        !matches!(self, Call::Malloc | Call::Getaddrinfo | Call::ClockGettime | Call::Nanosleep)
    }

    /// Whether it can be cut short: it says how much it has done.
    pub const fn has_length(self) -> bool {
        matches!(self, Call::Read | Call::Write | Call::Send | Call::Recv)
    }
}
