//! The chain: each line of a journal carries its number, the hash of the line before, and its own.
//!
//! A line is `{"number":N,"previous":"…",` + the record's own fields + `,"hash":"…"}`, and the hash is the SHA-256 of
//! all of the line that stands before `,"hash":`. So a line can be checked with nothing but itself and the one before.

use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Write;

/// A SHA-256, as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 64]);

impl Hash {
    /// What stands for the hash before the very first record.
    pub const NONE: Self = Self([b'0'; 64]);

    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(Sha256::digest(bytes)) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        Self(text)
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let digits: [u8; 64] = text.as_bytes().try_into().ok()?;
        digits.iter().all(is_digit).then_some(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        // They are ASCII from the beginning on.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Where a chain has come to: what the next line is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The line's number, counted from 1 over all files and runs; 0 before the first.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

/// What stands at the end of a line, before the hash.
const SEAL: &str = ",\"hash\":\"";

impl Link {
    /// Before the first line.
    pub const NONE: Self = Self { number: 0, hash: Hash::NONE };

    /// Puts the line that follows behind those in `lines`, with its line break, and answers its link. `json` is the
    /// record's, an object with at least one field.
    pub(super) fn seal(&self, json: &str, lines: &mut Vec<u8>) -> Self {
        let (number, begin) = (self.number + 1, lines.len());
        lines.extend_from_slice(b"{\"number\":");
        // Writing into memory does not fail.
        let _ = write!(lines, "{number}");
        lines.extend_from_slice(b",\"previous\":\"");
        lines.extend_from_slice(&self.hash.0);
        lines.extend_from_slice(b"\",");
        lines.extend_from_slice(json.get(1..json.len().saturating_sub(1)).unwrap_or_default().as_bytes());
        let hash = Hash::of(&lines[begin..]);
        lines.extend_from_slice(SEAL.as_bytes());
        lines.extend_from_slice(&hash.0);
        lines.extend_from_slice(b"\"}\n");
        Self { number, hash }
    }
}

/// A line, as it says that it is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its link.
    pub link: Link,
    /// The hash of the line before.
    pub previous: Hash,
    /// What its hash should be.
    pub actual: Hash,
}

impl Sealed {
    /// Reads a line, without its line break; none where it is no line of a journal.
    pub fn read(text: &str) -> Option<Self> {
        let (number, rest) = text.strip_prefix("{\"number\":")?.split_once(',')?;
        let number = number.parse().ok().filter(|number| *number > 0)?;
        let previous = Hash::parse(rest.strip_prefix("\"previous\":\"")?.get(..64)?)?;
        // The last one: a victim's words may hold the same.
        let (sealed, end) = text.rsplit_once(SEAL)?;
        let hash = Hash::parse(end.strip_suffix("\"}")?)?;
        Some(Self { link: Link { number, hash }, previous, actual: Hash::of(sealed.as_bytes()) })
    }

    /// Whether a text without a line break is one that was going to be a line of a journal.
    pub(super) fn has_begun(text: &[u8]) -> bool {
        let begin = b"{\"number\":";
        let most = text.len().min(begin.len());
        text[..most] == begin[..most]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_line_reads_as_it_was_sealed_and_a_changed_one_does_not() {
        let mut line = Vec::new();
        let first = Link::NONE.seal(r#"{"record":"run","said":",\"hash\":\"x"}"#, &mut line);
        line.clear();
        let second = first.seal(r#"{"record":"end"}"#, &mut line);
        let text = String::from_utf8(line).unwrap();
        let read = Sealed::read(text.trim_end()).unwrap();
        assert_eq!((read.link, read.previous, read.actual), (second, first.hash, second.hash));
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["record"] == "end");
        let changed = text.replace("\"end\"", "\"ent\"");
        let read = Sealed::read(changed.trim_end()).unwrap();
        assert!(read.actual != read.link.hash && read.link == second);
    }

    #[test]
    fn the_hash_is_sha_256_of_what_stands_before_it() {
        // `printf '{"number":1,"previous":"000…0","a":1' | sha256sum`
        let mut line = Vec::new();
        Link::NONE.seal(r#"{"a":1}"#, &mut line);
        let text = String::from_utf8(line).unwrap();
        assert!(
            text.starts_with(&format!(
                "{{\"number\":1,\"previous\":\"{}\",\"a\":1,\"hash\":\"",
                "0".repeat(64)
            ))
        );
        assert_eq!(
            Hash::of(b"abc").as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_is_no_line_of_a_journal_is_none() {
        for text in ["", "{}", "hello", r#"{"number":0,"previous":"","hash":""}"#, r#"{"record":"decision"}"#]
        {
            assert_eq!(Sealed::read(text), None, "{text}");
        }
        assert!(Sealed::has_begun(b"{\"num") && Sealed::has_begun(b"") && !Sealed::has_begun(b"hello"));
    }
}
