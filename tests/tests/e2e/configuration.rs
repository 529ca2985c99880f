//! A newcomer's configuration: every mistake is shown with its place, and nothing starts.

use chaos_kitty_tests::Nest;

/// A configuration with a mistake, and what is said of it after the file's name: line and column, or where the column is
/// a matter of taste the line, and words.
struct Mistake {
    text: String,
    place: &'static str,
    words: &'static [&'static str],
}

fn mistake(text: impl Into<String>, place: &'static str, words: &'static [&'static str]) -> Mistake {
    Mistake { text: text.into(), place, words }
}

/// One parameter on the fifth line, its value in the column behind `= `.
fn parameter(operation: &str, line: &str) -> String {
    format!("version = 1\n[[instance]]\noperation = \"{operation}\"\n[instance.parameters]\n{line}\n")
}

/// Holds both commands to it that read a configuration: exit code 2, file:line:column, words; and no socket.
fn refused(mistakes: Vec<Mistake>) {
    let nest = Nest::new();
    for Mistake { text, place, words } in mistakes {
        let (code, said) = nest.host().configuration(&text).refused();
        let file = nest.path().join("chaos.toml");
        let check = nest.operator().run(&["check", "--config", file.to_str().unwrap()]);
        for (command, code, said) in [("serve", code, &said), ("check", check.code, &check.error)] {
            assert_eq!(code, 2, "{command} of:\n{text}\n{said}");
            let place = format!("{}:{place}", file.display());
            assert!(said.contains(&place), "{command}: no `{place}` for:\n{text}\n{said}");
            for word in words {
                assert!(said.contains(word), "{command}: no `{word}` for:\n{text}\n{said}");
            }
        }
        assert!(!nest.socket().exists() && !nest.socket().with_added_extension("lock").exists(), "{text}");
    }
    assert_eq!(std::fs::read_dir(nest.tmp()).unwrap().count(), 0, "a copy of a plugin stays");
}

#[test]
fn the_form_of_the_file() {
    refused(vec![
        mistake("", "1:1: ", &["`version = 1` is missing"]),
        mistake("[[instance]]\noperation = \"yowl\"\n", "1:1: ", &["`version = 1` is missing"]),
        mistake("version = 3\n", "1:11: ", &["version 3 is not known", "reads version 1"]),
        mistake("version = one\n", "1:11: ", &[]),
        mistake("version = 1\n[[instance]\n", "2:", &[]),
        mistake("version = 1\nplugin = 3\n", "2:1: ", &["unknown key `plugin`"]),
        mistake("version = 1\n[host]\nsoket = \"a\"\n", "3:1: ", &["did you mean `socket`"]),
        mistake("version = 1\n[host]\npaused = 1\n", "3:10: ", &["`paused`", "1 (integer)"]),
        mistake("version = 1\n[host]\nseed = -4\n", "3:8: ", &["`seed`"]),
        mistake("version = 1\n[[instance]]\nname = \"a\"\n", "2:1: ", &["`operation = \"NAME\"`"]),
        mistake(
            "version = 1\n[[instance]]\noperation = \"harball\"\n",
            "3:13: ",
            &["no plugin offers the operation `harball`", "did you mean `hairball`", "--plugins"],
        ),
        mistake(
            "version = 1\n[[instance]]\noperation = \"yowl\"\nvictims = { label = {} }\n",
            "4:13: ",
            &["did you mean `labels`"],
        ),
        mistake(
            "version = 1\n[[instance]]\noperation = \"yowl\"\n[[instance]]\noperation = \"yowl\"\n",
            "5:13: ",
            &["a second instance is called `yowl`"],
        ),
    ]);
}

#[test]
fn impossible_parameters_of_hairball() {
    refused(vec![
        mistake(parameter("hairball", "interval = 0"), "5:12: ", &["interval", "hairball"]),
        mistake(parameter("hairball", "interval = \"soon\""), "5:12: ", &["interval", "500ms"]),
        mistake(parameter("hairball", "probability = 1.5"), "5:15: ", &["1.5 is not a probability"]),
        mistake(parameter("hairball", "min_delay = -1"), "5:13: ", &["min_delay", "negative"]),
        mistake(
            parameter("hairball", "min_delay = 6"),
            "5:13: ",
            &["6 s is more than max_delay, which is 5 s"],
        ),
        mistake(parameter("hairball", "max_delay = 0"), "5:13: ", &["0 s is no time at all", "500ms"]),
        mistake(parameter("hairball", "max_delay = [1]"), "5:13: ", &["max_delay"]),
        mistake(parameter("hairball", "max_dely = 1"), "5:1: ", &["`max_dely`, did you mean `max_delay`"]),
    ]);
}

#[test]
fn impossible_parameters_of_scratch() {
    refused(vec![
        mistake(parameter("scratch", "signal = \"TREM\""), "5:10: ", &["`TREM`, did you mean `TERM`"]),
        mistake(parameter("scratch", "signal = 99"), "5:10: ", &["99"]),
        mistake(parameter("scratch", "probability = \"often\""), "5:15: ", &["probability"]),
        mistake(parameter("scratch", "interval = -3"), "5:12: ", &["interval"]),
        mistake(parameter("scratch", "signals = 15"), "5:1: ", &["`signals`, did you mean `signal`"]),
    ]);
}

#[test]
fn impossible_parameters_of_floop() {
    refused(vec![
        mistake(parameter("floop", "min_size_mb = 0"), "5:15: ", &["min_size_mb", "MiB"]),
        mistake(parameter("floop", "max_size_mb = 2.5"), "5:15: ", &["max_size_mb", "2.5"]),
        mistake(
            parameter("floop", "min_size_mb = \"1GiB\""),
            "5:15: ",
            &["1024 MiB is more than max_size_mb"],
        ),
        mistake(parameter("floop", "hold_duration = \"long\""), "5:17: ", &["hold_duration"]),
        mistake(parameter("floop", "probability = -0.1"), "5:15: ", &["probability"]),
        mistake(
            parameter("floop", "size_mb = 5"),
            "5:1: ",
            &["`size_mb`, there are interval, probability, min_size_mb"],
        ),
    ]);
}

#[test]
fn impossible_parameters_of_zoomies() {
    refused(vec![
        mistake(
            parameter("zoomies", "min_duration = 4"),
            "5:16: ",
            &["4 s is more than max_duration, which is 3 s"],
        ),
        mistake(parameter("zoomies", "max_duration = \"0ms\""), "5:16: ", &["0 s is no time at all"]),
        mistake(parameter("zoomies", "max_duration = true"), "5:16: ", &["max_duration"]),
        mistake(parameter("zoomies", "probability = 2"), "5:15: ", &["probability"]),
        mistake(parameter("zoomies", "duration = 2"), "5:1: ", &["`duration`, did you mean `m"]),
    ]);
}

#[test]
fn impossible_parameters_of_yowl() {
    refused(vec![
        mistake(parameter("yowl", "messages = []"), "5:12: ", &["messages", "there is none to choose from"]),
        mistake(parameter("yowl", "messages = [\"a\", 3]"), "5:18: ", &["messages[1]"]),
        mistake(parameter("yowl", "messages = \"a\""), "5:12: ", &["messages"]),
        mistake(parameter("yowl", "interval = \"0s\""), "5:12: ", &["interval"]),
        mistake(parameter("yowl", "message = \"a\""), "5:1: ", &["`message`, did you mean `messages`"]),
    ]);
}

#[test]
fn impossible_parameters_of_pounce_and_mousetrap() {
    refused(vec![
        mistake(parameter("pounce", "min_duration = 6"), "5:16: ", &["6 s is more than max_duration"]),
        mistake(
            parameter("pounce", "max_duration = 0"),
            "5:16: ",
            &["max_duration", "0 s is no time at all"],
        ),
        mistake(parameter("mousetrap", "duration = 0"), "5:12: ", &["0 s is no time at all"]),
        mistake(parameter("pounce", "max_duration = \"long\""), "5:16: ", &["a time in seconds"]),
        mistake(parameter("pounce", "min_delay = 1"), "5:1: ", &["`min_delay`"]),
        mistake(parameter("mousetrap", "leave = -1"), "5:9: ", &["a whole number from 0"]),
        mistake(parameter("mousetrap", "leaves = 1"), "5:1: ", &["`leaves`, did you mean `leave`"]),
    ]);
}

#[test]
fn impossible_parameters_of_hiss() {
    refused(vec![
        mistake(parameter("hiss", "errno = \"ENOSPCE\""), "5:9: ", &["`ENOSPCE`, did you mean `ENOSPC`"]),
        mistake(parameter("hiss", "errno = 400"), "5:9: ", &["400 is not an error"]),
        mistake(parameter("hiss", "calls = [\"raed\"]"), "5:10: ", &["`raed`, did you mean `read`"]),
        mistake(parameter("hiss", "calls = []"), "5:9: ", &["there is none to be disturbed"]),
        mistake(parameter("hiss", "duration = 0"), "5:12: ", &["0 s is no time at all"]),
        mistake(parameter("hiss", "delay = 0"), "5:9: ", &["0 s is no time at all"]),
        mistake(parameter("hiss", "rate = 0"), "5:8: ", &["0 is no rate"]),
        mistake(parameter("hiss", "share = 1"), "5:9: ", &["1 is no share"]),
        mistake(parameter("hiss", "port = 70000"), "5:8: ", &["from 0 to 65535"]),
        mistake(parameter("hiss", "delay = 1\nerrno = 5"), "5:9: ", &["one of `errno`, `delay` and `share`"]),
    ]);
}

#[test]
fn impossible_parameters_of_catnap() {
    refused(vec![
        mistake(
            parameter("catnap", "min_shift = \"2h\""),
            "5:13: ",
            &["more than max_shift, which is 3600 s"],
        ),
        mistake(parameter("catnap", "max_shift = \"11y\""), "5:13: ", &["forward or back"]),
        mistake(parameter("catnap", "min_shift = \"-4000d\""), "5:13: ", &["more than ten years"]),
        mistake(parameter("catnap", "drift = -2"), "5:9: ", &["-2 is no drift"]),
    ]);
}

#[test]
fn check_says_everything_at_once_and_starts_nothing() {
    let nest = Nest::new();
    let text = format!(
        "{}[[instance]]\noperation = \"zoomies\"\nparameters = {{ probability = 7 }}\n\
         [[instance]]\noperation = \"purr\"\n",
        parameter("hairball", "min_delay = 9")
    );
    let file = nest.file("chaos.toml", text);
    let plugins = nest.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    std::fs::write(plugins.join("libbroken.so"), "not a library").unwrap();
    let (file, plugins) = (file.to_str().unwrap(), plugins.to_str().unwrap());
    let arguments = ["check", "--config", file, "--plugins", plugins];
    let answer = nest.operator().run(&arguments);
    assert_eq!(answer.code, 2, "{answer:?}");
    for words in [
        "chaos.toml:5:13: ",
        "chaos.toml:8:30: ",
        "chaos.toml:10:13: ",
        "libbroken.so: it is not a Linux library",
    ] {
        assert!(answer.error.contains(words), "no `{words}` in:\n{}", answer.error);
    }
    let answer = nest.operator().run(&[&["--json"][..], &arguments].concat());
    assert_eq!((answer.code, &answer.json()["good"]), (2, &false.into()), "{answer:?}");
    assert_eq!(answer.json()["problems"].as_array().unwrap().len(), 4, "{answer:?}");
    assert!(!nest.socket().exists());
}

#[test]
fn a_good_configuration_is_called_good_and_starts_nothing() {
    let nest = Nest::new();
    let file = nest.file("chaos.toml", "version = 1\n[[instance]]\noperation = \"yowl\"\nname = \"noise\"\n");
    let answer = nest.operator().run(&["check", "--config", file.to_str().unwrap()]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.text.contains("all is well: noise would run"), "{answer:?}");
    let checked = nest.operator().ask(&["check", "--config", file.to_str().unwrap()]);
    assert_eq!((&checked["good"], &checked["instances"][0]), (&true.into(), &"noise".into()));
    let missing = nest.operator().run(&["check", "--config", "/no/such/file.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.error.contains("/no/such/file.toml: the configuration cannot be read"), "{missing:?}");
    assert!(!nest.socket().exists());
}
