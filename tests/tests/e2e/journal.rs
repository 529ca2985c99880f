//! The journal: what is in it, and that it is whole whatever happens to its host.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use chaos_kitty_tests::{Json, Nest, PATIENCE, Page, Signal, comes_true, json, sha256, vitals};

/// `record`, and the victim's name where there is one.
fn told(records: &[Json]) -> Vec<String> {
    let told = |record: &Json| {
        let victim = record["victim"]["name"].as_str().map(|name| format!(" {name}"));
        format!("{}{}", record["record"].as_str().unwrap(), victim.unwrap_or_default())
    };
    records.iter().map(told).collect()
}

fn verifies(nest: &Nest) -> Json {
    nest.operator().ask(&["journal", "verify"])
}

#[test]
fn everything_that_happens_in_a_run_is_in_its_order_and_chained() {
    let nest = Nest::new();
    let yowl = "version = 1\n[[instance]]\noperation = \"yowl\"\nname = \"meow\"\nvictims = { names = [\"cat*\"] }\n\
                parameters = { interval = \"1h\" }\n";
    let host = nest.host().configuration(yowl).arguments(["--seed", "7"]).start();
    let mut web = nest.victim("web").label("tier", "front").start();
    let id = host.registered("web").id;
    let operator = nest.operator();
    assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=10ms"]).code, 0);
    operator.ask(&["pause"]);
    assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=10ms"]).code, 1);
    operator.ask(&["resume"]);
    operator.ask(&["operations", "unload", "meow"]);
    assert_ne!(operator.run(&["operations", "reload", "nobody"]).code, 0);
    web.process().kill();
    host.left(id);
    let pid = host.pid();
    host.stop();

    let records = nest.journal().records();
    let kinds = [
        "run",
        "arrival web",
        "decision web",
        "outcome web",
        "steering",
        "decision web",
        "steering",
        "steering",
        "steering",
        "departure web",
        "end",
    ];
    assert_eq!(told(&records), kinds, "{records:#?}");
    for (number, record) in (1..).zip(&records) {
        assert_eq!(record["number"], number);
        assert_eq!((&record["schema"], &record["run"]), (&json!(1), &records[0]["run"]));
        assert!(
            record["at"].as_f64() > Some(0.0) && record["offset"].is_number() && record["boot"].is_string()
        );
    }
    let run = &records[0];
    assert_eq!(
        (&run["seed"], &run["pid"], &run["dry_run"], &run["paused"]),
        (&json!(7), &json!(pid), &json!(false), &json!(false))
    );
    let instance = &run["instances"][0];
    assert_eq!((&instance["name"], &instance["operation"]), (&json!("meow"), &json!("yowl")));
    assert_eq!(
        (&instance["victims"]["names"], &instance["parameters"]["interval"]),
        (&json!(["cat*"]), &json!("1h"))
    );
    let text = fs::read(nest.path().join("chaos.toml")).unwrap();
    assert_eq!(run["configuration"]["sha256"], sha256(&text));
    let arrival = &records[1];
    assert_eq!((&arrival["kind"], &arrival["labels"]), (&json!("linked"), &json!({"tier": "front"})));
    assert!(arrival["methods"].as_array().unwrap().contains(&json!("cpu_spin")), "{arrival}");
    assert_eq!(records[5]["ruling"]["refused"]["rule"], "paused");
    let asked: Vec<_> = [4, 6, 7, 8].iter().map(|at| records[*at]["what"].as_str().unwrap()).collect();
    assert_eq!(asked, ["pause", "resume", "unload", "reload"]);
    assert!(records[4]["by"]["operator"]["uid"].is_number(), "{}", records[4]);
    assert_eq!(
        (&records[7]["argument"], &records[7]["instances"][0]["name"]),
        (&json!("meow"), &json!("meow"))
    );
    assert!(records[8]["objections"][0].as_str().unwrap().contains("nobody"), "{}", records[8]);
    assert!(!records[9]["why"].as_str().unwrap().is_empty());
    assert_eq!((&records[10]["decisions"], &records[10]["under_way"]), (&json!(2), &json!(0)));

    assert_eq!(fs::metadata(nest.journal().path()).unwrap().permissions().mode() & 0o777, 0o600);
    let whole = verifies(&nest);
    assert_eq!((&whole["records"], &whole["head"]), (&json!(11), &records[10]["hash"]));
}

