//! Which calls are meant: by name, or by a point as linked programs have them.

use chaos_kitty_bus::Value;
use chaos_kitty_table::{Call, Rule, Target, Text};

/// The calls that `calls:` names: one, or a list of them; `*` is all.
///
/// # Errors
/// What is meant instead.
pub(super) fn named(value: &Value) -> Result<Vec<Call>, String> {
    let names = match value {
        Value::Array(names) => names.iter().map(Value::as_str).collect::<Option<Vec<_>>>(),
        one => one.as_str().map(|one| one.split([',', ' ']).filter(|name| !name.is_empty()).collect()),
    };
    let names = names.filter(|names| !names.is_empty()).ok_or_else(known)?;
    let mut calls = Vec::new();
    for name in names {
        match (name, Call::named(name)) {
            ("*", _) => calls.extend(Call::ALL),
            (_, Some(call)) => calls.push(call),
            (_, None) => return Err(known()),
        }
    }
    Ok(calls)
}

fn known() -> String {
    format!("names of calls, one or a list, of {} and * for all", Call::ALL.map(Call::name).join(", "))
}

/// Narrows a rule to a point, and answers its target: a glob on the call's name, and after a colon one on where it goes, a path
/// or an address.
///
/// # Errors
/// What is meant instead.
pub(super) fn at_point(rule: &mut Rule, point: &str) -> Result<Target, String> {
    let (call, target) = point.split_once(':').unwrap_or((point, ""));
    let all = Call::ALL.into_iter().filter(|known| known.is_io());
    let meant = all.filter(|known| chaos_kitty_table::matches(call.as_bytes(), known.name().as_bytes()));
    rule.calls = meant.fold(0, |bits, call| bits | call.bit());
    if rule.calls == 0 {
        let io: Vec<_> = Call::ALL.into_iter().filter(|call| call.is_io()).map(Call::name).collect();
        return Err(format!("CALL or CALL:TARGET, the call one of {} (with * for anything)", io.join(", ")));
    }
    let text_is_long = || "a target of fewer bytes".to_owned();
    Ok(match target {
        "" | "*" => Target::default(),
        path if is_path(path) => {
            Target { path: Text::new(path).ok_or_else(text_is_long)?, ..Target::default() }
        }
        address if is_address(address) => {
            Target { address: Text::new(address).ok_or_else(text_is_long)?, ..Target::default() }
        }
        _ => {
            return Err("CALL:TARGET, the target a whole path, which has a / (such as */data.txt), or an IP address, unix:PATH or \
                        unix:@NAME (with * for anything)"
                .to_owned());
        }
    })
}

fn is_path(target: &str) -> bool {
    target.contains('/') && !is_of_unix(target)
}

/// Whether an address may match it.
fn is_address(target: &str) -> bool {
    is_of_unix(target) || target.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:*".contains(&byte))
}

fn is_of_unix(target: &str) -> bool {
    target.starts_with("unix:") || target == "unix*"
}

#[cfg(test)]
mod tests {
    use chaos_kitty_table::Deed;

    use super::*;

    /// Its path and its address, where they match these.
    fn at(point: &str) -> Result<(bool, bool), String> {
        let mut rule = Rule::about(Call::ALL, Deed::Hold, 0, 1);
        let target = at_point(&mut rule, point)?;
        assert!(!target.path.is_empty() || !target.address.is_empty() || target == Target::default());
        let address: &[u8] = if point.contains("unix") { b"unix:/run/data.txt" } else { b"10.0.0.7" };
        Ok((target.path.matches(b"/tmp/data.txt"), target.address.matches(address)))
    }

    #[test]
    fn a_target_is_a_path_or_an_address_or_anything_and_nothing_else() {
        for point in ["write", "*", "write:*", "*:*", "write:"] {
            let mut rule = Rule::about(Call::ALL, Deed::Hold, 0, 1);
            assert_eq!(at_point(&mut rule, point), Ok(Target::default()), "{point}");
        }
        for point in ["write:/tmp/*", "write:*/data.txt", "*:*/data*", "*:/tmp/data.txt"] {
            assert_eq!(at(point), Ok((true, false)), "{point}");
        }
        for point in ["send:10.*", "send:*.7", "*:unix:*", "*:unix:/run/*", "read:unix*"] {
            assert_eq!(at(point), Ok((false, true)), "{point}");
        }
        for point in ["write:data.txt", "write:*.txt", "write:redis"] {
            let told = at(point).unwrap_err();
            assert!(told.contains("*/data.txt") && told.contains("unix:PATH"), "{point}: {told}");
        }
    }
}
