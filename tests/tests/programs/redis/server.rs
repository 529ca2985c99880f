//! redis-server, and what it has acknowledged.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chaos_kitty_tests::{Job, Json, PATIENCE, Package, comes_true};

use crate::resp::{Client, Reply};
use crate::scene::{Scene, quoted};
use crate::strike::Strike;

const REDIS: Package = Package { name: "redis-server", program: "/usr/bin/redis-server" };

/// A server, and what it has acknowledged.
pub(crate) struct Redis {
    program: PathBuf,
    policy: &'static str,
    client: Option<Client>,
    kept: BTreeMap<String, String>,
    pub(super) job: Job,
    pub(crate) scene: Scene,
}

/// What came of asking it to keep something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    Yes,
    Refused(String),
    /// The connection ended, or there was none.
    Lost,
}

impl Redis {
    /// One that has each write on the disk before it acknowledges it.
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        Self::with("always")
    }

    #[track_caller]
    pub(super) fn with(policy: &'static str) -> Option<Self> {
        Self::within(policy, Scene::new)
    }

    /// One that is struck by whatever this configuration says, once it serves: a server that has no descriptor for its files
    /// while it starts ends itself, and has none to log that.
    #[track_caller]
    pub(crate) fn under(configuration: &str) -> Option<Self> {
        let redis = Self::within("always", || {
            let scene = Scene::configured(configuration);
            scene.operator().ask(&["pause"]);
            scene
        })?;
        redis.scene.operator().ask(&["resume"]);
        Some(redis)
    }

    #[track_caller]
    fn within(policy: &'static str, scene: impl FnOnce() -> Scene) -> Option<Self> {
        let program = REDIS.program()?;
        let scene = scene();
        let job = scene.inside("redis", &line(&scene, &program, policy));
        let mut redis = Self { program, policy, client: None, kept: BTreeMap::new(), job, scene };
        redis.answers();
        assert!(comes_true(PATIENCE, || redis.keep() == Kept::Yes && redis.kept.len() == 10));
        Some(redis)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.scene.path().join("redis.sock")
    }

    pub(crate) fn pid(&self) -> i32 {
        self.job.pid()
    }

    pub(crate) fn job(&mut self) -> &mut Job {
        &mut self.job
    }

    /// Waits until it does.
    #[track_caller]
    pub(crate) fn answers(&mut self) {
        let pong = Some(Reply::Text("PONG".to_owned()));
        let ready = comes_true(PATIENCE, || self.ask(&["PING"]) == pong);
        assert!(ready, "it does not answer: {}", self.log());
    }

    /// What it says of itself.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.scene.path().join("redis.log")).unwrap_or_default()
    }

    /// Asks something, on a connection that is kept.
    pub(super) fn ask(&mut self, words: &[&str]) -> Option<Reply> {
        let socket = self.socket();
        if self.client.is_none() {
            self.client = Client::connect(&socket).ok();
        }
        let reply = self.client.as_mut()?.ask(words).ok();
        if reply.is_none() {
            self.client = None;
        }
        reply
    }

    #[track_caller]
    pub(crate) fn says(&mut self, words: &[&str]) -> Reply {
        self.ask(words).unwrap_or_else(|| panic!("{words:?}: no answer"))
    }

    /// Has it keep one thing more.
    pub(super) fn keep(&mut self) -> Kept {
        let number = self.kept.len();
        let (key, value) = (format!("key:{number}"), format!("value {number}"));
        match self.ask(&["SET", &key, &value]) {
            Some(Reply::Text(_)) => {
                self.kept.insert(key, value);
                Kept::Yes
            }
            Some(Reply::Error(why)) => Kept::Refused(why),
            Some(other) => panic!("SET: {other:?}"),
            None => Kept::Lost,
        }
    }

    pub(crate) fn strike(&self, method: &str, options: &[&str]) -> Strike {
        self.scene.strike("redis", method, options)
    }

    /// What it was struck with before is in force: a strike behind it has been carried out.
    #[track_caller]
    pub(super) fn has_heard(&mut self) {
        let options = ["calls=read,recv", "address=unix:*", "delay=1ms", "times=1", "duration=20"];
        let strike = self.strike("disturb", &options);
        strike.meanwhile(|| drop(self.says(&["PING"])));
        strike.effective();
    }

    /// Has it keep things until the strike is over, and answers what came of that, and the outcome.
    #[track_caller]
    pub(super) fn keeps_until_over(&mut self, strike: Strike) -> (Vec<Kept>, Json) {
        let mut all = Vec::new();
        strike.meanwhile(|| {
            // A server that is gone is not asked thousands of times.
            if all.len() < 20_000 {
                all.push(self.keep());
            }
        });
        (all, strike.outcome())
    }

    /// Has it keep things until this is so.
    #[track_caller]
    pub(crate) fn keeps_until(&mut self, so: impl Fn(&Self) -> bool) {
        let enough = comes_true(PATIENCE, || {
            for _ in 0..20 {
                self.keep();
            }
            so(self)
        });
        assert!(enough, "{}", self.scene.host().log().shown());
    }

    /// Strikes it while it keeps things: all of them are kept.
    #[track_caller]
    pub(super) fn keeps_all_under(&mut self, method: &str, options: &[&str]) -> Json {
        let strike = self.strike(method, options);
        let (all, outcome) = self.keeps_until_over(strike);
        assert!(!all.is_empty() && all.iter().all(|kept| *kept == Kept::Yes), "{all:?}: {outcome}");
        assert!(outcome["verdict"] == "effective" || outcome["verdict"] == "partial", "{outcome}");
        outcome
    }

    /// It has ended by itself, and says why.
    #[track_caller]
    pub(super) fn has_given_up(&mut self, why: &str) {
        assert_eq!(self.job.wrapper().exit_code(), 1);
        assert!(self.log().contains(why), "{}", self.log());
        self.again();
    }

    /// Starts it once more, in the same directory.
    #[track_caller]
    pub(super) fn again(&mut self) {
        self.client = None;
        self.job = self.scene.beside("redis", &line(&self.scene, &self.program, self.policy));
        self.answers();
    }

    /// All that it has acknowledged is there.
    #[track_caller]
    pub(super) fn has_everything(&mut self) {
        self.answers();
        for (key, value) in self.kept.clone() {
            assert_eq!(self.says(&["GET", &key]), Reply::Text(value), "{key}");
        }
    }

    /// It answers as ever, has everything, and has it after a restart from what is on the disk too.
    #[track_caller]
    pub(crate) fn ends_well(mut self) {
        self.has_everything();
        assert_eq!(self.keep(), Kept::Yes);
        self.ends();
        self.again();
        self.has_everything();
        self.ends();
        self.scene.end();
    }

    /// The same, where there is no host any more that it could be a victim of again.
    #[track_caller]
    pub(crate) fn ends_well_without_a_host(mut self) {
        self.has_everything();
        self.ends();
        self.scene.end();
    }

    #[track_caller]
    pub(super) fn ends(&mut self) {
        assert_eq!(self.ask(&["SHUTDOWN", "NOSAVE"]), None);
        assert_eq!(self.job.wrapper().exit_code(), 0, "{}", self.log());
    }
}

fn line(scene: &Scene, program: &std::path::Path, policy: &str) -> String {
    let (program, socket) = (quoted(program), quoted(&scene.path().join("redis.sock")));
    format!(
        "ulimit -n 200; exec {program} --port 0 --unixsocket {socket} --dir . --logfile redis.log --appendonly yes \
         --appendfsync {policy} --save ''"
    )
}

/// The time that it believes it is, in seconds.
pub(crate) fn time(redis: &mut Redis) -> u64 {
    let Reply::List(parts) = redis.says(&["TIME"]) else { panic!("no time") };
    let Some(Reply::Text(seconds)) = parts.first() else { panic!("no seconds: {parts:?}") };
    seconds.parse().unwrap()
}
