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

    /// Linear in practice: after a mismatch only the last `*` is tried again.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (glob, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut g, mut n) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            if glob.get(g) == Some(&b'*') {
                star = Some((g, n));
                g += 1;
            } else if glob.get(g) == Some(&name[n]) {
                g += 1;
                n += 1;
            } else if let Some((at, taken)) = star {
                star = Some((at, taken + 1));
                g = at + 1;
                n = taken + 1;
            } else {
                return false;
            }
        }
        glob[g..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything_and_everything_else_for_itself() {
        for (glob, name, expected) in [
            ("*", "checkout.charge", true),
            ("checkout.*", "checkout.charge", true),
            ("*.charge", "checkout.charge", true),
            ("c*t.c*e", "checkout.charge", true),
            ("*out*", "checkout.charge", true),
            ("checkout.charge", "checkout.charge", true),
            ("checkout", "checkout.charge", false),
            ("checkout.charge.*", "checkout.charge", false),
            ("*.refund", "checkout.charge", false),
            ("", "checkout.charge", false),
            ("a*b*c", "abbbbc", true),
            ("a*b*c", "abbbb", false),
        ] {
            assert_eq!(Pattern::new(glob).matches(name), expected, "{glob} on {name}");
        }
        assert!(Pattern::default().matches("anything"));
    }
}
