//! Limits: what they refuse, whom, and what they count.

mod at_once;
mod calendar;
mod dry_run;
mod health;
mod operations;
mod reload;
mod who;

use chaos_kitty_tests::{Host, Json, Nest, Operator, json};

/// A configuration with these limits and no instance.
fn limited(limits: &str) -> String {
    format!("version = 1\ninstance = []\n{limits}")
}

/// An instance of yowl that strikes often.
fn yowl(name: &str) -> String {
    format!(
        "[[instance]]\noperation = \"yowl\"\nname = \"{name}\"\n\
         parameters = {{ interval = \"50ms\", probability = 1, messages = [\"meow\"] }}\n"
    )
}

/// A host with these limits, which strikes nobody by itself.
#[track_caller]
fn host(nest: &Nest, limits: &str) -> Host {
    nest.host().configuration(limited(limits)).start()
}

/// A call is refused by this rule, with these words: to a person, to a program, and in the record.
#[track_caller]
fn refused(host: &Host, operator: &Operator, call: &[&str], rule: &str, words: &[&str]) {
    let mark = host.log().mark();
    let answer = operator.run(&[&["call"], call].concat());
    assert_eq!(answer.code, 1, "{answer:?}");
    for word in words {
        assert!(answer.error.contains(word), "{word:?} is not in {answer:?}");
    }
    let in_json = operator.run(&[&["--json", "call"], call].concat());
    assert_eq!((in_json.code, &in_json.json()["refused"]["rule"]), (1, &json!(rule)), "{in_json:?}");
    // An instance may be refused meanwhile, too.
    host.record_after(mark, "the operator's refusal", |record| {
        let is_operators = record["origin"]["operator"]["uid"].is_number();
        refused_by(record, rule) && is_operators && record["victim"]["name"] == call[0]
    });
}

/// Whether a record is a refusal by this rule.
fn refused_by(record: &Json, rule: &str) -> bool {
    record["record"] == "decision" && record["ruling"]["refused"]["rule"] == rule
}

/// Whether it is one of an instance's.
fn instance_refused_by(record: &Json, instance: &str, rule: &str) -> bool {
    refused_by(record, rule) && record["origin"]["instance"]["name"] == instance
}

/// A call is done.
#[track_caller]
fn done(operator: &Operator, call: &[&str]) {
    let answer = operator.run(&[&["call"], call].concat());
    assert_eq!(answer.code, 0, "{call:?}: {answer:?}");
}

/// What the status says of a limit.
#[track_caller]
fn listed(operator: &Operator, rule: &str) -> Json {
    let status = operator.ask(&["status"]);
    let all = status["host"]["limits"].as_array().unwrap().clone();
    all.into_iter().find(|limit| limit["rule"] == rule).unwrap_or_else(|| panic!("no {rule} in {status}"))
}
