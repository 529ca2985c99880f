//! The processes that were stopped, and how they are continued: the list of inverses.

use std::collections::HashSet;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::channel::Channel;
use super::kin::{Kin, Root};
use super::message::Report;
use super::process::{Doing, Identity, Process, unless_ended};
use crate::clock;

/// How long the children of a process wait for it to stop, where it is busy in the kernel.
const TO_STOP: Duration = Duration::from_millis(100);
/// From when on one that has not stopped, and is not about to, was continued before we saw it stopped.
const AT_LAST: Duration = Duration::from_secs(1);

/// How many fit into one message.
const AT_ONCE: usize = 64;

/// Dropping it continues everybody.
#[derive(Debug)]
pub(super) struct Stops {
    root: Root,
    stopped: Vec<Stopped>,
    /// Those that are not ours to continue: stopped before, and still, or ended.
    left_alone: HashSet<Identity>,
    /// Those that go on although they should not: another user's, or descriptors are wanting.
    missed: HashSet<Identity>,
}

#[derive(Debug)]
struct Stopped {
    identity: Identity,
    process: OwnedFd,
    since: Instant,
    settling: Settling,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settling {
    Awaited,
    Stopped,
    Overdue,
    /// It was stopped, and was seen to go on once: it may be about to end.
    GoingOn,
    /// Somebody else has continued it, and so it is not stopped again.
    Continued,
}

impl Stopped {
    /// Whether it was continued before we saw it stopped.
    fn has_missed_its_stop(&self) -> bool {
        clock::now().saturating_duration_since(self.since) > AT_LAST && !self.identity.is_about_to_stop()
    }
}

impl Settling {
    fn is_under_way(self) -> bool {
        matches!(self, Settling::Awaited | Settling::Overdue)
    }
}

impl Stops {
    pub(super) fn of(root: Root) -> Stops {
        Stops { root, stopped: Vec::new(), left_alone: HashSet::new(), missed: HashSet::new() }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.stopped.len()
    }

    /// How many could not be stopped, or were continued by somebody else.
    pub(super) fn missed(&self) -> usize {
        self.missed.len()
            + self.stopped.iter().filter(|stopped| stopped.settling == Settling::Continued).count()
    }

    /// Looks at those who have been stopped, by whomever. False where one goes on that was stopped before, and so was left alone:
    /// it is to be stopped now with the others. Another guard may have held it, whose hold is over.
    pub(super) fn are_held(&mut self) -> bool {
        for stopped in &mut self.stopped {
            let goes_on = matches!(stopped.identity.doing(), Ok(Doing::Running));
            stopped.settling = match stopped.settling {
                Settling::Stopped if goes_on => Settling::GoingOn,
                Settling::GoingOn if goes_on => Settling::Continued,
                Settling::Overdue if goes_on && stopped.has_missed_its_stop() => Settling::Continued,
                Settling::GoingOn => Settling::Stopped,
                settling => settling,
            };
        }
        let before = self.left_alone.len();
        let goes_on = |identity: &Identity| matches!(identity.doing(), Ok(Doing::Running | Doing::Busy));
        self.left_alone.retain(|identity| !goes_on(identity));
        self.left_alone.len() == before
    }

    /// Whether somebody may go on, and the kernel tells nobody of us: it tells of the first alone.
    pub(super) fn are_several(&self) -> bool {
        self.stopped.len() > 1 || !self.left_alone.is_empty()
    }

    /// When the last was told to stop of those who have.
    pub(super) fn since(&self) -> Option<Instant> {
        let have_stopped = self.stopped.iter().filter(|stopped| !stopped.settling.is_under_way());
        have_stopped.map(|stopped| stopped.since).max()
    }

    /// What there is by now of a stop that is not complete: since when those have been stopped who are, and how many go on.
    pub(super) fn so_far(&mut self) -> (Option<Instant>, usize) {
        self.settle();
        let since = self.since();
        let known: HashSet<Identity> = self.known().collect();
        let members = Kin::of(self.root).map(|kin| kin.members).unwrap_or_default();
        let unreached = members.iter().filter(|member| {
            !known.contains(&member.identity) && matches!(member.identity.doing(), Ok(Doing::Running))
        });
        let late = self.stopped.iter().filter(|stopped| stopped.settling.is_under_way());
        (since, self.missed() + late.count() + unreached.count())
    }

