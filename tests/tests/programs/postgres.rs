//! postgres: what was committed is there after recovery.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chaos_kitty_tests::{Job, NOBODY, Nest, PATIENCE, Package, Signal, Workspace, comes_true, vitals};

use crate::scene::{Scene, quoted};
use crate::strike::{LENGTHS, hits};

const POSTGRES: Package = Package { name: "postgresql", program: "/usr/lib/postgresql/*/bin/postgres" };

/// A server with a table of numbers, as nobody: it refuses to be root's.
struct Postgres {
    programs: PathBuf,
    committed: Vec<u32>,
    next: u32,
    job: Job,
    scene: Scene,
}

impl Postgres {
    #[track_caller]
    fn start() -> Option<Self> {
        let programs = POSTGRES.program()?.parent()?.to_owned();
        let scene = Scene::with("[host]\nother_users = true\n");
        if vitals::own_user() == 0 {
            for_everyone(&scene);
        }
        let mut init = command(&scene, &programs, "initdb");
        done(init.args(["-D", "data", "-A", "trust", "-N", "-U", "cat", "--locale=C"]));
        let job = started(&scene, &programs);
        let mut postgres = Self { programs, committed: Vec::new(), next: 0, job, scene };
        postgres.answers();
        assert!(postgres.sql("create table numbers (number int primary key)").status.success());
        for _ in 0..5 {
            postgres.commits();
        }
        Some(postgres)
    }

    fn sql(&self, text: &str) -> Output {
        let mut psql = command(&self.scene, &self.programs, "psql");
        psql.args(["-X", "-A", "-t", "-U", "cat", "-d", "postgres", "-h"]).arg(self.scene.path());
        psql.args(["-c", text]).output().unwrap()
    }

    #[track_caller]
    fn answers(&self) {
        assert!(comes_true(PATIENCE, || self.sql("select 1").status.success()), "{}", self.log());
    }

    fn log(&self) -> String {
        self.job.log().shown()
    }

    /// Has it commit one number more.
    fn inserts(&mut self) -> Result<(), String> {
        let output = self.sql(&format!("insert into numbers values ({})", self.next));
        let number = self.next;
        self.next += 1;
        if output.status.success() {
            self.committed.push(number);
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    #[track_caller]
    fn commits(&mut self) {
        self.inserts().unwrap();
    }

    /// Strikes it while it commits; answers what went wrong.
    #[track_caller]
    fn under(&mut self, method: &str, options: &[&str]) -> (Vec<String>, chaos_kitty_tests::Json) {
        let strike = self.scene.strike("postgres", method, options);
        let mut wrong = Vec::new();
        strike.meanwhile(|| {
            if let Err(why) = self.inserts() {
                wrong.push(why);
                self.answers();
            }
        });
        (wrong, strike.lasting())
    }

    /// Starts it once more, in the same directory.
    #[track_caller]
    fn again(&mut self) {
        self.job = started(&self.scene, &self.programs);
        self.answers();
    }

    /// All that it has committed is there.
    #[track_caller]
    fn has_everything(&self) {
        self.answers();
        let output = self.sql("select number from numbers order by number");
        let there: Vec<u32> =
            String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.parse().ok()).collect();
        let lost: Vec<_> = self.committed.iter().filter(|number| !there.contains(number)).collect();
        assert!(lost.is_empty(), "{lost:?} of {there:?}");
    }

    #[track_caller]
    fn ends_well(mut self) {
        self.has_everything();
        self.commits();
        self.job.wrapper().signal(Signal::INT);
        assert_eq!(self.job.wrapper().exit_code(), 0, "{}", self.log());
        self.scene.end();
    }
}

#[track_caller]
fn started(scene: &Scene, programs: &Path) -> Job {
    let mut plan = scene.job("postgres");
    if vitals::own_user() == 0 {
        plan = plan.user(NOBODY, scene.for_everyone("chaos-kitty-worker"));
    }
    let line = format!(
        "ulimit -n 512; exec {} -D data -c listen_addresses= -c unix_socket_directories={} -c shared_buffers=16MB",
        quoted(&programs.join("postgres")),
        quoted(scene.path())
    );
    scene.inside_as("postgres", plan, &line)
}

/// Makes the nest nobody's, with a copy of the wrapper and its library, for a user who cannot see into the build.
fn for_everyone(nest: &Nest) {
    nest.for_everyone("chaos-kitty-worker");
    let library = Workspace::built().worker().with_file_name("libchaos_kitty_inside.so");
    std::fs::copy(library, nest.path().join("libchaos_kitty_inside.so")).unwrap();
    nest.give_to(NOBODY);
    std::os::unix::fs::chown(nest.socket(), Some(NOBODY), None).unwrap();
}

fn command(nest: &Nest, programs: &Path, name: &str) -> Command {
    let mut command = nest.command(programs.join(name));
    if vitals::own_user() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

#[track_caller]
fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_was_committed_is_there_after_a_disk_that_fails_and_one_that_is_full() {
    let Some(mut postgres) = Postgres::start() else { return };
    for (options, says) in [
        (["calls=fsync", "errno=EIO"], "could not fdatasync file"),
        (["calls=write", "errno=ENOSPC"], "No space left on device"),
    ] {
        let options = [&options[..], &["path=*/pg_wal/0*", "times=1", "duration=20"]].concat();
        let (wrong, outcome) = postgres.under("disturb", &options);
        assert_eq!(hits(&outcome), 1);
        assert!(wrong.iter().any(|why| why.contains(says)), "{wrong:?}");
        postgres.has_everything();
    }
    postgres.ends_well();
}

#[test]
fn writes_that_are_held_are_late_and_whole() {
    let Some(mut postgres) = Postgres::start() else { return };
    for (method, options) in [
        ("delay", &["point=write:/*/pg_wal/*", "duration=700ms"][..]),
        ("disturb", &["calls=write", "path=*/pg_wal/*", "delay=100ms", "times=4", "duration=20"]),
        (
            "disturb",
            &["calls=send,recv,write,read", "address=unix:*", "share=0.2", "times=50", "duration=20"],
        ),
        ("freeze", &["duration=500ms"]),
    ] {
        let (wrong, outcome) = postgres.under(method, options);
        assert!(wrong.is_empty(), "{wrong:?}: {outcome}");
    }
    postgres.ends_well();
}

#[test]
fn connections_wait_for_a_descriptor() {
    let Some(mut postgres) = Postgres::start() else { return };
    // Of the process that accepts them.
    let is_told = LENGTHS.iter().any(|length| {
        let (wrong, outcome) = postgres.under("take_descriptors", &["leave=0", length]);
        assert!(wrong.is_empty(), "{wrong:?}: {outcome}");
        let complained = postgres.job.wrapper().complained();
        comes_true(PATIENCE, || {
            complained.shown().contains("could not accept new connection: Too many open files")
        })
    });
    assert!(is_told, "{}", postgres.job.wrapper().complained().shown());
    postgres.ends_well();
}

#[test]
fn what_was_committed_is_there_after_it_was_killed() {
    let Some(mut postgres) = Postgres::start() else { return };
    let strike = postgres.scene.strike("postgres", "signal", &["signal=KILL"]);
    // Each stops at the first that fails: nobody starts it again by itself.
    while postgres.inserts().is_ok() {}
    strike.effective();
    assert_eq!(postgres.job.wrapper().exit_code(), 128 + 9);
    postgres.again();
    postgres.ends_well();
}
