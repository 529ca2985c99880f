//! Frame: where one message ends. Its header is a claim, and nothing is allocated for it.

use crate::ProtocolError;

/// One message within bytes that have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Its kind.
    pub(crate) code: u8,
    /// Where its payload begins.
    pub(crate) start: usize,
    /// Where it ends.
    pub(crate) end: usize,
}

/// Reads an extension's header: nothing if more bytes are needed, an error if these begin no extension.
pub(crate) fn header(bytes: &[u8]) -> Result<Option<Frame>, ProtocolError> {
    let Some(&marker) = bytes.first() else { return Ok(None) };
    let width = match marker {
        0xd4..=0xd8 => 0,
        0xc7 => 1,
        0xc8 => 2,
        0xc9 => 4,
        byte => return Err(ProtocolError::NotAMessage { byte }),
    };
    let start = width + 2;
    if bytes.len() < start {
        return Ok(None);
    }
    let length = match width {
        0 => 1 << (marker - 0xd4),
        _ => bytes[1..=width].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    Ok(Some(Frame { code: bytes[start - 1], start, end: start + length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_in_each_of_its_forms() {
        let read = |bytes: &[u8]| header(bytes).unwrap().map(|frame| (frame.code, frame.start, frame.end));
        assert_eq!(read(&[0xd4, 9]), Some((9, 2, 3)));
        assert_eq!(read(&[0xd8, 9]), Some((9, 2, 18)));
        assert_eq!(read(&[0xc7, 0, 9]), Some((9, 3, 3)));
        assert_eq!(read(&[0xc8, 1, 2, 9]), Some((9, 4, 4 + 0x102)));
        assert_eq!(read(&[0xc9, 0xff, 0xff, 0xff, 0xff, 9]), Some((9, 6, 6 + 0xffff_ffff)));
    }

    #[test]
    fn half_a_header_waits_and_another_value_is_refused() {
        assert_eq!(header(&[]), Ok(None));
        assert_eq!(header(&[0xc9, 0xff, 0xff, 0xff, 0xff]), Ok(None));
        assert_eq!(header(&[0x90]), Err(ProtocolError::NotAMessage { byte: 0x90 }));
    }
}