    /// Stops those whose parents are stopped; true when there is nobody left to be stopped.
    ///
    /// Parents come first, and their children when they have stopped: who is stopped bears no more children, and does
    /// not see how a child of its is stopped, which a shell would take for a job that was.
    pub(super) fn go_on(&mut self, channel: &Channel) -> bool {
        self.settle();
        if self.stopped.iter().any(|stopped| stopped.settling == Settling::Awaited) {
            return false;
        }
        let Ok(kin) = Kin::of(self.root) else { return false };
        let mut settled: HashSet<Pid> = self.known().map(|identity| identity.pid).collect();
        let first = match self.root {
            Root::Below(ancestor) => {
                settled.insert(ancestor);
                None
            }
            Root::From(identity) => Some(identity),
        };
        let known: HashSet<Identity> = self.known().collect();
        let unknown = kin.members.iter().filter(|member| !known.contains(&member.identity));
        let (next, later): (Vec<&Process>, Vec<&Process>) = unknown.partition(|member| {
            Some(member.identity) == first
                || Pid::from_raw(member.parent).is_some_and(|parent| settled.contains(&parent))
        });
        let next = next.into_iter().map(|member| member.identity);
        let are_stopped = self.stop(next, channel);
        !kin.is_torn && later.is_empty() && !are_stopped
    }

    /// Whether somebody has not stopped in time, and is to be looked at again.
    pub(super) fn are_overdue(&self) -> bool {
        self.stopped.iter().any(|stopped| stopped.settling == Settling::Overdue)
    }

    /// Whether this one was stopped by us, and by somebody else continued.
    pub(super) fn was_continued(&self, pid: Pid) -> bool {
        let stopped = self.stopped.iter().find(|stopped| stopped.identity.pid == pid);
        stopped.is_some_and(|stopped| {
            let was_stopped = match stopped.settling {
                Settling::Awaited => false,
                Settling::Overdue => stopped.has_missed_its_stop(),
                Settling::Stopped | Settling::GoingOn | Settling::Continued => true,
            };
            was_stopped && matches!(stopped.identity.doing(), Ok(Doing::Running))
        })
    }

    /// Continues everybody: children first, so that no parent sees a child of its stopped.
    pub(super) fn undo(&mut self) {
        // Who was continued already may have been stopped by somebody else since.
        let ours = self.stopped.drain(..).rev().filter(|stopped| stopped.settling != Settling::Continued);
        for stopped in ours {
            let _ = pidfd_send_signal(&stopped.process, Signal::CONT); // an error: it has ended
        }
        self.left_alone.clear();
        self.missed.clear();
    }

    /// Stops them, but for those that are left alone, or missed. Whether there is one.
    fn stop(&mut self, next: impl Iterator<Item = Identity>, channel: &Channel) -> bool {
        let mut held = Vec::new();
        for identity in next {
            match unless_ended(hold(identity)) {
                Ok(Some(Some(process))) => held.push((identity, process)),
                Ok(Some(None) | None) => drop(self.left_alone.insert(identity)),
                Err(_) => drop(self.missed.insert(identity)),
            }
        }
        let mut are_stopped = false;
        while !held.is_empty() {
            let some: Vec<_> = held.drain(..held.len().min(AT_ONCE)).collect();
            let all = some.iter().map(|(identity, _)| *identity).collect();
            // The inverse first: whom nobody would continue in our place is not stopped.
            if channel.send(&Report::Stops { all }).is_err() {
                self.missed.extend(some.into_iter().map(|(identity, _)| identity));
                continue;
            }
            for (identity, process) in some {
                are_stopped |= self.send_stop(identity, process);
            }
        }
        are_stopped
    }

    /// False when it has ended, or could not be stopped.
    fn send_stop(&mut self, identity: Identity, process: OwnedFd) -> bool {
        self.stopped.push(Stopped { identity, process, since: clock::now(), settling: Settling::Awaited });
        let sent = self.stopped.last().map(|stopped| pidfd_send_signal(&stopped.process, Signal::STOP));
        let Some(Err(error)) = sent else { return true };
        self.stopped.pop();
        match error {
            Errno::SRCH => self.left_alone.insert(identity),
            _ => self.missed.insert(identity),
        };
        false
    }

    fn settle(&mut self) {
        let now = clock::now();
        for stopped in self.stopped.iter_mut().filter(|stopped| stopped.settling.is_under_way()) {
            if matches!(stopped.identity.doing(), Ok(Doing::Stopped | Doing::Ended)) {
                stopped.settling = Settling::Stopped;
            } else if now.saturating_duration_since(stopped.since) > TO_STOP {
                stopped.settling = Settling::Overdue;
            }
        }
    }

    fn known(&self) -> impl Iterator<Item = Identity> {
        let stopped = self.stopped.iter().map(|stopped| stopped.identity);
        stopped.chain(self.left_alone.iter().copied()).chain(self.missed.iter().copied())
    }
}

/// Takes hold of it; nothing where it is stopped already, or has ended.
fn hold(identity: Identity) -> io::Result<Option<OwnedFd>> {
    let process = pidfd_open(identity.pid, PidfdFlags::empty())?;
    // The pidfd first, and then the look: what is there under this identity is what the pidfd holds.
    let is_over = !identity.is_there()? || matches!(identity.doing()?, Doing::Stopped | Doing::Ended);
    Ok((!is_over).then_some(process))
}

impl Drop for Stops {
    fn drop(&mut self) {
        self.undo();
    }
}
