//! A program that shows that it runs: its processes beat, each kind of them in a place of its own in a file. All of
//! them end when their input does. One that stays counts in the third place how often it took SIGUSR1, and writes into the fourth
//! which time of day it is, in seconds.
//!
//! `chaos-kitty-test-heart FILE forks|session|stays|ends [MILLISECONDS]`: it says its pid first. One that ends waits for a
//! line before its time begins.
#![allow(clippy::unwrap_used, reason = "a test's helper stops where it is surprised")]

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::park_timeout;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// Between two beats.
const PACE: Duration = Duration::from_millis(4);
/// Children at a time.
const CHILDREN: usize = 2;

struct Heart {
    path: PathBuf,
    file: File,
    beats: u64,
}

#[expect(clippy::zombie_processes, reason = "what outlives its parent is for whoever gets it to reap")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let (path, role) = (arguments.next().expect("FILE"), arguments.next().expect("what it is"));
    let file = File::options().write(true).open(&path).unwrap();
    let mut heart = Heart { path: path.into(), file, beats: u64::from(std::process::id()) << 32 };
    if role == "ends" {
        heart.say_pid();
        let _ = std::io::stdin().read(&mut [0]); // its time begins when it is told
    }
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    match &*role {
        "forks" => heart.fork(),
        "session" => {
            rustix::process::setsid().unwrap();
            heart.child("leaves").wait().unwrap();
            heart.beat_on(0);
        }
        "stays" => {
            heart.count_signals();
            heart.child("beats");
            heart.say_pid();
            loop {
                heart.beat(0);
                heart.file.write_all_at(&chaos_kitty_tests::wall().as_secs().to_le_bytes(), 24).unwrap();
            }
        }
        "ends" => {
            let time: u128 = arguments.next().expect("MILLISECONDS").parse().unwrap();
            heart.child("beats");
            for _ in 0..time / PACE.as_millis() {
                heart.beat(0);
            }
            std::process::exit(7);
        }
        // A daemon's way: a session of its own, whose leader ends.
        "leaves" => {
            rustix::process::setsid().unwrap();
            heart.child("beats");
        }
        "beats" => heart.beat_on(1),
        "bears" => {
            heart.beat(1);
            heart.child("lives shortly").wait().unwrap();
        }
        "lives shortly" => heart.beat(1),
        other => panic!("{other}?"),
    }
}

impl Heart {
    /// Children and grandchildren come and go.
    fn fork(&mut self) {
        self.say_pid();
        let mut children: Vec<Child> = Vec::new();
        loop {
            self.beat(0);
            children.retain_mut(|child| child.try_wait().unwrap().is_none());
            if children.len() < CHILDREN {
                children.push(self.child("bears"));
            }
        }
    }

    fn beat_on(&mut self, place: u64) -> ! {
        if place == 0 {
            self.say_pid();
        }
        loop {
            self.beat(place);
        }
    }

    fn beat(&mut self, place: u64) {
        self.beats += 1;
        self.file.write_all_at(&self.beats.to_le_bytes(), place * 8).unwrap();
        park_timeout(PACE);
    }

    fn count_signals(&self) {
        let file = self.file.try_clone().unwrap();
        let (ready, listening) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut signals = signal(SignalKind::user_defined1()).unwrap();
                ready.send(()).unwrap();
                for taken in 1u64.. {
                    signals.recv().await.unwrap();
                    file.write_all_at(&taken.to_le_bytes(), 16).unwrap();
                }
            });
        });
        listening.recv().unwrap();
    }

    fn child(&self, role: &str) -> Child {
        Command::new(std::env::current_exe().unwrap()).arg(&self.path).arg(role).spawn().unwrap()
    }

    fn say_pid(&self) {
        println!("{}", std::process::id());
    }
}