#[test]
fn a_line_can_be_checked_with_nothing_but_sha256sum() {
    let nest = Nest::new();
    nest.quiet_host().stop();
    for line in nest.journal().lines() {
        let (sealed, hash) = line.rsplit_once(",\"hash\":\"").unwrap();
        assert_eq!(sha256(sealed.as_bytes()), hash.trim_end_matches("\"}"));
    }
}

#[test]
fn a_decision_is_written_before_the_victim_is_touched_and_outlives_the_host() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let mut job = nest.job("job").start("while read line; do :; done");
    let victim = host.registered("job");
    let mut call = nest.operator().start(&["call", "job", "delay", "duration=30"]);
    assert!(comes_true(PATIENCE, || vitals::is_stopped(job.pid())));
    // Nothing but the file is asked: whoever is touched has been written down.
    let intent = nest.journal().records().pop().unwrap();
    assert_eq!(
        (&intent["record"], &intent["ruling"], &intent["effect"]["inverse"]),
        (&json!("decision"), &json!("strike"), &json!("end"))
    );
    host.kill();
    assert_eq!(call.exit_code(), 3);
    assert!(comes_true(PATIENCE, || !vitals::is_stopped(job.pid())));

    let host = nest.quiet_host();
    let recovered = nest.journal().record("recovered", |record| record["record"] == "recovered");
    assert_eq!(recovered["of"], intent["run"]);
    let unknown = &recovered["unknown"][0];
    assert_eq!(
        (&unknown["victim"]["pid"], &unknown["method"], &unknown["inverse"]),
        (&json!(victim.pid), &json!("delay"), &json!("end"))
    );
    assert_eq!(
        (&unknown["strike"], &unknown["lease_seconds"], &unknown["process"]),
        (&json!(1), &json!(31.0), &json!("runs"))
    );
    host.wait("that the last run was cut short", |line| {
        line["message"].as_str().is_some_and(|text| text.contains("was cut short with 1 under way"))
    });
    host.stop();
    job.end();
    // A run that came to its end leaves nothing to be recovered.
    nest.quiet_host().stop();
    let recovered =
        nest.journal().records().into_iter().filter(|record| record["record"] == "recovered").count();
    assert_eq!(recovered, 1);
    assert_eq!(verifies(&nest)["runs"].as_array().unwrap().len(), 3);
}

#[test]
fn whenever_its_host_is_killed_it_is_whole() {
    let nest = Nest::new();
    let busy = "version = 1\n[journal]\nsize = \"0.02MiB\"\nkeep = 1000\n[[instance]]\noperation = \"yowl\"\n\
                parameters = { interval = \"1ms\", probability = 1 }\n";
    let _web = nest.victim("web").idle().start();
    for round in 1..=10 {
        let host = nest.host().configuration(busy).arguments(["--dry-run"]).start();
        for _ in 0..round * 3 {
            let mark = host.log().mark();
            host.record_after(mark, "a strike", |record| record["record"] == "outcome");
        }
        host.kill();
        let whole = verifies(&nest);
        assert_eq!(whole["runs"].as_array().unwrap().len(), round, "{whole}");
    }
    assert!(nest.journal().files().len() > 2, "{:?}", nest.journal().files());
}

