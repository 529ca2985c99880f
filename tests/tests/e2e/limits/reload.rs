//! Limits follow the configuration, and forget nothing that is under way.

use chaos_kitty_tests::{Host, Nest, Signal, json};

use super::{done, host, limited, listed, refused};

/// Waits until the configuration has been read again.
#[track_caller]
fn read_again(host: &Host, mark: usize) {
    host.log().wait_after(mark, "the configuration to be read again", |line| {
        line["message"].as_str().is_some_and(|text| text.starts_with("the configuration was read again"))
    });
}

#[test]
fn other_limits_count_what_is_under_way_and_wrong_ones_change_nothing() {
    let nest = Nest::new();
    let mut host = host(&nest, "[limits]\neffects = 1\n");
    let (web, mail) = (nest.victim("web").start(), nest.victim("mail").start());
    host.registered(web.pid());
    host.registered(mail.pid());
    let operator = nest.operator();
    let _web = operator.start(&["call", "web", "delay", "duration=60"]);
    web.event("held", |_| true);
    refused(&host, &operator, &["mail", "delay", "duration=1"], "effects_at_once", &["allows 1 at once"]);

    nest.file("chaos.toml", limited("[limits]\neffects = 2\n"));
    let change = operator.ask(&["reload"]);
    assert_eq!(change["notes"], json!(["there are other limits now: `chaos-kitty status` shows them"]));
    // What holds from now on is in the journal, as what held at first is.
    let records = nest.journal().records();
    let steering = records.iter().find(|record| record["what"] == "reconfigure").unwrap();
    assert_eq!(records[0]["limits"]["everyone"]["effects"], 1, "{}", records[0]);
    assert_eq!(steering["limits"]["everyone"]["effects"], 2, "{steering}");
    let (file, sha256) = (nest.path().join("chaos.toml"), &steering["configuration"]["sha256"]);
    assert_eq!(*sha256, chaos_kitty_tests::sha256(&std::fs::read(file).unwrap()));
    assert_eq!(steering["configuration"]["file"], records[0]["configuration"]["file"]);
    let _mail = operator.start(&["call", "mail", "delay", "duration=60"]);
    mail.event("held", |_| true);
    let words = "2 effects are under way, and [limits] allows 2 at once";
    refused(&host, &operator, &["mail", "cpu_spin", "duration=1ms"], "effects_at_once", &[words]);
    assert_eq!(operator.ask(&["reload"])["notes"], json!([]), "the same are no others");

    nest.file("chaos.toml", limited("[limits]\neffects = 0\n[limits.operations.yowll]\n"));
    let answer = operator.run(&["reload"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    for words in [
        "chaos.toml:4:11: `effects` in [limits] must be",
        "chaos.toml:5:20: no operation or instance is called `yowll`",
    ] {
        assert!(answer.error.contains(words), "{words:?} is not in {answer:?}");
    }
    assert_eq!(listed(&operator, "effects_at_once")["bound"], 2);

    nest.file("chaos.toml", limited("[limits]\nvictims = 1\nstrikes_per_minute = 1\n"));
    let mark = host.log().mark();
    host.process().signal(Signal::HUP);
    read_again(&host, mark);
    let limit = listed(&operator, "victims_at_once");
    assert_eq!((&limit["bound"], &limit["now"]), (&json!(1), &json!(2)));
    let words = "2 of 2 victims are under an effect, and [limits] allows 1 at once (`victims`)";
    refused(&host, &operator, &["mail", "cpu_spin", "duration=1ms"], "victims_at_once", &[words]);
    host.stop();
}

#[test]
fn a_rate_goes_on_where_it_is_changed() {
    let nest = Nest::new();
    let host = host(&nest, "[limits]\nstrikes_per_minute = 3\n");
    let web = nest.victim("web").idle().start();
    host.registered(web.pid());
    let operator = nest.operator();
    let spin = ["web", "cpu_spin", "duration=1ms"];
    done(&operator, &spin);
    done(&operator, &spin);
    nest.file("chaos.toml", limited("[limits]\nstrikes_per_minute = 2\n"));
    operator.ask(&["reload"]);
    refused(&host, &operator, &spin, "strikes_per_minute", &["2 strikes were made", "[limits] allows 2"]);
    host.stop();
}

#[test]
fn whoever_watches_the_configuration_has_its_limits_at_once() {
    let nest = Nest::new();
    let host = nest.host().configuration(limited("")).arguments(["--watch"]).start();
    host.log().wait("that it follows", |line| {
        line["message"].as_str().is_some_and(|text| text.starts_with("following "))
    });
    let web = nest.victim("web").idle().start();
    host.registered(web.pid());
    let operator = nest.operator();
    assert_eq!(operator.ask(&["status"])["host"]["limits"], json!([]));
    let mark = host.log().mark();
    nest.file("chaos.toml", limited("[limits]\nprotected = { names = [\"web\"] }\n"));
    read_again(&host, mark);
    refused(
        &host,
        &operator,
        &["web", "cpu_spin", "duration=1ms"],
        "protected",
        &["web is protected by [limits]"],
    );
    host.stop();
}

#[test]
fn wrong_limits_stop_the_start_at_their_line() {
    let nest = Nest::new();
    let text = "version = 1\n[limits]\nhealthy = { label = \"tier\", least = \"100%\" }\n[limits.operations.scrach]\n";
    let (code, said) = nest.host().configuration(text).refused();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("chaos.toml:3:37: `least` in `healthy` must be"), "{said}");
    assert!(
        said.contains("chaos.toml:4:20: no operation or instance is called `scrach`, did you mean `scratch`"),
        "{said}"
    );
}
