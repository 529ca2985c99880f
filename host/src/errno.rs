//! Errors of system calls as users write them.

use crate::slip::meant_of;
use chaos_kitty_bus::Value;
use nix::errno::Errno;

/// The kernel's own errors end here; what is above means something to itself alone.
const LAST: i32 = 133;
/// Second names, which are as good as the first.
const ALIASES: [(&str, Errno); 3] =
    [("EWOULDBLOCK", Errno::EAGAIN), ("EDEADLOCK", Errno::EDEADLK), ("ENOTSUP", Errno::EOPNOTSUPP)];

/// `ECONNRESET`, `econnreset` or `104`, as its name.
///
/// # Errors
/// What it must be, with the nearest name.
pub(crate) fn parse(value: &Value) -> Result<Value, String> {
    let known = || (1..=LAST).map(Errno::from_raw).filter(|errno| *errno != Errno::UnknownErrno);
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let written = value.as_str().unwrap_or_default().trim().to_ascii_uppercase();
    let alias = ALIASES.iter().find(|(name, _)| *name == written).map(|(_, errno)| *errno);
    let found = alias.or_else(|| {
        known().find(|errno| match number {
            Some(number) => number == i64::from(*errno as i32),
            None => name(*errno) == written,
        })
    });
    found.map(|errno| Value::from(name(errno))).ok_or_else(|| {
        let names: Vec<String> = known().map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let meant = meant_of(&written, names.into_iter()).filter(|_| number.is_none());
        let meant = meant.map_or_else(String::new, |meant| format!(", did you mean `{meant}`"));
        format!("an error such as ECONNRESET, ENOSPC or 5{meant}")
    })
}

fn name(errno: Errno) -> String {
    format!("{errno:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_to_write_an_error() {
        for value in
            [Value::from("ECONNRESET"), Value::from("econnreset"), Value::Int(104), Value::from("104")]
        {
            assert_eq!(parse(&value), Ok(Value::from("ECONNRESET")));
        }
        assert_eq!(parse(&Value::from("EWOULDBLOCK")), Ok(Value::from("EAGAIN")));
    }

    #[test]
    fn what_is_none_is_refused_with_the_nearest() {
        let refused = |value: Value| parse(&value).unwrap_err();
        assert!(refused("ECONRESET".into()).ends_with(", did you mean `ECONNRESET`"));
        for value in [Value::Int(0), Value::Int(-5), Value::Int(4096), Value::Nil, "".into(), "soon".into()] {
            assert_eq!(refused(value), "an error such as ECONNRESET, ENOSPC or 5");
        }
    }
}
