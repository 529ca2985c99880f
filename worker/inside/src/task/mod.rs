//! Tasks: what is taken inside the program, by a thread of ours that is there meanwhile.

mod aid;
mod descriptors;
mod memory;
mod processor;
mod watch;

pub(crate) use descriptors::give_back_in_child;

use chaos_kitty_table::{Haul, Report, Stage, TASKS, Take, Task};

use rustix::fs::stat;

use crate::syscall::share_processors;
use crate::table::{counters, rules};
use watch::Watch;

/// Begins what nobody has begun, where this is the program that is meant, and not one that it started.
///
/// It may be called anywhere: in a signal's handler, and in a child after vfork, which has the program's memory and another
/// pid.
#[cold]
#[inline(never)]
pub(crate) fn begin() {
    for slot in 0..TASKS {
        let Some((order, report)) = rules().order(slot).zip(counters().report(slot)) else { return };
        let Some((number, _)) = order.read() else { continue };
        // The last one's thread is about to be gone: there will be another call.
        if report.stage(number).0 != Stage::Unseen || !aid::is_free(slot) {
            continue;
        }
        // Looked at late: it is asked of the kernel, and most calls meanwhile have nothing to begin.
        if !is_meant() {
            return;
        }
        if !report.claim(number, thread()) {
            continue;
        }
        // Who took it back before it was claimed does not wait for its end.
        if !order.is(number) {
            report.reach(number, Stage::Over);
            continue;
        }
        match aid::start(slot, number) {
            // It says so itself, but that may be when we have ended.
            Ok(thread) => report.begin(number, thread),
            Err(errno) => {
                report.tell(&Haul { errno, ..Haul::default() });
                report.reach(number, Stage::Failed);
            }
        }
    }
}

/// A program that was executed in the place of another of the same process has none of its threads.
pub(crate) fn leave() {
    if is_meant() {
        (0..TASKS).filter_map(|slot| counters().report(slot)).for_each(Report::leave);
    }
}

/// Whether this process is the program that was started. One that is in a pid namespace of its own may have the same number; who has
/// no /proc, as below another root, is believed.
fn is_meant() -> bool {
    let (program, namespace) = rules().program();
    rustix::process::getpid().as_raw_pid().cast_unsigned() == program
        && (namespace == 0 || stat(c"/proc/thread-self/ns/pid").map_or(true, |own| own.st_ino == namespace))
}

fn thread() -> u32 {
    rustix::thread::gettid().as_raw_pid().cast_unsigned()
}

/// What a thread of ours does.
fn carry_out(slot: usize, number: u32) {
    let Some((order, report)) = rules().order(slot).zip(counters().report(slot)) else { return };
    report.begin(number, thread());
    share_processors();
    let _ = rustix::thread::set_name(c"chaos-kitty");
    let Some((_, task)) = order.read().filter(|(asked, _)| *asked == number) else {
        report.reach(number, Stage::Over);
        return;
    };
    let watch = Watch { order, number, deadline: task.deadline };
    let course = Course { report, number };
    let haul = match task {
        Task { take: Take::Memory(bytes), hold, .. } => memory::hold(bytes, hold, &watch, &course),
        Task { take: Take::Cpu(nanoseconds), .. } => Ok(processor::burn(nanoseconds, &watch, &course)),
        Task { take: Take::Descriptors(leave), hold, .. } => descriptors::hold(leave, hold, &watch, &course),
    };
    match haul {
        Ok(haul) => course.is(Stage::Over, &haul),
        Err(errno) => {
            let errno = errno.raw_os_error().cast_unsigned().into();
            course.is(Stage::Failed, &Haul { errno, ..Haul::default() });
        }
    }
}

/// How far one is, to be told.
struct Course {
    report: &'static Report,
    number: u32,
}

impl Course {
    fn is(&self, stage: Stage, haul: &Haul) {
        self.report.tell(haul);
        self.report.reach(self.number, stage);
    }
}
