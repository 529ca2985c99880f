//! `serve --watch`, where directories and files do not stay where they were.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use chaos_kitty_tests::{Host, PATIENCE, Signal, Workspace, comes_true, let_pass, skipped};

use crate::stage::{Stage, configuration, instance, says, yowl};

/// Does something, and waits until the log tells that a new generation of this instance has taken over.
#[track_caller]
fn replaces(host: &Host, name: &str, change: impl FnOnce()) {
    let mark = host.log().mark();
    change();
    host.log().wait_after(mark, &format!("a new generation of {name}"), |line| {
        let message = line["message"].as_str().unwrap_or_default();
        message.starts_with(&format!("{name}: generation ")) && message.contains(" takes over from ")
    });
}

/// Does something, and waits for words in the log.
#[track_caller]
fn brings(host: &Host, words: &str, change: impl FnOnce()) {
    let mark = host.log().mark();
    change();
    says(host, mark, words);
}

fn copy(operation: &str, to: &Path) {
    fs::copy(Workspace::built().plugin(operation), to).unwrap();
}

/// Puts a link in another's place, at once.
fn swap(link: &Path, target: &str) {
    let beside = link.with_file_name("..swapped");
    symlink(target, &beside).unwrap();
    fs::rename(beside, link).unwrap();
}

#[test]
fn a_directory_that_goes_and_comes_again_is_followed_again() {
    let stage = Stage::with(&["yowl"]);
    let target = stage.nest.path().join("target");
    let built = target.join("debug");
    // As before the first build. The other directory has the same operation, and comes after it.
    let plan =
        stage.nest.host().program(stage.nest.lone_host()).configuration(configuration(&yowl("loud", "meow")));
    let directories = ["--watch", "--plugins", "target/debug", "--plugins", "plugins"];
    let host = plan.arguments(directories).start();
    says(&host, 0, "target/debug is not there: it is followed as soon as it is");
    assert!(stage.listed().contains_key("debug"), "a place that cannot be read is listed");
    for _ in 0..2 {
        replaces(&host, "loud", || {
            fs::create_dir_all(&built).unwrap();
            // As Cargo does it: a link to what is whole already.
            let whole = stage.nest.path().join("whole.so");
            let _ = fs::remove_file(&whole);
            copy("yowl", &whole);
            fs::hard_link(&whole, built.join("libyowl.so")).unwrap();
        });
        assert!(!stage.listed().contains_key("debug"), "{:?}", stage.listed());
        replaces(&host, "loud", || copy("yowl", &built.join("libyowl.so")));
        brings(&host, "has gone: loud goes on (chaos-kitty operations unload yowl ends it)", || {
            fs::remove_dir_all(&target).unwrap();
        });
    }
    // One that is there whole when it comes.
    let beside = stage.nest.path().join("beside");
    fs::create_dir_all(beside.join("debug")).unwrap();
    copy("yowl", &beside.join("debug/libyowl.so"));
    replaces(&host, "loud", || fs::rename(&beside, &target).unwrap());
    // Moved away, it is not what was asked for any more.
    brings(&host, "has gone: loud goes on", || fs::rename(&target, &beside).unwrap());
    host.stop();
}

#[test]
fn one_file_under_two_paths_is_one_file() {
    let stage = Stage::with(&["yowl"]);
    let plan =
        stage.nest.host().program(stage.nest.lone_host()).configuration(configuration(&yowl("loud", "meow")));
    let host = plan.arguments(["--watch", "--plugins", "plugins"]).start();
    replaces(&host, "loud", || stage.put("yowl", "yowl"));
    stage.nest.operator().ask(&["operations", "load", stage.file("yowl").to_str().unwrap()]);
    replaces(&host, "loud", || stage.put("yowl", "yowl"));
    host.stop();
}

