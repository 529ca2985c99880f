//! `journal verify`: whatever was done to a journal, the first record that is not as it was written is named.

use std::fs;
use std::path::{Path, PathBuf};

use chaos_kitty_tests::{Journal, Json, Nest, Operator, json, sha256};

/// What a row does to the journal's files, each a list of lines, the oldest first.
type Damaging = fn(&mut Vec<Vec<String>>);

/// What was done, the doing, and what is found: file (from the oldest, counted from 0), line, number, and what is wrong.
type Row = (&'static str, Damaging, (usize, u64, u64, &'static str));

/// Three files of three records each, and a fourth of one: see [`written`].
const ROWS: &[Row] = &[
    (
        "a word was changed",
        |files| change(&mut files[1][1]),
        (1, 2, 5, "it was changed: its hash should be "),
    ),
    ("the first record was changed", |files| change(&mut files[0][0]), (0, 1, 1, "it was changed")),
    ("the very last record was changed", |files| change(&mut files[3][0]), (3, 1, 10, "it was changed")),
    (
        "a number was changed",
        |files| files[0][1] = files[0][1].replacen(":2,", ":3,", 1),
        (0, 2, 3, "it was changed"),
    ),
    ("a hash was changed", |files| flip(&mut files[0][1]), (0, 2, 2, "it was changed")),
    ("a record was removed", |files| drop(files[1].remove(1)), (1, 2, 6, "record 5 is missing before it")),
    ("the first was removed", |files| drop(files[0].remove(0)), (0, 1, 2, "record 1 is missing before it")),
    (
        "several were removed",
        |files| drop(files[1].drain(..2)),
        (1, 1, 6, "records 4 to 5 are missing before it"),
    ),
    ("a file was emptied", |files| files[1].clear(), (2, 1, 7, "records 4 to 6 are missing before it")),
    ("two were swapped", |files| files[1].swap(0, 1), (1, 1, 5, "record 4 is missing before it")),
    (
        "one was written again",
        |files| {
            let again = files[0][1].clone();
            files[1].insert(1, again);
        },
        (1, 2, 2, "it was inserted, or is out of order: record 5 should be here"),
    ),
    (
        "a stranger's line was inserted",
        |files| files[2].insert(1, "hello".to_owned()),
        (2, 2, 8, "it is unreadable"),
    ),
    ("a line was emptied", |files| files[2][1].clear(), (2, 2, 8, "it is unreadable")),
    ("a line lost its end", |files| files[2][1].truncate(200), (2, 2, 8, "it is unreadable")),
    (
        "a record was changed, and its hash made to fit",
        |files| forge(&mut files[1][1]),
        (1, 3, 6, "it does not belong behind the record before it"),
    ),
];

fn change(line: &mut String) {
    *line = line.replacen("\"schema\":1", "\"schema\":2", 1);
}

/// The last digit of the hash.
fn flip(line: &mut String) {
    let at = line.len() - 3;
    let other = if line.as_bytes()[at] == b'0' { "1" } else { "0" };
    line.replace_range(at..=at, other);
}

fn forge(line: &mut String) {
    change(line);
    let (sealed, _) = line.rsplit_once(",\"hash\":\"").unwrap();
    let hash = sha256(sealed.as_bytes());
    *line = format!("{sealed},\"hash\":\"{hash}\"}}");
}

/// A journal that a host has written: four files, of three records each but for the last.
fn written(nest: &Nest) -> Vec<Vec<String>> {
    let host = nest.quiet_host();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    let operator = nest.operator();
    for _ in 0..3 {
        assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=1ms"]).code, 0);
    }
    operator.ask(&["pause"]);
    host.stop();
    let lines = nest.journal().lines();
    assert_eq!(lines.len(), 10, "{lines:#?}");
    lines.chunks(3).map(<[String]>::to_vec).collect()
}

/// Writes the files, and answers their paths.
fn lay(directory: &Path, files: &[Vec<String>]) -> Vec<PathBuf> {
    fs::create_dir(directory).unwrap();
    let numbers = (1..files.len()).map(|number| format!("chaos.journal.{number}"));
    let paths: Vec<_> =
        numbers.chain(["chaos.journal".to_owned()]).map(|name| directory.join(name)).collect();
    for (path, lines) in paths.iter().zip(files) {
        fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }
    paths
}

