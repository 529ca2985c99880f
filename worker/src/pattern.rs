//! Which fault points an effect is meant for: a name in which `*` stands for anything.

/// Matches names of fault points; the default matches all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Default for Pattern {
    fn default() -> Pattern {
        Pattern("*".to_owned())
    }
}

impl Pattern {
    pub(crate) fn new(glob: &str) -> Pattern {
        Pattern(glob.to_owned())
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        chaos_kitty_table::matches(self.0.as_bytes(), name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_matches_anything_and_a_glob_what_it_says() {
        assert!(
            Pattern::new("checkout.*").matches("checkout.charge")
                && !Pattern::new("checkout.*").matches("cart")
        );
        assert!(Pattern::default().matches("anything"));
    }
}
