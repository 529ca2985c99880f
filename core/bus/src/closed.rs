//! Closed: why a connection ended.

use crate::ProtocolError;
use std::{fmt, io};

/// Why a connection ended.
#[derive(Debug)]
pub enum Closed {
    /// The peer closed it, or died.
    Peer,
    /// We closed it.
    Local {
        /// Why.
        reason: String,
    },
    /// The peer broke the protocol or one of its bounds.
    Protocol(ProtocolError),
    /// The socket failed.
    Io(io::Error),
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Closed::Peer => f.write_str("the peer closed the connection"),
            Closed::Local { reason } => write!(f, "closed here: {reason}"),
            Closed::Protocol(error) => write!(f, "closed here, the peer broke the protocol: {error}"),
            Closed::Io(error) => write!(f, "the socket failed: {error}"),
        }
    }
}

impl std::error::Error for Closed {}
