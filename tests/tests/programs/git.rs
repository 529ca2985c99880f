//! git: a disk that is full at any write leaves a sound repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chaos_kitty_tests::{Nest, Package};

use crate::scene::{Scene, quoted};
use crate::strike::hits;

const GIT: Package = Package { name: "git", program: "/usr/bin/git" };

struct Repository<'a> {
    nest: &'a Nest,
    git: PathBuf,
}

impl Repository<'_> {
    fn path(&self) -> PathBuf {
        self.nest.path().join("repository")
    }

    /// git, as nobody strikes it.
    fn git(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command: Command = self.nest.command(&self.git);
        command.current_dir(folder).args(arguments).envs(environment(self.nest)).output().unwrap()
    }

    #[track_caller]
    fn done(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.git(folder, arguments);
        let both = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&both).trim().to_owned();
        assert!(output.status.success(), "git {arguments:?}: {text}");
        text
    }

    #[track_caller]
    fn made(nest: &Nest) -> Option<Repository<'_>> {
        let repository = Repository { nest, git: GIT.program()? };
        repository.done(nest.path(), &["init", "-q", "repository"]);
        for number in 0..5 {
            nest.file(&format!("repository/file-{number}"), format!("{number}\n"));
        }
        repository.done(&repository.path(), &["add", "."]);
        repository.done(&repository.path(), &["commit", "-qm", "the first"]);
        Some(repository)
    }

    /// Nothing that it has is broken or missing.
    #[track_caller]
    fn is_sound(&self, folder: &Path, when: &str) {
        let said = self.done(folder, &["fsck", "--full", "--strict"]);
        let wrong = ["error", "missing", "corrupt", "broken"].iter().find(|word| said.contains(**word));
        assert!(wrong.is_none(), "{when}: {said}");
        self.done(folder, &["status", "--porcelain"]);
    }
}

fn environment(nest: &Nest) -> Vec<(&'static str, String)> {
    let name = || "Cat".to_owned();
    vec![
        ("HOME", nest.path().display().to_string()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_AUTHOR_NAME", name()),
        ("GIT_COMMITTER_NAME", name()),
        ("GIT_AUTHOR_EMAIL", "cat@example.org".to_owned()),
        ("GIT_COMMITTER_EMAIL", "cat@example.org".to_owned()),
    ]
}

/// Runs git with no space on the disk for one of its writes to these paths, after so many that have it. Answers its exit code, and
/// whether there was such a write.
#[track_caller]
fn struck(scene: &Scene, repository: &Repository<'_>, line: &str, path: &str, number: u64) -> (i32, bool) {
    let variables = environment(scene).into_iter().map(|(name, value)| format!("{name}='{value}' "));
    let line = format!("exec env {}{} {line}", variables.collect::<String>(), quoted(&repository.git));
    let mut job = scene.waiting("git", &line);
    let (path, after) = (format!("path={path}"), format!("after={number}"));
    let options = ["calls=write", "errno=ENOSPC", "times=1", "duration=60", &path, &after];
    let strike = scene.strike("git", "disturb", &options);
    scene.let_go("git");
    let code = job.wrapper().exit_code();
    let outcome = strike.outcome();
    scene.host().left(outcome["victim"]["id"].as_u64().unwrap());
    (code, hits(&outcome) == 1)
}

#[test]
fn a_full_disk_at_any_write_of_a_commit_leaves_a_sound_repository() {
    let scene = Scene::new();
    let Some(repository) = Repository::made(&scene) else { return };
    let work = repository.path();
    let mut failed = 0;
    for number in 0.. {
        let before = repository.done(&work, &["rev-parse", "HEAD"]);
        scene.file("repository/file-1", format!("at {number}\n"));
        let line = format!("-C {} commit -qam 'at {number}'", quoted(&work));
        let (code, is_hit) = struck(&scene, &repository, &line, "*/repository/.git/*", number);
        let when = format!("at write {number}");
        repository.is_sound(&work, &when);
        let after = repository.done(&work, &["rev-parse", "HEAD"]);
        assert_eq!(code == 0, after != before, "{when}: git says whether it has committed");
        if is_hit && code != 0 {
            failed += 1;
            // With space again it goes on where it was.
            repository.done(&work, &["commit", "-qam", &when]);
        }
        if !is_hit {
            assert_eq!(code, 0);
            break;
        }
        assert!(number < 40, "a commit of so many writes?");
    }
    assert!(failed >= 5, "{failed} commits failed");
    scene.end();
}

#[test]
fn a_full_disk_in_a_clone_leaves_a_sound_one_or_none() {
    let scene = Scene::new();
    let Some(repository) = Repository::made(&scene) else { return };
    let mut failed = 0;
    for number in [0, 1, 2, 4, 7, 11] {
        let copy = scene.path().join(format!("copy-{number}"));
        let line = format!("clone -q file://{} {}", repository.path().display(), quoted(&copy));
        let (code, is_hit) = struck(&scene, &repository, &line, "*/copy-*", number);
        assert!(is_hit, "a clone of fewer than {number} writes?");
        if copy.exists() {
            repository.is_sound(&copy, &format!("at write {number}"));
        } else {
            assert_ne!(code, 0);
        }
        failed += usize::from(code != 0);
        repository.is_sound(&repository.path(), "where it came from");
    }
    assert!(failed >= 2, "{failed} clones failed");
    scene.end();
}
