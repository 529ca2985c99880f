//! What holds of a journal whatever is written, cut, changed or read meanwhile.

use super::*;
use crate::configuration::JournalSettings;
use crate::run::Run;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A record of about this length.
fn departure(run: &Run, why: &str) -> Record {
    let victim = VictimMark { id: 1, name: "web".into(), pid: 1, start_time: 1 };
    Record::Departure(Departure { mark: Mark::now(run), victim, why: why.to_owned() })
}

const PROBE: &str = r#"{"probe":{"name":"own"}}"#;
const OPERATOR: &str = r#"{"operator":{"uid":0,"pid":1}}"#;

fn decision(run: &Run, strike: u64, origin: &str, ruling: &str) -> Record {
    let mark = serde_json::to_string(&Mark::now(run)).unwrap();
    let mark = mark.trim_matches(['{', '}']);
    let victim = r#"{"id":1,"name":"web","pid":1,"start_time":1}"#;
    let effect = r#"{"method":"greet","options":{},"lease_seconds":1.0,"inverse":"nothing"}"#;
    let json = format!(
        r#"{{"record":"decision",{mark},"strike":{strike},"origin":{origin},"victim":{victim},"effect":{effect},"ruling":{ruling}}}"#
    );
    serde_json::from_str(&json).unwrap()
}

fn open(file: &Path, size: u64, keep: usize) -> (Journal, Arc<Run>) {
    let (journal, run) = (Journal::default(), Arc::new(Run::start(Some(9))));
    let (configuration, instances) = Default::default();
    let beginning = Beginning {
        mark: Mark::now(&run),
        version: "1".to_owned(),
        seed: 9,
        pid: 1,
        uid: 0,
        paused: false,
        dry_run: false,
        configuration,
        instances,
        limits: chaos_kitty_bus::Value::Nil,
    };
    journal.open(file, JournalSettings { file: None, size, keep }, &run, beginning).unwrap();
    (journal, run)
}

/// A journal with these words in it, in files of at least so many bytes, and the run's end.
fn written(directory: &Path, words: &[String], size: u64) -> PathBuf {
    let file = directory.join("a.journal");
    let (journal, run) = open(&file, size, usize::MAX);
    words.iter().for_each(|word| journal.write(departure(&run, word)));
    file
}

fn numbers(file: &Path) -> Vec<u64> {
    Reader::open(file).unwrap().map(|line| line.unwrap().sealed().unwrap().link.number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_whole_and_comes_back(words in vec(".{0,40}", 0..12), size in 1..4000_u64) {
        let directory = tempfile::tempdir().unwrap();
        let file = written(directory.path(), &words, size);
        let found = Verification::of(&file, None).unwrap();
        prop_assert_eq!((found.records, found.damage), (words.len() as u64 + 1, None));
        let said = Reader::open(&file).unwrap().filter_map(|line| match line.unwrap().record().unwrap() {
            Record::Departure(departure) => Some(departure.why),
            _ => None,
        });
        prop_assert_eq!(said.collect::<Vec<_>>(), words);
    }

    #[test]
    fn a_journal_that_is_cut_anywhere_keeps_its_whole_lines_and_goes_on(words in vec(".{0,40}", 0..6), share in 0.0..1.0_f64) {
        let directory = tempfile::tempdir().unwrap();
        let file = written(directory.path(), &words, u64::MAX);
        let whole = fs::read(&file).unwrap();
        let cut = (whole.len() as f64 * share) as usize;
        fs::write(&file, &whole[..cut]).unwrap();
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
        prop_assert_eq!(Verification::of(&file, None).unwrap().records, lines);
        // The beginning of the next run, and what is said of this one.
        drop(open(&file, u64::MAX, 2));
        let found = Verification::of(&file, None).unwrap();
        prop_assert_eq!((found.unfinished, found.damage), (0, None));
        prop_assert_eq!(found.records, lines + 1 + u64::from(lines > 0));
        prop_assert!(fs::read(&file).unwrap().starts_with(&whole[..whole[..cut].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)]));
    }

    #[test]
    fn whatever_byte_is_changed_is_found(words in vec(".{0,40}", 0..6), share in 0.0..1.0_f64, byte: u8) {
        let directory = tempfile::tempdir().unwrap();
        let file = written(directory.path(), &words, u64::MAX);
        let mut bytes = fs::read(&file).unwrap();
        // But for the last line's end: without it the line counts as one that is being written.
        let at = ((bytes.len() - 1) as f64 * share) as usize;
        prop_assume!(bytes[at] != byte);
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        bytes[at] = byte;
        fs::write(&file, &bytes).unwrap();
        let damage = Verification::of(&file, None).unwrap().damage;
        prop_assert_eq!(damage.map(|damage| damage.line), Some(line));
    }
}

