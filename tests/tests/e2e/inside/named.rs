//! Names: the author of an operation, the host, and the library each have a list of calls and one of errors, in crates that do not
//! know each other. They are the same.

use std::collections::BTreeSet;

use chaos_kitty_bus::{Request, Value};
use chaos_kitty_table::Call;
use chaos_kitty_tests::{Nest, Wire};

use super::{Inside, NAME};

/// A configuration with an instance for each of these errors.
fn hisses(errors: impl IntoIterator<Item = String>) -> String {
    let hiss = |error| {
        format!("[[instance]]\noperation = \"hiss\"\nname = \"h-{error}\"\n[instance.parameters]\nerrno = ")
    };
    errors.into_iter().fold("version = 1\n".to_owned(), |all, error| {
        let value = if error.starts_with('E') { format!("\"{error}\"") } else { error.clone() };
        all + &hiss(error) + &value + "\n"
    })
}

#[test]
fn calls_have_the_same_names_everywhere() {
    let nest = Nest::new();
    let inside = Inside::start(&nest);
    let operator = nest.operator();
    let table: Vec<&str> = Call::ALL.iter().map(|call| call.name()).chain(["*"]).collect();
    let hiss = operator.ask(&["operations", "describe", "hiss"]);
    let calls = hiss["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "calls").unwrap();
    let author: Vec<&str> = calls["kind"]["choices"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|choice| choice["name"].as_str())
        .collect();
    assert_eq!(author, table);
    let refused = operator.run(&["call", NAME, "disturb", "calls=,", "errno=EIO", "duration=1"]);
    let (_, host) = refused.error.split_once("a call, or some: ").unwrap_or_else(|| panic!("{refused:?}"));
    let host: Vec<&str> = host.trim().split(", ").collect();
    assert_eq!(host, table, "{refused:?}");
    inside.end();
}

#[test]
fn errors_have_the_same_names_everywhere() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    // The host makes names of numbers, and hands those to the worker, which knows them too or raises.
    let socket = inside.host.as_ref().unwrap().socket().to_owned();
    let mut wire = Wire::connect(&socket);
    let mut strike = |errno: Value| {
        let options = [("calls", "fsync".into()), ("errno", errno), ("duration", Value::Float(0.001))];
        let strike = Request::new("strike").argument(NAME).argument("disturb");
        wire.call("chaos", strike.option("options", Value::map(options)))
    };
    let (mut host, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..=140 {
        let outcome = strike(Value::Int(number)).unwrap();
        if outcome.get("refused").is_some() {
            unknown.insert(number);
            continue;
        }
        let asked = outcome.get("asked").and_then(|asked| asked.get("errno"));
        let name = asked.and_then(Value::as_str).unwrap_or_else(|| panic!("{outcome:?}"));
        assert_eq!(outcome.get("verdict").and_then(Value::as_str), Some("none"), "{outcome:?}");
        // Python has its own list of them, and lacks some.
        assert_eq!(inside.asks(&format!("getattr(errno, {name:?}, {number})")), number, "{name}");
        host.insert(name.to_owned());
    }
    assert_eq!(host.len() + unknown.len(), 141);
    // The author's crate knows the same numbers, and the same names.
    let check = |errors: Vec<String>| {
        let file = nest.file("chaos.toml", hisses(errors));
        nest.operator().run(&["check", "--config", file.to_str().unwrap()])
    };
    let told = check((0..=140).map(|number: i64| number.to_string()).collect()).error;
    let is_told = |number: &i64| told.contains(&format!("`h-{number}`"));
    assert_eq!((0..=140).filter(is_told).collect::<BTreeSet<i64>>(), unknown, "{told}");
    let seconds = [("EWOULDBLOCK", "EAGAIN"), ("EDEADLOCK", "EDEADLK"), ("ENOTSUP", "EOPNOTSUPP")];
    let names = host.iter().map(String::as_str).chain(seconds.map(|(second, _)| second));
    let told = check(names.map(str::to_owned).collect());
    assert_eq!(told.code, 0, "{told:?}");
    for (second, first) in seconds {
        let outcome = strike(second.into()).unwrap();
        let asked = outcome.get("asked").and_then(|asked| asked.get("errno"));
        assert_eq!(asked.and_then(Value::as_str), Some(first), "{second}");
    }
    inside.end();
}