#[test]
fn a_file_that_is_renamed_is_followed_under_its_new_name() {
    let stage = Stage::with(&["yowl"]);
    let two = [yowl("loud", "meow"), yowl("louder", "meow")].concat();
    let host = stage.host(&two).arguments(["--watch"]).start();
    says(&host, 0, "following ");
    replaces(&host, "louder", || fs::rename(stage.file("yowl"), stage.file("renamed")).unwrap());
    says(&host, 0, "has gone: loud, louder go on (chaos-kitty operations unload yowl ends them)");
    stage.nest.operator().ask(&["operations", "reload", "loud"]);
    let file = stage.listed()["loud"]["file"].clone();
    assert_eq!(file, stage.file("renamed").to_str().unwrap());
    replaces(&host, "loud", || stage.put("yowl", "renamed"));

    // What is wrong with a file is so for as long as it is there.
    brings(&host, "it is not a Linux library", || fs::write(stage.file("broken"), "no library").unwrap());
    assert!(stage.listed().contains_key("libbroken"), "{:?}", stage.listed());
    fs::remove_file(stage.file("broken")).unwrap();
    stage.nest.operator().until("it is forgotten", || !stage.listed().contains_key("libbroken"));
    host.stop();
}

#[test]
fn what_is_reached_by_links_is_followed_wherever_they_lead() {
    let stage = Stage::with(&["yowl"]);
    let nest = stage.nest.path();
    // As Kubernetes mounts a ConfigMap, and as releases are put in place.
    for (release, message) in [("..1", "meow"), ("..2", "hiss")] {
        fs::create_dir_all(nest.join(release).join("plugins")).unwrap();
        fs::write(nest.join(release).join("chaos.toml"), configuration(&yowl("loud", message))).unwrap();
        copy("yowl", &nest.join(release).join("plugins/libyowl.so"));
    }
    symlink("..1", nest.join("..data")).unwrap();
    symlink("..data/chaos.toml", nest.join("linked.toml")).unwrap();
    symlink("..1", nest.join("current")).unwrap();
    let plan = stage.nest.host().program(stage.nest.lone_host());
    let host = plan.arguments(["--watch", "--config", "linked.toml", "--plugins", "current/plugins"]).start();
    says(&host, 0, "following ");
    brings(&host, "the configuration was read again: 1 changed, 0 untouched", || {
        swap(&nest.join("..data"), "..2")
    });
    replaces(&host, "loud", || swap(&nest.join("current"), "..2"));
    replaces(&host, "loud", || copy("yowl", &nest.join("..2/plugins/libyowl.so")));
    brings(&host, "the configuration was read again: 1 changed, 0 untouched", || {
        fs::write(nest.join("..2/chaos.toml"), configuration(&yowl("loud", "purr"))).unwrap();
    });
    // A library that is a link itself, to one that is built anew.
    let library = nest.join("..2/plugins/libyowl.so");
    let elsewhere = nest.join("built.so");
    copy("yowl", &elsewhere);
    replaces(&host, "loud", || swap(&library, elsewhere.to_str().unwrap()));
    replaces(&host, "loud", || copy("yowl", &elsewhere));
    host.stop();
}

/// An instance that keeps whoever builds it until a file is there.
fn slow(stage: &Stage) -> String {
    let until = stage.nest.path().join("until");
    instance("misbehaving", "slow", &format!("misdeed = \"hog in new\", once = true, until = {until:?}"))
}

/// Waits until the instance above is being built; lets it go on afterwards.
#[track_caller]
fn meanwhile(stage: &Stage, change: impl FnOnce()) {
    let begun = stage.nest.path().join("until.once");
    assert!(comes_true(PATIENCE, || begun.exists()), "it is not built");
    change();
    fs::write(stage.nest.path().join("until"), "").unwrap();
}

