//! Signals as users write them.

use crate::slip::meant_of;
use chaos_kitty_bus::Value;
use nix::sys::signal::Signal;

/// `TERM`, `SIGTERM` or `15`.
///
/// # Errors
/// What it must be, and which may have been meant.
pub(crate) fn parse(value: &Value) -> Result<Signal, String> {
    let known = match value {
        Value::Int(number) => i32::try_from(*number).ok().and_then(|number| Signal::try_from(number).ok()),
        _ => value.as_str().and_then(|text| {
            let name = text.trim().to_ascii_uppercase();
            let bare = name.strip_prefix("SIG").unwrap_or(&name);
            match bare.parse::<i32>() {
                Ok(number) => Signal::try_from(number).ok(),
                Err(_) => format!("SIG{bare}").parse().ok(),
            }
        }),
    };
    known.ok_or_else(|| {
        let meant = value.as_str().map_or_else(String::new, advice);
        format!("a signal such as TERM, SIGTERM or 15{meant}")
    })
}

fn advice(written: &str) -> String {
    let name = written.trim().to_ascii_uppercase();
    let bare = name.strip_prefix("SIG").unwrap_or(&name);
    let known = Signal::iterator().filter_map(|signal| signal.as_str().strip_prefix("SIG"));
    meant_of(bare, known).map_or_else(String::new, |meant| format!(", did you mean `{meant}`"))
}

/// Whether the signal's default is to stop the process: such a one needs somebody who continues it.
pub(crate) fn stops(signal: Signal) -> bool {
    matches!(signal, Signal::SIGSTOP | Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU)
}

/// Whether what the signal does can be taken back by nobody.
pub(crate) fn is_irreversible(signal: Signal) -> bool {
    !matches!(signal, Signal::SIGCONT | Signal::SIGCHLD | Signal::SIGURG | Signal::SIGWINCH) && !stops(signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ways_to_write_a_signal() {
        for value in [Value::from("TERM"), Value::from("sigterm"), Value::Int(15), Value::from("15")] {
            assert_eq!(parse(&value), Ok(Signal::SIGTERM));
        }
        for value in [Value::from("TREM"), Value::Int(0), Value::Int(-1), Value::Int(99), Value::Nil] {
            assert!(parse(&value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn what_may_have_been_meant_is_named() {
        for (written, meant) in [("TREM", "`TERM`"), ("sigkil", "`KILL`"), ("USER1", "`USR1`")] {
            let must = parse(&Value::from(written)).unwrap_err();
            assert!(must.ends_with(&format!(", did you mean {meant}")), "{must}");
        }
        assert_eq!(parse(&Value::from("whatever")).unwrap_err(), "a signal such as TERM, SIGTERM or 15");
    }
}
