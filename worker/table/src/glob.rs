//! A text in which `*` stands for anything.

/// Whether `glob` matches all of `text`; everything but `*` stands for itself. After a mismatch only the last `*` is tried
/// again, so it is linear in practice.
pub fn matches(glob: &[u8], text: &[u8]) -> bool {
    matches_by(|at| glob.get(at).copied(), text)
}

/// The same of a glob that is told byte by byte.
pub(crate) fn matches_by(glob: impl Fn(usize) -> Option<u8>, text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        if glob(g) == Some(b'*') {
            star = Some((g, t));
            g += 1;
        } else if glob(g) == Some(*byte) {
            g += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            g = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    (g..).map_while(glob).all(|byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything_and_everything_else_for_itself() {
        for (glob, text, expected) in [
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
            assert_eq!(matches(glob.as_bytes(), text.as_bytes()), expected, "{glob} on {text}");
        }
    }
}
