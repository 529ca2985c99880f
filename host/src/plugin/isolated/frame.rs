//! One message between the host and the process of an isolated operation.

use std::io::{self, Read};

use tokio::io::{AsyncRead, AsyncReadExt};

/// Four bytes of length, a kind, a number, and bytes as they cross dlopen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) number: u64,
    pub(super) body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Build the operation from these parameters.
    New,
    /// A victim is there.
    Register,
    /// The victim of this number is gone.
    Remove,
    Status,
    /// Begin to run.
    Run,
    /// A call of the host, of this number: eight bytes of target, and the request.
    Call,
    /// Nobody waits for the answer to the call of this number.
    Forget,
    /// An extension of the host's, of this number: a byte of length, the name, and the body. Of number 0 nobody awaits an answer.
    Extension,
    /// The run has come back from its first poll.
    Begun,
    /// The run is over: well (0), or with a fault.
    Ran,
    /// The run keeps its thread: why.
    Stuck,
    /// The answer to what has this number.
    Done,
    /// The same, and a fault.
    Failed,
}

const KINDS: [Kind; 13] = [
    Kind::New,
    Kind::Register,
    Kind::Remove,
    Kind::Status,
    Kind::Run,
    Kind::Call,
    Kind::Forget,
    Kind::Extension,
    Kind::Begun,
    Kind::Ran,
    Kind::Stuck,
    Kind::Done,
    Kind::Failed,
];

const LENGTH: usize = size_of::<u32>();
const HEAD: usize = 1 + size_of::<u64>();

/// Bytes of a body: several times what a message on the bus may have, from which most of them come.
pub(super) const LONGEST: usize = 16 << 20;

impl Frame {
    /// The bytes of one.
    pub(super) fn bytes(kind: Kind, number: u64, body: &[&[u8]]) -> Vec<u8> {
        let length = HEAD + body.iter().map(|part| part.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(LENGTH + length);
        // One that is too long for its length is refused by whoever reads it.
        bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        bytes.push(kind as u8);
        bytes.extend(number.to_le_bytes());
        body.iter().for_each(|part| bytes.extend(*part));
        bytes
    }

    /// Reads one; none at the end.
    pub(super) fn read(source: &mut impl Read) -> io::Result<Option<Self>> {
        let mut length = [0; LENGTH];
        match source.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let length = checked(length)?;
        let mut bytes = Vec::new();
        // As it comes: a length is a claim.
        source.take(length).read_to_end(&mut bytes)?;
        Self::parse(bytes, length)
    }

    /// Reads one; none at the end. It cannot be begun again in the middle.
    pub(super) async fn receive(source: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut length = [0; LENGTH];
        match source.read_exact(&mut length).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        };
        let length = checked(length)?;
        let mut bytes = Vec::new();
        source.take(length).read_to_end(&mut bytes).await?;
        Self::parse(bytes, length)
    }

    fn parse(mut bytes: Vec<u8>, length: u64) -> io::Result<Option<Self>> {
        if bytes.len() as u64 != length {
            return Ok(None); // cut off by the end
        }
        let kind = KINDS.into_iter().find(|kind| *kind as u8 == bytes[0]).ok_or_else(|| wrong("kind"))?;
        let number = bytes[1..HEAD].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        bytes.drain(..HEAD);
        Ok(Some(Self { kind, number, body: bytes }))
    }
}

fn checked(length: [u8; LENGTH]) -> io::Result<u64> {
    let length = u32::from_le_bytes(length) as usize;
    let possible = (HEAD..=HEAD + LONGEST).contains(&length);
    possible.then_some(length as u64).ok_or_else(|| wrong("length"))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a frame of an impossible {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Frame::bytes(Kind::Call, 1 << 40 | 7, &[b"ab", b"c"]);
        bytes.extend(Frame::bytes(Kind::Run, 0, &[]));
        let mut source = &*bytes;
        let call = Frame { kind: Kind::Call, number: 1 << 40 | 7, body: b"abc".to_vec() };
        assert_eq!(Frame::read(&mut source).unwrap(), Some(call));
        let run = Frame { kind: Kind::Run, number: 0, body: Vec::new() };
        assert_eq!(Frame::read(&mut source).unwrap(), Some(run));
        assert_eq!(Frame::read(&mut source).unwrap(), None);
        for kind in KINDS {
            let bytes = Frame::bytes(kind, 0, &[]);
            assert_eq!(Frame::read(&mut &*bytes).unwrap().unwrap().kind, kind);
        }
    }

    #[test]
    fn what_is_cut_off_is_the_end_and_what_cannot_be_is_an_error() {
        let bytes = Frame::bytes(Kind::Call, 7, &[b"abc"]);
        for length in 0..bytes.len() {
            assert_eq!(Frame::read(&mut &bytes[..length]).unwrap(), None);
        }
        let mut other = bytes.clone();
        other[LENGTH] = KINDS.len() as u8;
        assert!(Frame::read(&mut &*other).is_err());
        for length in [0, HEAD - 1, HEAD + LONGEST + 1] {
            assert!(Frame::read(&mut &(length as u32).to_le_bytes()[..]).is_err());
        }
    }
}
