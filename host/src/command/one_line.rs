//! One line: a text as it stands in the log, where somebody else may have chosen its words.

use std::fmt::{self, Write};

/// The most bytes of one text.
const MOST: usize = 8 << 10;

/// Writes on what comes as part of one line: a peer that puts a line break into its words does not begin a line of its own,
/// nor does one that says megabytes fill the log.
#[derive(Debug)]
pub(super) struct OneLine<W> {
    writer: W,
    left: usize,
}

impl<W: Write> OneLine<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, left: MOST }
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.left == 0 {
                return Ok(());
            }
            self.left = self.left.saturating_sub(character.len_utf8());
            if character.is_control() {
                write!(self.writer, "{}", character.escape_default())?;
            } else {
                self.writer.write_char(character)?;
            }
            if self.left == 0 {
                self.writer.write_str("… (cut)")?;
            }
        }
        Ok(())
    }
}

/// The same as a text.
pub(super) fn one_line(what: &dyn fmt::Debug) -> String {
    let mut line = String::new();
    // Writing to a String does not fail, and what cannot be shown is left out.
    let _ = write!(OneLine::new(&mut line), "{what:?}");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_peers_stay_within_their_line() {
        let forged = format_args!("boo\n2026-01-01T00:00:00Z  INFO web: all is well \u{1b}[2Jé").to_string();
        let line = one_line(&format_args!("{forged}"));
        assert_eq!(line, "boo\\n2026-01-01T00:00:00Z  INFO web: all is well \\u{1b}[2Jé");
    }

    #[test]
    fn megabytes_are_cut() {
        let line = one_line(&format_args!("{}", "x".repeat(1 << 20)));
        assert_eq!(line.len(), MOST + "… (cut)".len());
    }
}
