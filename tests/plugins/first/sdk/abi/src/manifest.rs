//! What a plugin says about itself in a section of its file, to be read without loading it.
//!
//! The section holds strings, each ended by a NUL: key, value, key, value. The map is open: a reader ignores keys that
//! it does not know. It survives `strip` because it is loaded, and the linker because its symbol is exported.

/// The ELF section's name.
pub const SECTION: &str = ".chaos_kitty";

/// The exported symbol whose address is a [`crate::AbiHeaderRef`].
pub const SYMBOL: &str = "CHAOS_KITTY_MODULE";

/// How many bytes [`pack`] needs for these strings.
pub const fn length(strings: &[&str]) -> usize {
    let (mut length, mut i) = (0, 0);
    while i < strings.len() {
        length += strings[i].len() + 1;
        i += 1;
    }
    length
}

/// Puts the strings one after another, each ended by a NUL.
pub const fn pack<const N: usize>(strings: &[&str]) -> [u8; N] {
    let mut packed = [0; N];
    let (mut at, mut i) = (0, 0);
    while i < strings.len() {
        let bytes = strings[i].as_bytes();
        let mut j = 0;
        while j < bytes.len() {
            packed[at] = bytes[j];
            at += 1;
            j += 1;
        }
        at += 1;
        i += 1;
    }
    packed
}

/// Reads the pairs back. Stops at the first that is not whole.
pub fn unpack(section: &[u8]) -> Vec<(String, String)> {
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let ended = section.iter().rposition(|byte| *byte == 0).map_or(&[][..], |end| &section[..end]);
    let parts: Vec<&[u8]> = ended.split(|byte| *byte == 0).collect();
    parts
        .chunks_exact(2)
        .filter(|pair| !pair[0].is_empty())
        .map(|pair| (text(pair[0]), text(pair[1])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_as_they_were_packed() {
        const STRINGS: &[&str] = &["abi", "1.0.0", "name", "hairball", "description", ""];
        const PACKED: [u8; length(STRINGS)] = pack(STRINGS);
        let pairs = unpack(&PACKED);
        let expected = [("abi", "1.0.0"), ("name", "hairball"), ("description", "")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_string(), value.to_string())));
    }

    #[test]
    fn padding_and_an_unended_string_are_left_out() {
        assert_eq!(unpack(b"abi\x001.0.0\0\0\0\0\0"), [("abi".to_string(), "1.0.0".to_string())]);
        assert_eq!(unpack(b"abi\x001.0"), []);
        assert_eq!(unpack(b""), []);
    }
}