#[test]
fn a_line_that_was_never_finished_is_cut_off_and_the_chain_goes_on() {
    let nest = Nest::new();
    nest.quiet_host().stop();
    let before = nest.journal().lines();
    let mut file = OpenOptions::new().append(true).open(nest.journal().path()).unwrap();
    file.write_all(b"{\"number\":3,\"previous\":\"00").unwrap();
    // Readers leave it out, and say so.
    let whole = verifies(&nest);
    assert_eq!((&whole["records"], &whole["unfinished"]), (&json!(2), &json!(26)));
    let host = nest.quiet_host();
    host.wait("what was cut off", |line| {
        line["message"].as_str().is_some_and(|text| text.contains("its 26 bytes are cut off"))
    });
    host.stop();
    assert_eq!(nest.journal().lines()[..2], before);
    let whole = verifies(&nest);
    assert_eq!((&whole["records"], &whole["unfinished"]), (&json!(4), &json!(0)));
}

#[test]
fn a_filled_file_is_put_aside_and_only_so_many_are_kept_while_others_read() {
    let nest = Nest::new();
    let small =
        "version = 1\ninstance = []\n[journal]\nfile = \"mine.journal\"\nsize = \"0.003MiB\"\nkeep = 3\n";
    let host = nest.host().configuration(small).start();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    let operator = nest.operator();
    let journal = chaos_kitty_tests::Journal::at(nest.path().join("mine.journal"));
    let mut most = 0;
    for _ in 0..20 {
        assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=1ms"]).code, 0);
        // While it is written and rotated, it can be read.
        let whole = operator.ask(&["journal", "verify", journal.argument()]);
        most = most.max(whole["last"].as_u64().unwrap());
    }
    let status = operator.ask(&["status"]);
    assert_eq!(status["host"]["journal"]["file"], journal.argument());
    assert_eq!(status["host"]["journal"]["records"], most);
    host.stop();
    let names: Vec<_> = journal.files().iter().map(|file| file.extension().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let whole = operator.ask(&["journal", "verify", journal.argument()]);
    assert!(whole["first"].as_u64() > Some(1) && whole["last"] == json!(most + 1), "{whole}");
    for file in &journal.files()[..2] {
        let length = fs::metadata(file).unwrap().len();
        assert!((3145..5000).contains(&length), "{} has {length} bytes", file.display());
    }
    // Numbers count up for ever: the next run goes on behind this one.
    let (last, before) = (names[1].clone(), journal.records().pop().unwrap());
    nest.host().configuration(small).start().stop();
    let next = journal.records().into_iter().find(|record| record["number"] == json!(most + 2)).unwrap();
    assert_eq!((&next["record"], &next["previous"]), (&json!("run"), &before["hash"]));
    assert!(journal.files().iter().any(|file| file.extension() == Some(&last)), "{:?}", journal.files());
}

#[test]
fn of_two_hosts_one_writes_a_journal() {
    let (one, other) = (Nest::new(), Nest::new());
    let host = one.quiet_host();
    let path = one.journal().argument().to_owned();
    let (code, said) = other.host().arguments(["--journal", &path]).refused();
    assert!(code == 2 && said.contains("another host writes it") && said.contains(&path), "{code}: {said}");
    host.stop();
    other.host().configuration("version = 1\ninstance = []\n").arguments(["--journal", &path]).start().stop();
    assert_eq!(verifies(&one)["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_no_journal_is_left_alone() {
    let nest = Nest::new();
    let notes = nest.file("notes.txt", "mine\n");
    let unfinished = nest.file("unfinished.txt", "mine");
    let log = nest.file("log.json", "{\"level\":\"INFO\"}\n");
    let link = nest.path().join("link");
    std::os::unix::fs::symlink(&notes, &link).unwrap();
    let nowhere = nest.path().join("nowhere/chaos.journal");
    let directory = nest.tmp();
    for (file, why) in [
        (&notes, "it is no journal"),
        (&unfinished, "it is no journal"),
        (&log, "it is no journal"),
        (&link, "it is a symbolic link"),
        (&nowhere, "make its directory"),
        (&directory, "Is a directory"),
    ] {
        let (code, said) = nest.host().arguments(["--journal", file.to_str().unwrap()]).refused();
        assert!(code == 2 && said.contains(why), "{}: {code}: {said}", file.display());
        assert!(!nest.socket().exists());
    }
    assert_eq!(fs::read_to_string(&notes).unwrap(), "mine\n");
    assert_eq!(fs::read_to_string(&unfinished).unwrap(), "mine");
}

#[test]
fn a_file_that_goes_or_is_changed_under_its_host_costs_no_record_that_comes_later() {
    let nest = Nest::new();
    let host = nest.quiet_host();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    let (operator, journal) = (nest.operator(), nest.journal());
    let call = || assert_eq!(operator.run(&["call", "web", "cpu_spin", "duration=1ms"]).code, 0);
    let archive = nest.path().join("archive");
    fs::rename(journal.path(), &archive).unwrap();
    call();
    assert_eq!(told(&journal.records()), ["decision web", "outcome web"]);
    assert_eq!(journal.records()[0]["number"], 3);
    host.wait("that it was renamed", |line| {
        line["message"].as_str().is_some_and(|text| text.contains("has been removed or renamed"))
    });
    // Both are whole, each by itself; that something was before the second is plain.
    assert_eq!(operator.ask(&["journal", "verify", archive.to_str().unwrap()])["records"], 2);
    assert_eq!(
        operator.run(&["--json", "journal", "verify"]).json()["damage"]["what"],
        "records 1 to 2 are missing before it"
    );
    // Under a name of a filled file it belongs to them again.
    fs::rename(&archive, journal.path().with_added_extension("1")).unwrap();
    assert_eq!(verifies(&nest)["records"], 4);

    let mut file = OpenOptions::new().append(true).open(journal.path()).unwrap();
    file.write_all(b"a stranger's\n").unwrap();
    call();
    assert_eq!(journal.files().len(), 3, "the spoilt one is put aside");
    assert_eq!(fs::read_to_string(journal.path()).unwrap().lines().count(), 2);
    host.stop();
}

#[test]
fn a_device_takes_everything_and_keeps_nothing() {
    let nest = Nest::new();
    let host = nest
        .host()
        .configuration("version = 1\ninstance = []\n")
        .arguments(["--journal", "/dev/null"])
        .start();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    assert_eq!(nest.operator().run(&["call", "web", "cpu_spin", "duration=1ms"]).code, 0);
    host.stop();
    assert!(!nest.journal().path().exists());
}

#[test]
fn the_page_shows_how_to_check_a_journal_by_hand() {
    let nest = Nest::new();
    nest.quiet_host().stop();
    let page = Page::read("journal.md");
    let script = &page.blocks.iter().find(|block| block.language == "python").unwrap().text;
    let file = nest.file("verify.py", script);
    let check = |journal: &str| {
        let mut command = std::process::Command::new("python3");
        let mut child = command.arg(&file).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(journal.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let text = fs::read_to_string(nest.journal().path()).unwrap();
    assert_eq!(check(&text), (true, String::new()));
    let changed = text.replacen("\"decisions\":0", "\"decisions\":1", 1);
    assert_eq!(check(&changed), (false, "record 2 is not as it was written\n".to_owned()));
}

#[test]
fn what_the_host_changes_by_itself_is_its_own_steering_and_the_journal_stays_as_it_was() {
    let nest = Nest::new();
    let mut host = nest.host().configuration("version = 1\ninstance = []\n").start();
    let yowl = "version = 1\n[journal]\nkeep = 3\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = \"1h\" }\n";
    nest.file("chaos.toml", yowl);
    host.process().signal(Signal::HUP);
    let steering = nest.journal().record("steering", |record| record["record"] == "steering");
    assert_eq!((&steering["by"], &steering["what"]), (&json!("host"), &json!("reconfigure")), "{steering}");
    assert_eq!(steering["instances"][0]["name"], "yowl");
    host.wait("that it takes a restart", |line| {
        line["message"].as_str().is_some_and(|text| text.starts_with("[journal] needs a restart"))
    });
    host.stop();
}
