//! Inbox: bytes that arrive, cut into messages. A buffer is held only while half a message is here.

use crate::{Limits, ProtocolError, decode_message, frame};
use std::cell::Cell;

/// Where messages go.
pub(crate) trait Inlet {
    /// One whole message.
    fn message(&mut self, code: u8, payload: &[u8]) -> Result<(), ProtocolError>;
    /// A call that claims more bytes than it may have; the connection ends after this.
    fn too_large(&mut self, id: u64, error: &ProtocolError);
}

/// What has arrived of a message that is not whole yet.
#[derive(Default)]
pub(crate) struct Inbox {
    partial: Vec<u8>,
}

impl Inbox {
    /// Bytes of memory that it takes.
    pub(crate) fn kept(&self) -> usize {
        self.partial.capacity()
    }

    /// Takes what has arrived.
    ///
    /// # Errors
    /// What the inlet says, or what makes it impossible to find the next message.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
        inlet: &mut impl Inlet,
    ) -> Result<(), ProtocolError> {
        if self.partial.is_empty() {
            let used = cut(bytes, limits, inlet)?;
            self.partial.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        self.partial.extend_from_slice(bytes);
        let used = cut(&self.partial, limits, inlet)?;
        if used == self.partial.len() {
            self.partial = Vec::new();
        } else {
            self.partial.drain(..used);
        }
        Ok(())
    }
}

/// Passes on whole messages, and answers how many bytes they were.
fn cut(bytes: &[u8], limits: &Limits, inlet: &mut impl Inlet) -> Result<usize, ProtocolError> {
    let mut at = 0;
    while let Some(frame) = frame::header(&bytes[at..])? {
        let length = frame.end - frame.start;
        if length > limits.frame_bytes {
            let error = ProtocolError::FrameTooLarge { bytes: length, limit: limits.frame_bytes };
            if frame.code != 0 {
                return Err(error);
            }
            // Wait for the few bytes that say whom to tell.
            match decode_message::transaction(&bytes[at + frame.start..]) {
                Err(ProtocolError::Truncated) => break,
                Err(_) => return Err(error),
                Ok(id) => {
                    inlet.too_large(id, &error);
                    return Err(error);
                }
            }
        }
        let Some(payload) = bytes.get(at + frame.start..at + frame.end) else { break };
        inlet.message(frame.code, payload)?;
        at += frame.end;
    }
    Ok(at)
}

/// How much is read at once.
const CHUNK: usize = 32 << 10;

thread_local! {
    static BUFFER: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Lends the thread's read buffer, which all connections share. Taken rather than borrowed, so that a handler may do as it
/// likes meanwhile.
pub(crate) fn with_buffer<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = BUFFER.take().unwrap_or_else(|| vec![0; CHUNK].into());
    let result = read(&mut buffer);
    BUFFER.set(Some(buffer));
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Default, PartialEq)]
    struct Seen(Vec<(u8, Vec<u8>)>, Vec<u64>);

    impl Inlet for Seen {
        fn message(&mut self, code: u8, payload: &[u8]) -> Result<(), ProtocolError> {
            self.0.push((code, payload.into()));
            Ok(())
        }
        fn too_large(&mut self, id: u64, _: &ProtocolError) {
            self.1.push(id);
        }
    }

    /// Messages with every form of a header, and what may come after them: nothing, half of one, or what is none.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let message = (any::<u8>(), prop_oneof![0usize..20, 250usize..260]).prop_map(|(code, length)| {
            let header = match length {
                1 | 2 | 4 | 8 | 16 => vec![0xd4 + length.trailing_zeros() as u8],
                0..256 => vec![0xc7, length as u8],
                _ => vec![0xc8, 1, length as u8],
            };
            [header, vec![code], vec![code; length]].concat()
        });
        let claim = vec![0xc9, 0xff, 0xff, 0xff, 0xff, 0, 0xcd, 1, 2];
        let rest = prop::sample::select(vec![vec![], vec![0xc7, 9, 0, 1], vec![0x90, 0], claim]);
        (prop::collection::vec(message, 0..12), rest)
            .prop_map(|(messages, rest)| [messages.concat(), rest].concat())
    }

    proptest! {
        #[test]
        fn however_a_stream_is_cut_it_says_the_same(
            bytes in stream(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            cuts.push(bytes.len());
            let (mut whole, mut in_pieces) = (Seen::default(), Seen::default());
            let taken = Inbox::default().take(&bytes, &Limits::default(), &mut whole);
            let (mut inbox, mut from) = (Inbox::default(), 0);
            let taken_in_pieces = cuts.into_iter().try_for_each(|to| {
                let piece = &bytes[std::mem::replace(&mut from, to)..to];
                inbox.take(piece, &Limits::default(), &mut in_pieces)
            });
            prop_assert_eq!(taken, taken_in_pieces);
            prop_assert_eq!(whole, in_pieces);
        }
    }

    #[test]
    fn half_messages_are_kept_and_nothing_once_they_are_whole() {
        let bytes = [0xd4, 1, 10, 0xc7, 3, 2, 20, 21, 22, 0xd5, 3, 30, 31];
        let (mut inbox, mut seen) = (Inbox::default(), Seen::default());
        for byte in bytes {
            inbox.take(&[byte], &Limits::default(), &mut seen).unwrap();
        }
        assert_eq!(seen.0, [(1, vec![10]), (2, vec![20, 21, 22]), (3, vec![30, 31])]);
        assert_eq!(inbox.partial.capacity(), 0);
    }

    #[test]
    fn a_claim_of_4_gib_allocates_nothing_and_is_answered() {
        let (mut inbox, mut seen) = (Inbox::default(), Seen::default());
        let claim = [0xc9, 0xff, 0xff, 0xff, 0xff, 0, 0xcd, 1];
        inbox.take(&claim, &Limits::default(), &mut seen).unwrap();
        assert!(inbox.partial.capacity() < 64);
        let error = inbox.take(&[2], &Limits::default(), &mut seen).unwrap_err();
        assert_eq!(error, ProtocolError::FrameTooLarge { bytes: 0xffff_ffff, limit: 4 << 20 });
        assert_eq!(seen.1, [0x102]);
    }
}