#[test]
fn what_changes_while_the_host_starts_is_not_missed() {
    let stage = Stage::with(&["yowl", "misbehaving"]);
    let host = stage.host(&[yowl("loud", "meow"), slow(&stage)].concat()).arguments(["--watch"]).begin();
    meanwhile(&stage, || {
        stage.put("yowl", "yowl");
        let now = configuration(&[yowl("loud", "meow"), slow(&stage), yowl("new", "hiss")].concat());
        stage.nest.file("chaos.toml", now);
    });
    host.serves();
    replaces(&host, "loud", || {});
    says(&host, 0, "the configuration was read again: 1 changed, 2 untouched");
    // What was there at the start is not loaded for the second time.
    let lines = host.log().lines();
    let again = |line: &&chaos_kitty_tests::Json| {
        line["message"].as_str().is_some_and(|text| text.starts_with("slow: generation "))
    };
    assert!(!lines.iter().any(|line| again(&line)), "{}", host.log().shown());
    host.stop();
}

#[test]
fn a_signal_that_comes_while_the_host_starts_is_not_lost() {
    let stage = Stage::with(&["yowl", "misbehaving"]);
    let mut host = stage.host(&[yowl("loud", "meow"), slow(&stage)].concat()).begin();
    meanwhile(&stage, || {
        stage.nest.file("chaos.toml", configuration(&[yowl("loud", "hiss"), slow(&stage)].concat()));
        host.process().signal(Signal::HUP);
    });
    says(&host, 0, "the configuration was read again: 1 changed, 1 untouched");
    host.stop();
}

#[test]
fn what_is_lost_because_too_much_happens_at_once_is_found_by_looking() {
    let most = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let most: usize = most.trim().parse().unwrap();
    if most > 1 << 16 {
        return skipped(format_args!("the kernel keeps {most} events"));
    }
    let stage = Stage::with(&["yowl", "misbehaving"]);
    let calm = instance("misbehaving", "slow", "misdeed = \"\"");
    let host = stage.host(&[yowl("loud", "meow"), calm].concat()).arguments(["--watch"]).start();
    says(&host, 0, "following ");
    // Nobody looks while this is built.
    stage.nest.file("chaos.toml", configuration(&[yowl("loud", "meow"), slow(&stage)].concat()));
    meanwhile(&stage, || {
        // Two that come together are kept once.
        for number in 0..2 * most {
            fs::write(stage.plugins.join(format!("noise-{}", number % 2)), "").unwrap();
        }
        stage.put("yowl", "yowl");
    });
    replaces(&host, "loud", || {});
    host.stop();
}

/// How many lines of the log have words.
fn told(host: &Host, words: &str) -> usize {
    let lines = host.log().lines();
    lines.iter().filter(|line| line["message"].as_str().is_some_and(|text| text.contains(words))).count()
}

/// Has the host look at something else, and once more at what it was not sure of.
#[track_caller]
fn lets_it_look(stage: &Stage, host: &Host) {
    let other = stage.file("other");
    brings(host, "other.so: it is not a Linux library", || fs::write(&other, "no library").unwrap());
    let_pass(Duration::from_millis(500));
    fs::remove_file(&other).unwrap();
    stage.nest.operator().until("it is forgotten", || !stage.listed().contains_key("libother"));
}

#[test]
fn what_is_written_slowly_in_place_of_another_is_taken_when_it_is_whole() {
    let stage = Stage::with(&["yowl", "misbehaving"]);
    let calm = instance("misbehaving", "slow", "misdeed = \"\"");
    let host = stage.host(&[yowl("loud", "meow"), calm].concat()).arguments(["--watch"]).start();
    says(&host, 0, "following ");
    stage.nest.file("chaos.toml", configuration(&[yowl("loud", "meow"), slow(&stage)].concat()));
    let now = configuration(&[yowl("loud", "hiss"), slow(&stage)].concat());
    let half = configuration(&yowl("loud", "hiss")).len();
    let library = fs::read(Workspace::built().plugin("yowl")).unwrap();
    // As `install` does it. What has gone is known only when another one is there.
    let anew = |path: &Path, begin: &[u8]| {
        fs::remove_file(path).unwrap();
        let mut file = File::create(path).unwrap();
        file.write_all(begin).unwrap();
        file
    };
    let mut files = None;
    meanwhile(&stage, || {
        let configuration = anew(&stage.nest.path().join("chaos.toml"), &now.as_bytes()[..half]);
        files = Some((configuration, anew(&stage.file("yowl"), &library[..library.len() / 2])));
    });
    says(&host, 0, "the configuration was read again: 1 changed, 1 untouched");
    lets_it_look(&stage, &host);
    assert_eq!(told(&host, "the configuration was read again"), 1, "{}", host.log().shown());
    assert_eq!(told(&host, "libyowl.so"), 0, "{}", host.log().shown());
    let (mut configuration, mut plugin) = files.unwrap();
    brings(&host, "the configuration was read again: 1 changed, 1 untouched", || {
        // It is built from its file.
        plugin.write_all(&library[library.len() / 2..]).unwrap();
        configuration.write_all(&now.as_bytes()[half..]).unwrap();
        drop(configuration);
    });
    replaces(&host, "loud", || drop(plugin));
    host.stop();
}

