//! What every case stands on: a host with a good plugin and a bad one, and a victim that tells whether it is struck.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use chaos_kitty_tests::{Host, Json, NOBODY, Nest, Process, Victim, Workspace, json, vitals};

use crate::lines::{assert_lines, complaints};

/// A directory with the good plugin, and wherein a case puts a bad one.
pub(crate) struct Scene {
    nest: Nest,
    plugins: PathBuf,
    /// The host's, with no plugin beside it.
    program: PathBuf,
    /// Who runs everything, where that is not who runs the tests.
    user: Option<u32>,
    instances: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let nest = Nest::new();
        let plugins = nest.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        let good = instance("yowl", "good", r#"interval = "20ms", probability = 1, messages = ["meow"]"#);
        let scene = Self { program: nest.lone_host(), nest, plugins, user: None, instances: good };
        fs::copy(Workspace::built().plugin("yowl"), scene.file("libyowl.so")).unwrap();
        scene
    }

    /// One of a user whom the system refuses what it grants to root.
    pub(crate) fn of_a_plain_user() -> Self {
        let mut scene = Self::new();
        if vitals::own_user() == 0 {
            scene.nest.give_to(NOBODY);
            scene.program = scene.nest.for_everyone("chaos-kitty");
            scene.user = Some(NOBODY);
        }
        scene
    }

    /// Has the system grant so many threads to the host's user. False where that user is ours, of whose threads there is
    /// no telling how many there are.
    pub(crate) fn limit_threads(&mut self, most: u32) -> bool {
        let program = self.program.display();
        let script = format!("#!/bin/sh\nexec prlimit --nproc={most} {program} \"$@\"\n");
        let script = self.nest.file("limited", script);
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        if self.user.is_some() {
            self.program = script;
        }
        self.user.is_some()
    }

