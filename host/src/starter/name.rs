//! What an operation may be called.

use crate::plugin::Manifest;
use std::str::FromStr;

/// The name of an operation, of its crate, and so of the type in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Puts it in the place of the template's own.
    pub(super) fn put_into(&self, text: &str) -> String {
        text.replace("my-operation", &self.0).replace("MyOperation", &type_name(&self.0))
    }
}

/// `tail-chase` is `TailChase`.
fn type_name(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
    };
    name.split(['-', '_']).filter_map(capitalised).collect()
}

impl FromStr for Name {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
        if !Manifest::is_name(name) || !name.is_ascii() || !starts_well {
            return Err(format!(
                "`{}` is no name for an operation: begin with a letter, and use letters, digits, - and _, at most 64",
                name.escape_default()
            ));
        }
        // To the compiler they are one.
        let is_same = |other: &str| other.replace('-', "_") == name.replace('-', "_");
        if let Some(other) = super::sdk::crates().find(|other| is_same(other)) {
            return Err(format!(
                "`{name}` cannot be the operation's name: its crate is built with one called `{other}`; add a word"
            ));
        }
        let own = type_name(name);
        let mut words = super::OPERATION.split(|letter: char| !letter.is_alphanumeric());
        if words.any(|word| word == own) {
            return Err(format!(
                "`{name}` cannot be the operation's name: its type would be `{own}`, which there is already; add a word"
            ));
        }
        Ok(Self(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_type_too() {
        for (name, own) in [("stutter", "Stutter"), ("tail-chase_2", "TailChase2"), ("x--y", "XY")] {
            assert_eq!(name.parse::<Name>().unwrap().put_into("MyOperation"), own);
        }
    }

    #[test]
    fn what_cargo_or_the_source_would_not_take_is_refused() {
        for name in [
            "",
            "2fast",
            "-x",
            "_",
            "a b",
            "a/b",
            "k\u{e4}tzchen",
            "context",
            "self",
            "kit",
            "chaos-kitty-plugin",
            "chaos_kitty_abi",
            "serde",
            &"a".repeat(65),
        ] {
            let why = name.parse::<Name>().unwrap_err();
            assert!(why.contains("name"), "{name}: {why}");
        }
    }
}
