//! A call that a program makes.

use serde::{Deserialize, Serialize};

use crate::{Parameters, Value};

/// A call that a program makes, and its kin: `read` is also readv and pread, `open` also openat, `send` also sendmsg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, Parameters)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// From a file.
    Read,
    /// To a file.
    Write,
    /// Of a file.
    Open,
    /// To an address.
    Connect,
    /// Of a connection.
    Accept,
    /// To a socket.
    Send,
    /// From a socket.
    Recv,
    /// To the disk.
    Fsync,
    /// Of memory.
    Malloc,
    /// Of a name.
    Getaddrinfo,
    /// Reading a clock.
    ClockGettime,
    /// Sleeping.
    Nanosleep,
    /// All of them.
    #[serde(rename = "*")]
    All,
}

impl Call {
    /// Its name.
    pub fn name(self) -> String {
        Parameters::value(&self).to_string()
    }

    /// Whether it moves bytes, which can be cut short.
    pub fn moves_bytes(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::Send | Self::Recv)
    }
}

impl From<Call> for Value {
    fn from(call: Call) -> Self {
        Parameters::value(&call)
    }
}
