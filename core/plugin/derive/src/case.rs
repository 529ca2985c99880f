//! How serde's `rename_all` writes a name.

use syn::Ident;
use syn::ext::IdentExt;

/// As it is written in the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// Of a field, which is written `in_this_way`.
    pub(crate) fn of_field(self, field: &Ident) -> String {
        let name = field.unraw().to_string();
        match self {
            // Lower case leaves its underscores where they are, as serde does.
            Self::Lower | Self::Snake => name,
            Self::Upper | Self::ScreamingSnake => name.to_uppercase(),
            _ => self.of_words(&name.split('_').map(str::to_owned).collect::<Vec<_>>()),
        }
    }

    /// Of a variant, which is written `InThisWay`.
    pub(crate) fn of_variant(self, variant: &Ident) -> String {
        let mut words: Vec<String> = Vec::new();
        for letter in variant.unraw().to_string().chars() {
            match words.last_mut() {
                Some(word) if !letter.is_uppercase() => word.push(letter),
                _ => words.push(letter.to_lowercase().collect()),
            }
        }
        self.of_words(&words)
    }

    fn of_words(self, words: &[String]) -> String {
        let capital = |word: &String| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        };
        let pascal = || words.iter().map(capital).collect::<String>();
        match self {
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
            Self::Pascal => pascal(),
            Self::Camel => words.iter().take(1).cloned().chain(words.iter().skip(1).map(capital)).collect(),
            Self::Snake => words.join("_"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Kebab => words.join("-"),
            Self::ScreamingKebab => words.join("-").to_uppercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn names_are_written_as_serde_writes_them() {
        for (case, field, variant) in [
            ("lowercase", "min_delay", "verylong"),
            ("UPPERCASE", "MIN_DELAY", "VERYLONG"),
            ("PascalCase", "MinDelay", "VeryLong"),
            ("camelCase", "minDelay", "veryLong"),
            ("snake_case", "min_delay", "very_long"),
            ("SCREAMING_SNAKE_CASE", "MIN_DELAY", "VERY_LONG"),
            ("kebab-case", "min-delay", "very-long"),
            ("SCREAMING-KEBAB-CASE", "MIN-DELAY", "VERY-LONG"),
        ] {
            let written = Case::named(case).unwrap();
            assert_eq!(written.of_field(&parse_quote!(min_delay)), field);
            assert_eq!(written.of_variant(&parse_quote!(VeryLong)), variant);
        }
        assert_eq!(Case::named("Upside-Down"), None);
    }
}