#[test]
fn what_is_being_written_in_a_directory_that_comes_is_taken_when_it_is_whole() {
    let stage = Stage::with(&["yowl"]);
    let (beside, target) = (stage.nest.path().join("beside"), stage.nest.path().join("target"));
    let plan =
        stage.nest.host().program(stage.nest.lone_host()).configuration(configuration(&yowl("loud", "meow")));
    let host = plan.arguments(["--watch", "--plugins", "target", "--plugins", "plugins"]).start();
    says(&host, 0, "target is not there: it is followed as soon as it is");
    fs::create_dir(&beside).unwrap();
    let library = fs::read(Workspace::built().plugin("yowl")).unwrap();
    let mut file = File::create(beside.join("libyowl.so")).unwrap();
    fs::rename(&beside, &target).unwrap();
    let written = |file: &File| file.metadata().unwrap().modified().unwrap();
    let (mut last, mut longest) = (written(&file), Duration::ZERO);
    for part in library.chunks(library.len() / 40) {
        file.write_all(part).unwrap();
        longest = longest.max(written(&file).duration_since(last).unwrap());
        last = written(&file);
        let_pass(Duration::from_millis(20));
    }
    let said = told(&host, "libyowl.so");
    replaces(&host, "loud", || drop(file));
    // On a machine that has much else to do the writer may have stopped for too long.
    assert!(said == 0 || longest > Duration::from_millis(100), "{}", host.log().shown());
    host.stop();
}

/// Writes to a file, and sets the time of that back, as `cp -p` does.
fn rewrite(path: &Path, content: impl AsRef<[u8]>) {
    let before = path.metadata().unwrap();
    let mut file = File::options().write(true).open(path).unwrap();
    file.write_all(content.as_ref()).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(file.metadata().unwrap().len(), before.len());
}

#[test]
fn other_bytes_of_the_same_length_and_time_are_taken_and_the_same_bytes_are_not() {
    let stage = Stage::with(&["yowl"]);
    let file = stage.file("yowl");
    let mut library = fs::read(&file).unwrap();
    library.push(b'1');
    fs::write(&file, &library).unwrap();
    let host = stage.host(&yowl("loud", "meow")).arguments(["--watch"]).start();
    says(&host, 0, "following ");
    brings(&host, "the configuration was read again: 1 changed, 0 untouched", || {
        rewrite(&stage.nest.path().join("chaos.toml"), configuration(&yowl("loud", "hiss")));
    });
    *library.last_mut().unwrap() = b'2';
    replaces(&host, "loud", || rewrite(&file, &library));
    let generation = stage.listed()["loud"]["generation"].clone();
    fs::set_permissions(&file, Permissions::from_mode(0o700)).unwrap();
    fs::hard_link(&file, stage.nest.path().join("linked")).unwrap();
    rewrite(&file, &library);
    lets_it_look(&stage, &host);
    assert_eq!(stage.listed()["loud"]["generation"], generation, "{}", host.log().shown());
    host.stop();
}