/// A reader neither loses nor repeats a record while the files that it reads are filled, renamed and begun.
#[test]
fn a_reader_keeps_its_place_while_files_are_renamed_under_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.journal");
    let (journal, run) = open(&file, 600, usize::MAX);
    let is_done = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut reader = Reader::open(&file).unwrap();
            let mut read = Vec::new();
            loop {
                let was_done = is_done.load(Ordering::SeqCst);
                read.extend(reader.by_ref().map(|line| line.unwrap().sealed().unwrap().link.number));
                if was_done {
                    return read;
                }
            }
        });
        for _ in 0..500 {
            journal.write(departure(&run, "a word"));
        }
        is_done.store(true, Ordering::SeqCst);
        reading.join().unwrap()
    });
    assert_eq!(read, (1..=501).collect::<Vec<u64>>());
}

/// What a probe asked when its host was killed is nothing that was left under way.
#[test]
fn a_probe_is_no_strike_that_was_left_open() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.journal");
    let (journal, run) = open(&file, u64::MAX, 2);
    journal.write(decision(&run, 1, PROBE, "\"strike\""));
    journal.write(decision(&run, 2, OPERATOR, "\"strike\""));
    drop(journal);
    drop(open(&file, u64::MAX, 2));
    let recovered = Reader::open(&file).unwrap().find_map(|line| match line.unwrap().record().unwrap() {
        Record::Recovered(recovered) => Some(recovered.unknown),
        _ => None,
    });
    let open: Vec<_> = recovered.unwrap().iter().map(|unfinished| unfinished.strike).collect();
    assert_eq!(open, [2]);
}

/// While nothing can be written, refusals are counted, and whatever else was decided waits.
#[test]
fn what_a_probe_asked_waits_and_is_no_refusal() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.journal");
    let (journal, run) = open(&file, u64::MAX, 2);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    journal.write(decision(&run, 1, PROBE, "\"strike\""));
    journal.write(decision(&run, 2, OPERATOR, r#"{"refused":{"rule":"paused","reason":"it is"}}"#));
    assert_eq!(journal.standing().unwrap().waiting, 1);
    fs::remove_dir(&file).unwrap();
    journal.write(departure(&run, "a word"));
    let records: Vec<_> = Reader::open(&file).unwrap().map(|line| line.unwrap().record().unwrap()).collect();
    let [Record::Decision(probe), Record::Gap(gap), Record::Departure(_)] = &records[..] else {
        panic!("{records:#?}")
    };
    assert_eq!((probe.strike, gap.missing), (1, Missing { records: 0, refusals: 1 }));
}

/// A line that could not be finished is cut off, and another one written in its place: whoever had read its beginning reads that.
#[test]
fn a_reader_takes_nothing_of_a_line_that_was_cut_off() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.journal");
    let (journal, run) = open(&file, u64::MAX, 2);
    let mut reader = Reader::open(&file).unwrap();
    assert_eq!(reader.by_ref().count(), 1);
    let whole = fs::read(&file).unwrap();
    let torn = b"{\"number\":2,\"previous\":\"00";
    fs::write(&file, [&whole[..], torn].concat()).unwrap();
    assert!(reader.next().is_none() && reader.rest() == torn);
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(whole.len() as u64).unwrap();
    journal.write(departure(&run, "a word"));
    let sealed = reader.next().unwrap().unwrap().sealed().unwrap();
    assert_eq!((sealed.link.number, sealed.link.hash), (2, sealed.actual));
    assert!(reader.next().is_none() && reader.rest().is_empty());
}

/// Where old files are dropped under it, it goes on with what is kept.
#[test]
fn a_reader_goes_on_where_its_file_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.journal");
    let (journal, run) = open(&file, 1, 3);
    let mut reader = Reader::open(&file).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().number, 1);
    for _ in 0..10 {
        journal.write(departure(&run, "a word"));
    }
    let rest: Vec<_> = reader.map(|line| line.unwrap().sealed().unwrap().link.number).collect();
    assert_eq!(rest, [9, 10, 11]);
    assert_eq!(numbers(&file), rest);
}

/// Many write at once: the chain has all of them, in one order.
#[test]
fn many_write_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.journal");
    let (journal, run) = open(&file, 4096, usize::MAX);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| journal.write(departure(&run, "a word"))));
        }
    });
    assert_eq!(numbers(&file), (1..=401).collect::<Vec<u64>>());
    assert_eq!(Verification::of(&file, None).unwrap().damage, None);
}
