//! ProtocolError: what a peer sent, or what we were about to send, that the protocol or our limits do not allow.

use std::fmt;

/// A broken rule of the wire, or a bound that was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A message began with a byte that starts no extension value.
    NotAMessage {
        /// The byte.
        byte: u8,
    },
    /// An extension value that is no kind of message.
    UnknownMessage {
        /// Its code.
        code: u8,
    },
    /// An extension value that is no kind of value.
    UnknownExtension {
        /// Its code.
        code: u8,
    },
    /// A value went on beyond the end of its message.
    Truncated,
    /// A message went on after its last value.
    TrailingBytes {
        /// How many bytes were left.
        count: usize,
    },
    /// A string, symbol or class name that is not UTF-8.
    NotUtf8,
    /// The byte 0xc1, which MessagePack never uses.
    ReservedMarker,
    /// One kind of value where another has to be.
    WrongKind {
        /// What has to be there.
        expected: &'static str,
        /// What was.
        found: &'static str,
    },
    /// An object of a live connection in the pure codec, which knows names only.
    UnboundObject,
    /// A call under a number that is not the caller's to give.
    ForeignTransaction {
        /// The number.
        id: u64,
    },
    /// A call under the number of one that is still in flight.
    DuplicateTransaction {
        /// The number.
        id: u64,
    },
    /// Bound: a message claims or has more bytes than a message may.
    FrameTooLarge {
        /// How many.
        bytes: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Bound: values nest deeper than they may.
    TooDeep {
        /// How deep they may.
        limit: usize,
    },
    /// Bound: more values in one message than there may be.
    TooManyValues {
        /// How many there may be.
        limit: usize,
    },
    /// Bound: more calls in flight in one direction than there may be.
    TooManyTransactions {
        /// How many there may be.
        limit: usize,
    },
    /// Bound: more objects bound on the connection than there may be.
    TooManyObjects {
        /// How many there may be.
        limit: usize,
    },
    /// Bound: more yields of one call waiting than there may be.
    TooManyYields {
        /// The call.
        id: u64,
    },
    /// Bound: all connections together keep too much for peers that do not go on, and this one keeps most.
    TooManyBytesTogether {
        /// How many they may keep.
        limit: usize,
    },
    /// Bound: the peer does not read, and more bytes wait for it than may.
    TooManyQueuedBytes {
        /// How many may wait.
        limit: usize,
    },
}

impl ProtocolError {
    /// Whether only what one message says is wrong: its bounds were sound, so that the next one can be read.
    pub(crate) fn is_content(&self) -> bool {
        use ProtocolError::*;
        matches!(
            self,
            UnknownExtension { .. }
                | Truncated
                | TrailingBytes { .. }
                | NotUtf8
                | ReservedMarker
                | WrongKind { .. }
        )
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ProtocolError::*;
        match self {
            NotAMessage { byte } => write!(
                f,
                "a message is a MessagePack extension value, and this began with byte 0x{byte:02x}: does the peer speak async-bus?"
            ),
            UnknownMessage { code } => {
                write!(
                    f,
                    "extension 0x{code:02x} is no message of async-bus 0.4: is the peer newer than this?"
                )
            }
            UnknownExtension { code } => {
                write!(
                    f,
                    "extension 0x{code:02x} is no value of async-bus 0.4: send what it stands for as a map"
                )
            }
            Truncated => write!(f, "a value goes on beyond the end of its message"),
            TrailingBytes { count } => write!(f, "{count} bytes are left after the last value"),
            NotUtf8 => write!(f, "a string, symbol or class name is not UTF-8: send such bytes as a binary"),
            ReservedMarker => write!(f, "byte 0xc1 starts no MessagePack value"),
            WrongKind { expected, found } => write!(f, "expected {expected}, found {found}"),
            UnboundObject => {
                write!(f, "a proxy or a controller needs a connection to cross: send it through one")
            }
            ForeignTransaction { id } => {
                write!(f, "transaction {id} is not the caller's to begin: clients count odd, servers even")
            }
            DuplicateTransaction { id } => write!(f, "transaction {id} is still in flight: count on"),
            FrameTooLarge { bytes, limit } => {
                write!(f, "a message of {bytes} bytes, and {limit} are allowed: send it in parts")
            }
            TooDeep { limit } => write!(f, "values nest deeper than the {limit} levels that are allowed"),
            TooManyValues { limit } => write!(f, "more than the {limit} values that one message may hold"),
            TooManyTransactions { limit } => {
                write!(f, "more than the {limit} calls that may be in flight: wait for some to end")
            }
            TooManyObjects { limit } => {
                write!(f, "more than the {limit} objects that may be bound on one connection: release some")
            }
            TooManyYields { id } => {
                write!(f, "transaction {id} yields without waiting for the block to answer")
            }
            TooManyBytesTogether { limit } => {
                write!(
                    f,
                    "all connections keep more than the {limit} bytes that they may, and this one keeps most: end the message that was begun, read the answers"
                )
            }
            TooManyQueuedBytes { limit } => {
                write!(f, "the peer does not read, and more than the {limit} bytes that may wait for it do")
            }
        }
    }
}

impl std::error::Error for ProtocolError {}
