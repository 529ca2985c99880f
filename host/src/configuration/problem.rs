//! One thing that is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// A configuration file's text, kept to show the place of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file, as the operator named it.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

impl Source {
    /// A problem at a range of bytes of the text; without one, of the file as a whole.
    pub(crate) fn problem(&self, span: Option<Range<usize>>, message: impl Into<String>) -> Problem {
        let place = span.map(|span| {
            let start = floor(&self.text, span.start);
            let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
            let line_end = self.text[start..].find('\n').map_or(self.text.len(), |newline| start + newline);
            let end = floor(&self.text, span.end).clamp(start, line_end);
            Place {
                line: self.text[..start].matches('\n').count() + 1,
                column: self.text[line_start..start].chars().count() + 1,
                width: self.text[start..end].chars().count().max(1),
                excerpt: self.text[line_start..line_end].trim_end().to_owned(),
            }
        });
        Problem { file: self.file.clone(), place, message: message.into() }
    }
}

fn floor(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// What is wrong, with the line and a caret under it where there is a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The message, which says what to do.
    pub message: String,
    place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    width: usize,
    excerpt: String,
}

impl Problem {
    /// A problem of a host that has no configuration file.
    pub(crate) fn without_file(message: String) -> Self {
        Self { file: PathBuf::from("without a configuration"), place: None, message }
    }

    /// Line and column, both from 1, in characters.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.place.as_ref().map(|place| (place.line, place.column))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        let Some(Place { line, column, width, excerpt }) = &self.place else {
            return write!(out, "{file}: {}", self.message);
        };
        let gutter = line.to_string();
        // Tabs stay tabs under the line, so that the caret stands where the reader looks.
        let indent: String =
            excerpt.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let blank = " ".repeat(gutter.len());
        writeln!(out, "{file}:{line}:{column}: {}", self.message)?;
        writeln!(out, " {gutter} | {excerpt}")?;
        write!(out, " {blank} | {indent}{}", "^".repeat(*width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { file: "chaos.toml".into(), text: text.to_owned() }
    }

    #[test]
    fn the_caret_stands_under_the_span_in_characters() {
        let source = source("version = 1\n# ümläut\n\tmäx = \"ö\"\n");
        let start = source.text.find("\"ö").unwrap();
        let problem = source.problem(Some(start..start + 4), "not a number");
        assert_eq!(problem.position(), Some((3, 8)));
        assert_eq!(problem.to_string(), "chaos.toml:3:8: not a number\n 3 | \tmäx = \"ö\"\n   | \t      ^^^");
    }

    #[test]
    fn spans_beyond_the_text_or_inside_a_character_do_not_panic() {
        let source = source("ä");
        for span in [0..1, 1..2, 2..2, 5..9] {
            assert!(source.problem(Some(span), "x").position().is_some());
        }
        assert_eq!(source.problem(None, "empty").to_string(), "chaos.toml: empty");
    }
}
