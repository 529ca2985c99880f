//! sqlite3: what a transaction has committed is there, all of it, and of no other any part.

use std::collections::BTreeSet;

use chaos_kitty_tests::{Job, Package};

use crate::scene::{Scene, quoted};
use crate::strike::hits;

const SQLITE: Package = Package { name: "sqlite3", program: "/usr/bin/sqlite3" };
/// Rows of one transaction.
const ROWS: usize = 3;

struct Database {
    kept: BTreeSet<u32>,
    next: u32,
    job: Job,
}

impl Database {
    /// One transaction more; whether it was seen to be there afterwards.
    #[track_caller]
    fn commits(&mut self) -> bool {
        let number = self.next;
        self.next += 1;
        let rows: Vec<_> = (0..ROWS).map(|row| format!("({number},{row})")).collect();
        let job = self.job.wrapper();
        job.tell(&format!("insert into t values {};", rows.join(",")));
        job.tell(&format!("select 'kept-{number}' from t where number = {number} limit 1;"));
        job.tell(&format!(".print done-{number}"));
        self.job.says(&format!("done-{number}"));
        let kept = format!("kept-{number}");
        let is_kept = self.job.log().lines().iter().any(|line| *line == kept.as_str());
        if is_kept {
            self.kept.insert(number);
        }
        is_kept
    }
}

#[test]
fn what_was_committed_is_there_and_the_file_is_whole() {
    let Some(program) = SQLITE.program() else { return };
    for mode in ["delete", "wal"] {
        let scene = Scene::new();
        let line = format!("exec {} -batch base.db", quoted(&program));
        let mut database = Database { kept: BTreeSet::new(), next: 0, job: scene.inside("sqlite", &line) };
        database.job.wrapper().tell(&format!("pragma journal_mode = {mode}; pragma synchronous = full;"));
        database.job.wrapper().tell("create table t (number int, row int);");
        assert!(database.commits(), "{mode}");
        let mut refused = 0;
        for (options, fails) in [
            (&["calls=write", "errno=ENOSPC"][..], true),
            (&["calls=write", "errno=EIO"], true),
            (&["calls=fsync", "errno=EIO"], true),
            (&["calls=read", "errno=EIO"], false),
            (&["calls=write", "share=0.3"], false),
            (&["calls=fsync,write", "delay=20ms"], false),
        ] {
            let options = [options, &["path=*/base.db*", "times=3", "duration=20"]].concat();
            let strike = scene.strike("sqlite", "disturb", &options);
            let mut all = Vec::new();
            strike.meanwhile(|| {
                // What it has read it keeps, unless somebody else writes.
                if options[0] == "calls=read" {
                    let _ = write_beside(&scene, &program);
                }
                all.push(database.commits());
            });
            assert_eq!(hits(&strike.effective()), 3, "{mode} {options:?}");
            assert_eq!(fails, all.contains(&false) && fails, "{mode} {options:?}: {all:?}");
            refused += all.iter().filter(|kept| !**kept).count();
            assert!(database.commits(), "{mode} {options:?}: it goes on");
        }
        assert!(refused > 0);
        database.job.end();
        let seen = ask(
            &scene,
            &program,
            "pragma integrity_check; select number, count(*) from t where number >= 0 group by number;",
        );
        let mut lines = seen.lines();
        assert_eq!(lines.next(), Some("ok"), "{mode}: {seen}");
        let whole: BTreeSet<u32> = lines
            .map(|line| {
                let (number, rows) = line.split_once('|').unwrap();
                assert_eq!(rows, ROWS.to_string(), "{mode}: a part of {number}: {seen}");
                number.parse().unwrap()
            })
            .collect();
        let lost: Vec<_> = database.kept.difference(&whole).collect();
        assert!(lost.is_empty(), "{mode}: {lost:?}");
        scene.end();
    }
}

fn ask(scene: &Scene, program: &std::path::Path, text: &str) -> String {
    let output = scene.command(program).args(["-batch", "base.db", text]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Somebody else writes too, so that the one who is struck has to read anew.
fn write_beside(scene: &Scene, program: &std::path::Path) -> std::io::Result<std::process::Output> {
    scene
        .command(program)
        .args(["-batch", "base.db", ".timeout 5000", "insert into t values (-1, 0)"])
        .output()
}
