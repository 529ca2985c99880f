//! A process that runs already, which a host attaches.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use chaos_kitty_bus::Request;
use chaos_kitty_tests::{
    ControlGroup, Host, Json, Nest, PATIENCE, Process, Signal, Wire, Workspace, comes_true, vitals,
};

use crate::killed::Killed;
use crate::program::{TAG, beats, kill};
use crate::subject::NAME;

pub(crate) struct Attached {
    process: Process,
    pid: i32,
    tag: String,
    beats: PathBuf,
    /// What stands beside it, once it has been attached.
    beside: Option<Beside>,
    // The last to be dropped: it goes when nobody is in it.
    group: Option<ControlGroup>,
}

/// Whom a host has started for it.
#[derive(Clone, Copy)]
struct Beside {
    host: i32,
    attendant: i32,
    guard: i32,
}

impl Attached {
    /// With a control group of its own, it is held by the freezer of that.
    pub(crate) fn start(nest: &Nest, tag: String, group: Option<ControlGroup>) -> Attached {
        let file = nest.file("beats", [0; 24]);
        let mut command = nest.command(Workspace::built().program("chaos-kitty-test-heart"));
        // In a group of its own, since one that is stopped in ours could have the kernel hang up on all of us.
        command.arg(&file).arg("stays").env(TAG, &tag).process_group(0);
        let process = Process::start("the process", &mut command);
        let pid = process.said().wait("its pid", Json::is_number).as_i64().unwrap();
        let pid = i32::try_from(pid).unwrap();
        // By now it has a child.
        group.iter().for_each(|group| vitals::family(pid).into_iter().for_each(|pid| group.take(pid)));
        Attached { process, pid, tag, beats: file, beside: None, group }
    }

    /// Has this host attach it, unless it has it attached.
    pub(crate) fn attach(&mut self, host: &Host, nest: &Nest) {
        if self.beside.is_some_and(|beside| beside.host == host.pid()) {
            return;
        }
        let request = Request::new("attach").option("pid", i64::from(self.pid)).option("name", NAME);
        Wire::connect(&nest.socket()).call("chaos", request).unwrap();
        let attendant = vitals::children(host.pid()).into_iter().find(|child| {
            let command = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&command).contains("attendant")
        });
        let attendant = attendant.expect("it has an attendant");
        let guard = vitals::children(attendant).into_iter().next().expect("that has a guard");
        self.beside = Some(Beside { host: host.pid(), attendant, guard });
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    pub(crate) fn beats(&self) -> [u64; 3] {
        beats(&self.beats)
    }

    pub(crate) fn is_held(&self) -> bool {
        vitals::is_stopped(self.pid) || self.group.as_ref().is_some_and(ControlGroup::is_frozen)
    }

    pub(crate) fn stand_in(&self) -> Option<i32> {
        let Beside { attendant, guard, .. } = self.beside?;
        vitals::children(attendant).into_iter().find(|pid| *pid != guard)
    }

    pub(crate) fn kill(&self, killed: Killed) {
        let Some(Beside { host, attendant, guard }) = self.beside else { return };
        match killed {
            Killed::Worker | Killed::Both => kill(attendant, || vitals::parent(attendant) == Some(host)),
            Killed::WorkerInOrder => {
                let pid = rustix::process::Pid::from_raw(attendant).unwrap();
                rustix::process::kill_process(pid, Signal::TERM).unwrap(); // it is reaped by its host, when it has ended
            }
            Killed::Guard => kill(guard, || vitals::parent(guard) == Some(attendant)),
            Killed::Victim => self.process.signal(Signal::KILL),
            _ => {}
        }
    }

    /// Whether nobody of its is held, and nobody stands beside it any more.
    pub(crate) fn is_left_alone(&self) -> Result<(), String> {
        if let Some(stopped) = self.processes().into_iter().find(|pid| vitals::is_stopped(*pid)) {
            return Err(format!("{stopped} is stopped"));
        }
        if self.group.as_ref().is_some_and(ControlGroup::is_frozen) {
            return Err("its group is frozen".to_owned());
        }
        let beside = self.beside.into_iter().flat_map(|beside| [beside.attendant, beside.guard]);
        let left = beside.chain(self.stand_in()).find(|pid| vitals::exists(*pid) && !vitals::is_zombie(*pid));
        left.map_or(Ok(()), |pid| Err(format!("{pid} still stands beside it")))
    }

    /// Its end, and that of all that it started.
    pub(crate) fn end(mut self) {
        self.process.close_input();
        self.process.exit();
        let are_gone = comes_true(PATIENCE, || self.processes().is_empty());
        assert!(are_gone, "it leaves {:?}", self.processes());
    }

    fn processes(&self) -> Vec<i32> {
        vitals::with_environment(&format!("{TAG}={}\0", self.tag))
    }
}

impl Drop for Attached {
    /// A round that failed leaves nobody behind either.
    fn drop(&mut self) {
        if let Some(group) = self.group.as_ref().filter(|group| group.is_frozen()) {
            group.thaw();
        }
        for pid in self.processes() {
            kill(pid, || self.processes().contains(&pid));
        }
    }
}