    /// Has whoever starts the host leave /dev/zero open for it.
    pub(crate) fn leave_a_descriptor_open(&mut self) {
        let program = self.program.display();
        let script = format!("#!/bin/sh\nexec 9</dev/zero\nexec {program} \"$@\"\n");
        self.program = self.nest.file("leaving", script);
        fs::set_permissions(&self.program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A plugin's place.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.plugins.join(name)
    }

    /// Where the bad plugin lies, of which there is an instance called `bad`.
    pub(crate) fn bad_file(&mut self) -> PathBuf {
        self.misbehave("")
    }

    /// The plugin that misbehaves, with an instance called `bad` that does this.
    pub(crate) fn misbehave(&mut self, misdeed: &str) -> PathBuf {
        self.add(misdeed, "once = false", "")
    }

    /// The same in a process of its own; with `once`, the next process behaves.
    pub(crate) fn misbehave_isolated(&mut self, misdeed: &str, once: bool) -> PathBuf {
        self.add(misdeed, &format!("once = {once}"), "isolate = true\n")
    }

    /// The same; the next process does this.
    pub(crate) fn misbehave_isolated_and_then(&mut self, misdeed: &str, then: &str) -> PathBuf {
        self.add(misdeed, &format!("once = true, then = {then:?}"), "isolate = true\n")
    }

    /// The one or the other.
    pub(crate) fn misbehave_there(&mut self, isolated: bool, misdeed: &str) -> PathBuf {
        if isolated { self.misbehave_isolated(misdeed, false) } else { self.misbehave(misdeed) }
    }

    fn add(&mut self, misdeed: &str, once: &str, isolate: &str) -> PathBuf {
        let until = self.nest.path().join("never");
        let parameters = format!("misdeed = {misdeed:?}, until = {until:?}, {once}");
        self.instances.push_str(&instance("misbehaving", "bad", &parameters));
        self.instances.push_str(isolate);
        let file = self.file("libmisbehaving.so");
        fs::copy(Workspace::built().plugin("misbehaving"), &file).unwrap();
        file
    }

    /// The instance `bad`, as `chaos-kitty operations` shows it; null where it does not run.
    pub(crate) fn bad(&self) -> Json {
        let instances = self.as_operator(&["operations"]);
        let bad = instances.as_array().unwrap().iter().find(|instance| instance["name"] == "bad");
        bad.cloned().unwrap_or_default()
    }

    /// The state of it.
    pub(crate) fn state(&self) -> String {
        self.bad()["state"].as_str().unwrap_or("not there").to_owned()
    }

    /// Another victim, for a moment.
    #[track_caller]
    pub(crate) fn guest_comes_and_goes(&self, host: &Host) {
        let guest = self.guest();
        let id = host.registered("guest").id;
        drop(guest);
        host.left(id);
    }

    /// The same, to stay as long as the answer is kept.
    pub(crate) fn guest(&self) -> Victim {
        self.nest.victim("guest").user(self.user).idle().start()
    }

    /// What an operator of the host's own user is answered.
    pub(crate) fn as_operator(&self, arguments: &[&str]) -> Json {
        let (code, answer) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {answer}");
        answer
    }

    /// The problems that `chaos-kitty check` finds.
    pub(crate) fn check(&self) -> Vec<String> {
        let configuration = self.nest.file("check.toml", self.configuration());
        let configuration = configuration.to_str().unwrap();
        let (code, findings) = self.run(&["check", "--config", configuration, "--plugins", self.directory()]);
        let problems: Vec<_> = texts(&findings["problems"]);
        assert_eq!(code, if problems.is_empty() { 0 } else { 2 }, "{findings}");
        problems
    }

    /// Runs a host, with these arguments more, whose good instance strikes a victim before `disturb` and after. Answers
    /// what it complained of when it has ended, with 0 and with nothing left behind.
    #[track_caller]
    pub(crate) fn play(&self, more: &[&str], disturb: impl FnOnce(&Host)) -> Vec<String> {
        let host = self.host(more);
        let log = host.log().clone();
        let web = self.nest.victim("web").user(self.user).start();
        host.registered("web");
        is_struck(&web);
        disturb(&host);
        is_struck(&web);
        host.stop();
        complaints(&log.to_its_end())
    }

    /// A host that serves.
    #[track_caller]
    pub(crate) fn host(&self, more: &[&str]) -> Host {
        let plan = self.nest.host().program(self.program.clone()).configuration(self.configuration());
        let plan = plan.arguments(["--plugins", self.directory()]).arguments(more);
        match self.user {
            Some(user) => plan.user(user).start(),
            None => plan.start(),
        }
    }

    /// Holds a host to one line on the bad file, whatever `spoil` has made of it: in its log, and before on `check`.
    #[track_caller]
    pub(crate) fn rejects(mut self, spoil: impl FnOnce(&Path), wanted: &str) {
        spoil(&self.bad_file());
        let wanted = format!("plugin */plugins/libmisbehaving.so: {wanted}; instance bad does not run");
        assert_lines(&self.check(), &[&wanted]);
        assert_lines(&self.play(&[], |_| {}), &[&wanted]);
    }

    fn configuration(&self) -> String {
        format!("version = 1\n{}", self.instances)
    }

    fn directory(&self) -> &str {
        self.plugins.to_str().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (i32, Json) {
        let mut command = self.nest.command(&self.program);
        command.arg("--json").arg("--socket").arg(self.nest.socket()).args(arguments);
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        let mut process = Process::start("chaos-kitty", &mut command);
        let code = process.exit_code();
        process.said().to_its_end();
        let answer = serde_json::from_str(&process.said().shown());
        (code, answer.unwrap_or_else(|_| json!(process.complained().shown())))
    }
}

fn instance(operation: &str, name: &str, parameters: &str) -> String {
    format!("[[instance]]\noperation = {operation:?}\nname = {name:?}\nparameters = {{ {parameters} }}\n")
}

#[track_caller]
fn is_struck(web: &Victim) {
    let mark = web.log().mark();
    web.log().wait_after(mark, "a strike of the good one's", |line| line["message"] == "meow");
}

fn texts(array: &Json) -> Vec<String> {
    let texts = array.as_array().into_iter().flatten().filter_map(Json::as_str);
    texts.map(str::to_owned).collect()
}
