//! A target: what a call has to be made on for a rule to be about it.

use crate::text::Text;

const PATH: usize = 32;
const ADDRESS: usize = 16;
/// What one is written as.
pub(crate) const WORDS: usize = 1 + PATH + ADDRESS;
/// The words of which one is other than 0 where there is a target: the port, and the beginnings of both texts.
pub(crate) const TELLING: [usize; 3] = [0, 1, 1 + PATH];

/// A target as a value; anything, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The port of either end; 0 for any.
    pub port: u16,
    /// The path that is opened, or that the descriptor has; empty for any.
    pub path: Text<PATH>,
    /// The address of either end, or the name that is looked up; empty for any.
    pub address: Text<ADDRESS>,
}

impl Target {
    pub(crate) fn words(&self) -> [u64; WORDS] {
        let port = [u64::from(self.port)];
        let mut words = [0; WORDS];
        let all = port.iter().chain(self.path.words()).chain(self.address.words());
        words.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        words
    }

    pub(crate) fn of(words: &[u64; WORDS]) -> Option<Target> {
        let (port, texts) = words.split_first()?;
        let (path, texts) = texts.split_first_chunk()?;
        let (address, _) = texts.split_first_chunk()?;
        Some(Target { port: u16::try_from(*port).ok()?, path: Text::of(*path), address: Text::of(*address) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_comes_back_from_its_words_which_tell_whether_there_is_one() {
        let (path, address) = (Text::new("/var/lib/*").unwrap(), Text::new("10.0.0.*").unwrap());
        for target in [
            Target { port: 6379, ..Target::default() },
            Target { path, ..Target::default() },
            Target { address, ..Target::default() },
            Target { port: 1, path, address },
        ] {
            let words = target.words();
            assert_eq!(Target::of(&words), Some(target));
            assert!(TELLING.iter().any(|at| words[*at] != 0), "{target:?}");
        }
        assert_eq!(Target::default().words(), [0; WORDS]);
    }
}
