//! Limits: how much a peer may ask of us before it is told so and disconnected.

/// What a connection will take. Each bound has a [`crate::ProtocolError`] of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in one message, in either direction. Default 4 MiB.
    pub frame_bytes: usize,
    /// How deep arrays, maps and extensions may nest in one message. Default 64.
    pub depth: usize,
    /// Values in one message, since a byte on the wire can become 32 in memory. Default 1,048,576.
    pub values: usize,
    /// Calls in flight, in each direction. Default 1,024.
    pub transactions: usize,
    /// Objects bound under a number for the peer, and likewise proxies held of the peer's. Default 4,096.
    pub objects: usize,
    /// Bytes that wait for a peer that does not read. Default 16 MiB; at least one frame should fit.
    pub queued_bytes: usize,
    /// Bytes that all connections of this process keep for their peers, messages that do not end and answers that nobody
    /// reads: beyond it, whoever has most of it goes. Default 128 MiB.
    pub process_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame_bytes: 4 << 20,
            depth: 64,
            values: 1 << 20,
            transactions: 1024,
            objects: 4096,
            queued_bytes: 16 << 20,
            process_bytes: 128 << 20,
        }
    }
}
