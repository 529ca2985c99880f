//! Parole: a moment in which all that are frozen go on, so that those of them that were killed can go.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use super::process::{Identity, Process};
use crate::clock;

/// How long it lasts at most.
const TO_GO: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct Parole {
    /// Those for whom it is.
    killed: Vec<Identity>,
    until: Option<Instant>,
    /// Those that had one: nobody has a second, however long its end takes.
    had: HashSet<Identity>,
}

impl Parole {
    /// Whether one of these was killed and is still there.
    pub(super) fn is_wanted(&mut self, pids: &[i32]) -> bool {
        let identity = |pid: &i32| Some(Process::read(Pid::from_raw(*pid)?).ok()??.identity);
        let is_killed = |identity: &Identity| {
            !self.had.contains(identity) && identity.is_about_to_be_killed() && identity.has_not_ended()
        };
        self.killed = pids.iter().filter_map(identity).filter(is_killed).collect();
        !self.killed.is_empty()
    }

    /// Whether it is wanted, and has not begun: it does now.
    pub(super) fn begins(&mut self) -> bool {
        let begins = !self.killed.is_empty() && self.until.is_none();
        if begins {
            self.until = Some(clock::now() + TO_GO);
            self.had.extend(self.killed.iter().copied());
        }
        begins
    }

    /// Whether it goes on: somebody for whom it is has not gone.
    pub(super) fn lasts(&mut self) -> bool {
        let lasts = self.until.is_some_and(|until| clock::now() < until)
            && self.killed.iter().any(|identity| identity.has_not_ended());
        if !lasts {
            self.until = None;
            self.killed.clear();
        }
        lasts
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn who_was_not_killed_needs_none() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let mut parole = Parole::default();
        assert!(!parole.is_wanted(&[child.id().cast_signed(), i32::MAX]));
        assert!(!parole.begins() && !parole.lasts());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn it_lasts_until_they_have_gone_and_is_had_once() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let identity = Process::read(Pid::from_child(&child)).unwrap().unwrap().identity;
        let mut parole = Parole { killed: vec![identity], ..Parole::default() };
        assert!(parole.begins() && !parole.begins());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!parole.lasts() && parole.had.contains(&identity));
        assert!(!parole.begins());
    }
}
