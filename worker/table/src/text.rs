//! A short text of a fixed size.

use crate::glob::matches_by;

/// At most `8 * WORDS - 1` bytes, none of them zero; empty where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Default for Text<WORDS> {
    fn default() -> Self {
        Text([0; WORDS])
    }
}

impl<const WORDS: usize> Text<WORDS> {
    /// How many bytes it holds at most.
    pub const LONGEST: usize = 8 * WORDS - 1;

    /// Nothing where the text is too long or holds a zero byte.
    pub fn new(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST || text.bytes().any(|byte| byte == 0) {
            return None;
        }
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(text.as_bytes().chunks(8)) {
            let mut eight = [0; 8];
            eight.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            *word = u64::from_ne_bytes(eight);
        }
        Some(Text(words))
    }

    pub(crate) const fn of(words: [u64; WORDS]) -> Self {
        Text(words)
    }

    pub(crate) const fn words(&self) -> &[u64; WORDS] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.first().is_none_or(|word| *word == 0)
    }

    /// Whether this, as a glob, matches all of `text`.
    pub fn matches(&self, text: &[u8]) -> bool {
        // Where it is: a copy would be on a stack that may be small.
        let byte = |at: usize| self.0.get(at / 8)?.to_ne_bytes().get(at % 8).copied();
        matches_by(|at| byte(at).filter(|byte| *byte != 0), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_glob_of_bounded_length() {
        let glob: Text<4> = Text::new("/var/*/log").unwrap();
        assert!(glob.matches(b"/var/lib/log") && !glob.matches(b"/var/lib/logs"));
        assert!(Text::<4>::default().is_empty() && !glob.is_empty());
        assert_eq!(Text::<4>::LONGEST, 31);
        assert!(Text::<4>::new(&"x".repeat(31)).unwrap().matches("x".repeat(31).as_bytes()));
        assert_eq!((Text::<4>::new(&"x".repeat(32)), Text::<4>::new("a\0b")), (None, None));
    }
}
