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
    let long = || "a target of fewer bytes".to_owned();
    Ok(if target.starts_with('/') {
        Target { path: Text::new(target).ok_or_else(long)?, ..Target::default() }
    } else {
        Target { address: Text::new(target).ok_or_else(long)?, ..Target::default() }
    })
}
