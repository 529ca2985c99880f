//! `chaos-kitty new`: what it refuses, and what it says to scripts.

use std::fs;

use chaos_kitty_tests::{Nest, json};

#[test]
fn what_cannot_be_begun_is_said_in_one_line_and_nothing_is_written() {
    let nest = Nest::new();
    fs::create_dir(nest.path().join("full")).unwrap();
    nest.file("full/mine.txt", "mine");
    nest.file("file", "mine");
    let long = "a".repeat(65);
    for (path, words) in [
        ("full", "full is not empty: name a new directory"),
        ("file", "file: Not a directory (os error 20): name a new directory"),
        ("2fast", "`2fast` is no name for an operation: begin with a letter"),
        ("tail chase", "`tail chase` is no name for an operation"),
        ("k\u{e4}tzchen", "is no name for an operation"),
        (&long, "use letters, digits, - and _, at most 64"),
        ("there/..", "`` is no name for an operation"),
        ("context", "its type would be `Context`, which there is already; add a word"),
        ("chaos-kitty-plugin", "its crate is built with one called `chaos-kitty-plugin`; add a word"),
        ("chaos_kitty_abi", "its crate is built with one called `chaos-kitty-abi`; add a word"),
        ("serde", "its crate is built with one called `serde`; add a word"),
    ] {
        for arguments in [&["new", path][..], &["--json", "new", path]] {
            let answer = nest.operator().run(arguments);
            assert_eq!(answer.code, 2, "{path}: {answer:?}");
            assert!(answer.error.lines().count() == 1 && answer.error.contains(words), "{path}: {answer:?}");
            let is_json = arguments.contains(&"--json");
            assert_eq!(answer.text.contains("\"refused\""), is_json, "{path}: {answer:?}");
        }
    }
    let mut there: Vec<_> = fs::read_dir(nest.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, ["file", "full", "tmp"]);
    assert_eq!(fs::read_dir(nest.path().join("full")).unwrap().count(), 1);
}

#[test]
fn a_script_is_told_what_was_written() {
    let nest = Nest::new();
    fs::create_dir(nest.path().join("empty")).unwrap();
    for place in ["deep/down/tail-chase", "empty"] {
        let told = nest.operator().ask(&["new", place]);
        assert_eq!(told["directory"], place);
        assert_eq!(told["operation"], json!(place.rsplit('/').next()));
        let files: Vec<_> =
            told["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
        for file in ["Cargo.lock", "Cargo.toml", "chaos.toml", "src/lib.rs", "sdk/core/plugin/src/lib.rs"] {
            assert!(files.contains(&file), "no {file}: {told}");
        }
        assert!(files.iter().all(|file| nest.path().join(place).join(file).is_file()), "{told}");
        let again = nest.operator().run(&["new", place]);
        assert!(again.code == 2 && again.error.contains("is not empty"), "{again:?}");
    }
}
