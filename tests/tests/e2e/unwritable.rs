//! A journal that cannot be written: no new chaos, and never an undo less.

use std::fs;

use chaos_kitty_tests::{
    Answer, Disk, Host, Journal, Json, Nest, Operator, PATIENCE, comes_true, json, vitals,
};

const QUIET: &str = "version = 1\ninstance = []\n";

fn small_call(operator: &Operator, victim: &str) -> Answer {
    operator.run(&["--json", "call", victim, "cpu_spin", "duration=1ms"])
}

/// Calls until one is refused by the journal, and answers why. A file ends within a page, so a few may still pass.
#[track_caller]
fn refused(operator: &Operator, victim: &str) -> String {
    for _ in 0..50 {
        let answer = small_call(operator, victim);
        if answer.code == 1 {
            let refused = &answer.json()["refused"];
            assert_eq!(refused["rule"], "journal", "{answer:?}");
            return refused["reason"].as_str().unwrap().to_owned();
        }
    }
    panic!("all calls pass")
}

fn of_strike(journal: &Journal, strike: &Json) -> Vec<String> {
    let records = journal.records().into_iter().filter(|record| record["strike"] == *strike);
    records.map(|record| record["record"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn warned(host: &Host, text: &str) {
    host.wait(text, |line| line["message"].as_str().is_some_and(|said| said.contains(text)));
}

#[test]
fn a_full_disk_stops_new_chaos_and_no_undo_and_all_is_written_once_there_is_room() {
    let nest = Nest::new();
    let place = nest.path().join("disk");
    let Some(disk) = Disk::new(&place, "size=64k") else { return };
    let file = place.join("chaos.journal");
    let host =
        nest.host().disk(&disk).configuration(QUIET).arguments(["--journal", file.to_str().unwrap()]).start();
    let journal = Journal::at(disk.seen_by(host.pid()).join("chaos.journal"));
    let mut job = nest.job("job").start("while read line; do :; done");
    let _web = nest.victim("web").idle().start();
    host.registered("job");
    host.registered("web");
    let operator = nest.operator();

    let mut held = operator.start(&["--json", "call", "job", "delay", "duration=4"]);
    assert!(comes_true(PATIENCE, || vitals::is_stopped(job.pid())));
    disk.fill(host.pid());
    let why = refused(&operator, "web");
    assert!(
        why.contains("No space left on device")
            && why.contains("make room")
            && why.contains("disk/chaos.journal"),
        "{why}"
    );
    let mark = host.log().mark();
    assert_eq!(small_call(&operator, "web").code, 1);
    host.record_after(mark, "a refusal in the log", |record| {
        record["ruling"]["refused"]["rule"] == "journal"
    });
    let status = operator.run(&["status"]);
    assert!(status.text.contains("cannot be written: No space left on device"), "{status:?}");
    assert!(operator.ask(&["status"])["host"]["journal"]["ailment"].is_string());

    // What is under way ends on its lease, is undone, and whoever asked is told.
    assert!(vitals::is_stopped(job.pid()), "the delay was to last for longer");
    assert!(comes_true(PATIENCE, || !vitals::is_stopped(job.pid())));
    assert_eq!(held.exit_code(), 0);
    let strike = host
        .record("the delay's outcome", |record| record["record"] == "outcome" && record["method"] == "delay")
        ["strike"]
        .clone();
    assert_eq!(of_strike(&journal, &strike), ["decision"]);
    assert!(operator.ask(&["status"])["host"]["journal"]["waiting"].as_u64() >= Some(1));

    disk.empty(host.pid());
    let after = small_call(&operator, "web");
    assert_eq!(after.code, 0, "{after:?}");
    assert_eq!(of_strike(&journal, &strike), ["decision", "outcome"]);
    assert_eq!(of_strike(&journal, &after.json()["strike"]), ["decision", "outcome"]);
    let gap = journal.record("gap", |record| record["record"] == "gap");
    assert!(gap["refusals"].as_u64() >= Some(2) && gap["records"] == 0, "{gap}");
    warned(&host, "can be written again");
    let status = &operator.ask(&["status"])["host"]["journal"];
    assert_eq!((&status["ailment"], &status["waiting"]), (&Json::Null, &json!(0)));
    assert_eq!(operator.run(&["journal", "verify", journal.argument()]).code, 0);
    job.end();
    host.stop();
}

#[test]
fn a_full_disk_refuses_instances_and_dry_runs_too() {
    let nest = Nest::new();
    let place = nest.path().join("disk");
    let Some(disk) = Disk::new(&place, "size=64k") else { return };
    let yowl = "version = 1\n[[instance]]\noperation = \"yowl\"\nparameters = { interval = \"50ms\", probability = 1 }\n";
    let arguments = [
        "--dry-run".as_ref(),
        "--journal".as_ref(),
        place.join("chaos.journal").into_os_string().as_os_str(),
    ]
    .map(std::ffi::OsStr::to_owned);
    let host = nest.host().disk(&disk).configuration(yowl).arguments(arguments).start();
    let _web = nest.victim("web").idle().start();
    host.record("a dry strike", |record| record["ruling"] == "dry_run");
    disk.fill(host.pid());
    host.record("an instance to be refused", |record| {
        record["ruling"]["refused"]["rule"] == "journal" && record["origin"]["instance"]["name"] == "yowl"
    });
    let mark = host.log().mark();
    disk.empty(host.pid());
    host.record_after(mark, "a dry strike again", |record| record["ruling"] == "dry_run");
    host.stop();
}

#[test]
fn a_host_that_stops_on_a_full_disk_stops_in_order() {
    let nest = Nest::new();
    let place = nest.path().join("disk");
    let Some(disk) = Disk::new(&place, "size=64k") else { return };
    let file = place.join("chaos.journal");
    let host =
        nest.host().disk(&disk).configuration(QUIET).arguments(["--journal", file.to_str().unwrap()]).start();
    let job = nest.job("job").start("while read line; do :; done");
    host.registered("job");
    let mut held = nest.operator().start(&["call", "job", "delay", "duration=60"]);
    assert!(comes_true(PATIENCE, || vitals::is_stopped(job.pid())));
    disk.fill(host.pid());
    let log = host.log().clone();
    let seen = nest.operator();
    // A file ends within a page, so a few may still pass.
    assert!(comes_true(PATIENCE, || small_call(&seen, "job").code == 1));
    host.stop();
    // The delay's outcome and the run's end had to wait, and there is nobody who could write them later.
    let lost = log.wait("what is missing", |line| {
        line["message"].as_str().is_some_and(|text| text.contains("are in the log alone"))
    });
    assert!(lost["records"].as_u64() >= Some(2) && lost["refusals"].as_u64() >= Some(1), "{lost}");
    assert!(comes_true(PATIENCE, || !vitals::is_stopped(job.pid())));
    held.exit_code();
}

#[test]
fn a_host_does_not_start_where_it_cannot_write() {
    let nest = Nest::new();
    let refused = nest.host().configuration(QUIET).arguments(["--journal", "/dev/full"]).refused();
    assert!(
        refused.0 == 2 && refused.1.contains("No space left on device (os error 28): make room"),
        "{refused:?}"
    );
    let place = nest.path().join("disk");
    let Some(disk) = Disk::new(&place, "ro") else { return };
    let file = place.join("chaos.journal");
    let (code, said) = nest
        .host()
        .disk(&disk)
        .configuration(QUIET)
        .arguments(["--journal", file.to_str().unwrap()])
        .refused();
    assert!(
        code == 2
            && said.contains("Read-only file system")
            && said.contains("name another file with --journal"),
        "{code}: {said}"
    );
}

#[test]
fn where_no_new_file_can_be_made_a_full_one_stops_new_chaos() {
    let nest = Nest::new();
    let place = nest.path().join("disk");
    let Some(disk) = Disk::new(&place, "size=1m,nr_inodes=8") else { return };
    let small = format!("{QUIET}[journal]\nfile = \"disk/chaos.journal\"\nsize = \"0.003MiB\"\n");
    let host = nest.host().disk(&disk).configuration(small).start();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    let operator = nest.operator();
    let seen = disk.seen_by(host.pid());
    let others: Vec<_> = (0..)
        .map(|number| seen.join(number.to_string()))
        .take_while(|path| fs::create_dir(path).is_ok())
        .collect();
    let why = refused(&operator, "web");
    assert!(why.contains("chaos.journal cannot be written: No space left on device"), "{why}");
    // What could not be put aside is where it was.
    let journal = Journal::at(seen.join("chaos.journal"));
    assert_eq!(journal.files(), [journal.path()]);
    for other in others {
        fs::remove_dir(other).unwrap();
    }
    assert_eq!(small_call(&operator, "web").code, 0);
    assert_eq!(journal.files().len(), 2);
    assert_eq!(operator.run(&["journal", "verify", journal.argument()]).code, 0);
    host.stop();
}

#[test]
fn a_file_that_may_grow_no_more_is_a_refusal_and_no_death() {
    let nest = Nest::new();
    let host = nest.host().file_size(16).configuration(QUIET).start();
    let _web = nest.victim("web").idle().start();
    host.registered("web");
    let why = refused(&nest.operator(), "web");
    assert!(why.contains("File too large") && why.contains("ulimit -f"), "{why}");
    assert!(fs::metadata(nest.journal().path()).unwrap().len() <= 16 * 512);
    // Only whole lines are there.
    assert_eq!(nest.operator().ask(&["journal", "verify"])["unfinished"], 0);
    host.stop();
}