fn verify(operator: &Operator, file: &Path, more: &[&str]) -> (i32, Json) {
    let answer = operator.run(&[&["--json", "journal", "verify", file.to_str().unwrap()], more].concat());
    (answer.code, answer.json())
}

#[test]
fn whatever_is_done_to_a_journal_the_first_record_is_named() {
    let nest = Nest::new();
    let written = written(&nest);
    let operator = nest.operator();
    for (at, (what, damage, (file, line, number, wrong))) in ROWS.iter().enumerate() {
        let mut files = written.clone();
        damage(&mut files);
        let paths = lay(&nest.path().join(at.to_string()), &files);
        let (code, found) = verify(&operator, &paths[3], &[]);
        let damage = &found["damage"];
        assert_eq!(code, 1, "{what}: {found}");
        assert_eq!(damage["file"], paths[*file].to_str().unwrap(), "{what}: {damage}");
        assert_eq!((&damage["line"], &damage["number"]), (&json!(line), &json!(number)), "{what}: {damage}");
        assert!(damage["what"].as_str().unwrap().starts_with(wrong), "{what}: {damage}");
        // A person is told the same.
        let said = operator.run(&["journal", "verify", paths[3].to_str().unwrap()]);
        let place = format!("{}:{line}: record {number}: {wrong}", paths[*file].display());
        assert!(said.code == 1 && said.text.contains(&place), "{what}: {said:?}");
    }
}

#[test]
fn a_whole_journal_is_told_by_run_and_a_hash_kept_elsewhere_finds_a_tail_cut_off() {
    let nest = Nest::new();
    let written = written(&nest);
    let operator = nest.operator();
    let whole = lay(&nest.path().join("whole"), &written);
    let (code, found) = verify(&operator, &whole[3], &[]);
    assert_eq!((code, &found["records"], &found["damage"]), (0, &json!(10), &Json::Null));
    let run = &found["runs"][0];
    assert!(run["records"] == 10 && run["from"].as_f64() < run["until"].as_f64(), "{run}");
    let head = found["head"].as_str().unwrap();
    assert_eq!(verify(&operator, &whole[3], &["--head", head]).0, 0);
    let people = operator.run(&["journal", "verify", whole[3].to_str().unwrap()]);
    assert!(
        people.text.contains(&format!("all is as it was written: 10 records, 1 to 10\nhead {head}")),
        "{people:?}"
    );

    // Without the last record it looks whole, and the hash tells.
    let mut files = written.clone();
    files[3].clear();
    let cut = lay(&nest.path().join("cut"), &files);
    assert_eq!(verify(&operator, &cut[3], &[]).0, 0);
    let (code, found) = verify(&operator, &cut[3], &["--head", head]);
    assert!(
        code == 1 && found["damage"]["what"].as_str().unwrap().starts_with("no record has the hash"),
        "{found}"
    );

    // What is older than is to be kept may go: the oldest record that is there is what all hangs on.
    fs::remove_file(&whole[0]).unwrap();
    let (code, found) = verify(&operator, &whole[3], &["--head", head]);
    assert_eq!((code, &found["first"], &found["records"]), (0, &json!(4), &json!(7)));
    // In the middle it may not.
    fs::remove_file(&whole[2]).unwrap();
    assert_eq!(verify(&operator, &whole[3], &[]).0, 1);
}

#[test]
fn wrong_use_says_what_would_be_right() {
    let nest = Nest::new();
    let operator = nest.operator();
    let missing = operator.run(&["journal", "verify"]);
    assert!(missing.code == 2 && missing.error.contains("there is no journal"), "{missing:?}");
    assert!(missing.error.contains("name the journal, or the --socket"), "{missing:?}");
    nest.quiet_host().stop();
    let head = operator.run(&["journal", "verify", "--head", "abc"]);
    assert!(head.code == 2 && head.error.contains("64 hexadecimal digits, not `abc`"), "{head:?}");
    // By the variable of the environment, and beside another socket.
    let file = nest.path().join("other.journal");
    fs::copy(nest.journal().path(), &file).unwrap();
    let there = Journal::at(&file);
    let mut command = operator.command();
    let output = command
        .args(["--json", "journal", "verify"])
        .env("CHAOS_KITTY_JOURNAL", there.argument())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(operator.run(&["--socket", "other.ipc", "journal", "verify"]).code, 0);
}
