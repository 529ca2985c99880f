//! Why a call fails, by name.

use chaos_kitty_bus::Exception;
use nix::errno::Errno;

/// The number of an errno, which is a name such as `ENOSPC` or a number.
pub(super) fn parse(text: &str) -> Option<i32> {
    /// As large as Linux has them.
    const LARGEST: i32 = 133;
    let is_known = |number: &i32| Errno::from_raw(*number) != Errno::UnknownErrno;
    if let Ok(number) = text.parse::<i32>() {
        return Some(number).filter(is_known);
    }
    let name = text.to_ascii_uppercase();
    match &*name {
        "EWOULDBLOCK" => Some(Errno::EAGAIN as i32),
        "ENOTSUP" => Some(Errno::EOPNOTSUPP as i32),
        "EDEADLOCK" => Some(Errno::EDEADLK as i32),
        // Its name is how it is shown.
        name => {
            (1..=LARGEST).find(|number| is_known(number) && format!("{:?}", Errno::from_raw(*number)) == name)
        }
    }
}

/// The answer to one that is none.
pub(super) fn unknown(method: &str, text: &str) -> Exception {
    Exception::argument(format!(
        "{method}: errno: must be a name such as ENOSPC, or its number, not {text:?}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_name_or_a_number() {
        for (text, number) in [
            ("ENOSPC", 28),
            ("enospc", 28),
            ("28", 28),
            ("EAGAIN", 11),
            ("EWOULDBLOCK", 11),
            ("ECONNRESET", 104),
        ] {
            assert_eq!(parse(text), Some(number), "{text}");
        }
        for text in ["ENOSPACE", "0", "-5", "4711", "", "UNKNOWNERRNO"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
