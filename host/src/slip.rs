//! Slips of the keyboard.

/// So many letters that are wrong, missing, too many or in each other's place are a slip. `timeout` is further from `times`.
const SLIPS: usize = 2;

/// Whether one text may have been meant by another. Of three letters two are no slip: too little is left of what was meant.
pub(crate) fn is_slip(text: &str, meant: &str) -> bool {
    let [length, other] = [text, meant].map(|text| text.chars().count());
    let most = SLIPS.min(length.max(other) / 2);
    length.abs_diff(other) <= most && strsim::osa_distance(text, meant) <= most
}

/// The one of these that may have been meant, and is nearest.
pub(crate) fn meant_of<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let known = known.filter(|known| is_slip(text, known));
    known.min_by_key(|known| strsim::osa_distance(text, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_are_a_slip_and_three_are_another_word() {
        for (text, meant) in [("shpo", "shop"), ("sop", "shop"), ("shoppp", "shop"), ("shap", "shop")] {
            assert!(is_slip(text, meant), "{text}");
        }
        for (text, other) in [("timeout", "times"), ("db", "ap"), ("END", "INT"), ("a", "b"), ("", "a")] {
            assert!(!is_slip(text, other), "{text}");
        }
        assert_eq!(meant_of("shpo", ["step", "shop", "shipo"].into_iter()), Some("shop"));
    }
}
