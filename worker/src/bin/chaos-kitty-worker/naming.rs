//! What the host takes for a name: what it would refuse is wrong use, and told before the program starts.
//!
//! The host looks itself; host and worker share no crate but the bus.

/// The longest name, label or method, in bytes.
const LONGEST: usize = 128;

/// A victim's name.
///
/// # Errors
/// Why it cannot be one.
pub(crate) fn name(text: &str) -> Result<String, String> {
    check("name", text)?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "a name is more than digits, which would be taken for an id: such as web-{text}"
        ));
    }
    Ok(text.to_owned())
}

/// A label, as `key=value`; the value may be empty.
///
/// # Errors
/// Why it cannot be one.
pub(crate) fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').unwrap_or_default();
    if key.is_empty() {
        return Err("a label is key=value, such as tier=api".to_owned());
    }
    check("label", key)?;
    if !value.is_empty() {
        check("label's value", value)?;
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Whether the host takes this text as a name, a label or a method.
///
/// # Errors
/// Why it does not.
pub(crate) fn check(what: &str, text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > LONGEST {
        return Err(format!("a {what} has 1 to {LONGEST} bytes, not {}", text.len()));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() && c != ' ') {
        return Err(format!("a {what} holds no control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_would_refuse_is_refused() {
        for good in ["web", "web 2", "7th", &"a".repeat(128)] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for (wrong, why) in
            [("", "1 to 128"), ("42", "web-42"), ("a\tb", "control"), (&*"a".repeat(129), "129")]
        {
            assert!(name(wrong).unwrap_err().contains(why), "{wrong:?}");
        }
        assert_eq!(label("tier=api=2"), Ok(("tier".to_owned(), "api=2".to_owned())));
        assert_eq!(label("tier="), Ok(("tier".to_owned(), String::new())));
        for (wrong, why) in [("tier", "key=value"), ("=api", "key=value"), ("tier=a\nb", "control")] {
            assert!(label(wrong).unwrap_err().contains(why), "{wrong:?}");
        }
        assert!(label(&format!("tier={}", "a".repeat(129))).unwrap_err().contains("value has 1 to 128"));
    }
}
