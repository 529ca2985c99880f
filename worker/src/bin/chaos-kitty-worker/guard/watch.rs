//! The guard's watch: until its ward has ended, or the worker beside it is gone.

use std::time::{Duration, Instant};

use chaos_kitty_worker::beside::Held;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::channel::Channel;
use super::grip::Grip;
use super::hold::Hold;
use super::message::{Order, Report};
use super::ward::Ward;
use crate::clock;

/// Between two looks at those that are being stopped.
const LOOK: Duration = Duration::from_millis(1);
/// The same for those that take their time, and for those of whom nobody tells us that they go on.
const LATER_LOOK: Duration = Duration::from_millis(100);
/// And for very many of them.
const RAREST_LOOK: Duration = Duration::from_secs(1);

pub(super) struct Watch {
    channel: Channel,
    ward: Ward,
    grip: Grip,
    holds: Vec<Hold>,
    /// Nobody is left to be stopped.
    is_complete: bool,
    /// When everybody was last seen to be held.
    seen: Option<Instant>,
    /// How long the last look took: many are not looked at for more than a tenth of the time.
    look_took: Duration,
    /// Since when somebody has gone on, at the earliest, once all were held.
    gap: Option<Instant>,
}

impl Watch {
    pub(super) fn over(ward: Ward, channel: Channel) -> Watch {
        let grip = Grip::nobody(&ward);
        Watch {
            channel,
            ward,
            grip,
            holds: Vec::new(),
            is_complete: false,
            seen: None,
            look_took: Duration::ZERO,
            gap: None,
        }
    }

    /// Returns when there is nothing left to guard, with everybody continued.
    ///
    /// A child that has ended stays a zombie and falls to the wrapper when we leave: its exit status is told to the one whom it
    /// concerns, and until then its pid is nobody else's.
    pub(super) fn keep(mut self) {
        while !self.ward.has_ended() {
            // Somebody else's wish that it goes on: it is not stopped again. What told us of it has just been taken, so that this
            // look is not missed; what comes from here on is found by the poll.
            if self.grip.is_let_go(&self.ward) {
                self.end(|_| true);
            }
            let now = clock::now();
            self.end(|hold| hold.deadline() <= now);
            self.stop();
            let mut ready =
                [PollFd::new(&self.channel, PollFlags::IN), PollFd::new(&self.ward, PollFlags::IN)];
            let polled = poll(&mut ready, self.patience().as_ref());
            let is_told = polled.is_ok() && !ready[0].revents().is_empty();
            if polled.is_err() {
                clock::pause(LOOK); // what keeps it from waiting, as want of memory, may last
            }
            if is_told {
                match self.channel.receive() {
                    Ok(Some(order)) => self.obey(order),
                    _ => break, // the worker is gone
                }
            }
        }
        self.end(|_| true);
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Hold { number, length, lease } => {
                if self.holds.is_empty() {
                    self.grip = Grip::on(&self.ward, &self.channel);
                }
                self.holds.push(Hold::beginning(clock::now(), number, length, lease));
                self.is_complete = false;
            }
            Order::Release { number } => self.end(|hold| hold.number == number),
        }
    }

    /// Stops who is to be stopped now.
    fn stop(&mut self) {
        self.look();
        if self.holds.is_empty() || (self.is_complete && !self.grip.are_overdue()) {
            return;
        }
        self.is_complete = self.grip.go_on(&self.channel);
        if self.is_complete && self.grip.has_somebody() {
            let now = clock::now();
            // Not now: where others want the processor, much time may lie between the stop and this look.
            let since = self.grip.since().unwrap_or(now);
            let until = if self.gap.is_some_and(|gap| gap < since) { since } else { now };
            self.close_the_gap(until);
            self.holds.iter_mut().for_each(|hold| hold.count_from(since));
            self.seen = Some(now);
        }
    }

    /// Whether those who were held still are.
    fn look(&mut self) {
        if !self.is_complete || self.holds.is_empty() {
            return;
        }
        let now = clock::now();
        let are_held = self.grip.are_held();
        self.look_took = clock::now().saturating_duration_since(now);
        if are_held {
            self.seen = Some(now);
        } else {
            self.is_complete = false;
            self.gap = self.gap.or(self.seen);
        }
    }

    /// What passed while somebody went on counts for no hold.
    fn close_the_gap(&mut self, now: Instant) {
        if let Some(from) = self.gap.take() {
            self.holds.iter_mut().for_each(|hold| hold.leave_out(from, now));
            self.gap = (!self.is_complete).then_some(now);
        }
    }

    /// Ends these holds. Everybody goes on with the last one; who hears of it may rely on that.
    fn end(&mut self, is_over: impl Fn(&Hold) -> bool) {
        if !self.holds.iter().any(&is_over) {
            return;
        }
        self.look();
        self.close_the_gap(clock::now());
        let (over, left): (Vec<_>, Vec<_>) = self.holds.drain(..).partition(is_over);
        self.holds = left;
        // A hold may be shorter than it takes to see that everybody is stopped, or than somebody takes to stop.
        let is_certain = self.is_complete && !self.grip.are_overdue();
        let so_far = if is_certain { None } else { Some(self.grip.so_far()) };
        let (since, missed) = so_far.unzip();
        let held = self.grip.held();
        let held = Held { missed: missed.map_or(held.missed, |missed| missed as u64), ..held };
        let are_all_over = self.holds.is_empty();
        if are_all_over {
            self.grip.undo();
            (self.seen, self.gap) = (None, None);
        }
        let (now, last) = (clock::now(), over.len() - 1);
        for (at, mut hold) in over.into_iter().enumerate() {
            if let Some(since) = since.flatten() {
                hold.count_from(since);
            }
            let (number, held) = (hold.number, Held { time: hold.time(now), ..held });
            let is_last = are_all_over && at == last;
            let _ = self.channel.send(&Report::Held { number, held, is_last }); // an error: nobody is there to hear it
        }
    }

    /// How long nothing has to be done; for ever when nothing is under way.
    fn patience(&self) -> Option<Timespec> {
        let next = self.holds.iter().map(Hold::deadline).min()?;
        let left = next.saturating_duration_since(clock::now());
        let is_quiet = !self.grip.are_overdue() && !self.grip.are_several() && self.ward.is_told_of();
        let left = match (self.is_complete, is_quiet) {
            (true, true) => left,
            (true, false) => left.min((self.look_took * 9).clamp(LATER_LOOK, RAREST_LOOK)),
            (false, _) => left.min(LOOK),
        };
        Timespec::try_from(left).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    use super::*;
    use crate::guard::process::{Doing, Identity, Process};

    /// A program that sleeps, and a watch over it that is driven by hand.
    struct Night {
        program: Child,
        identity: Identity,
        watch: Watch,
        worker: Channel,
    }

    impl Night {
        fn over_a_program() -> Night {
            let program = Command::new("sleep").arg("60").spawn().unwrap();
            let pid = Pid::from_child(&program);
            let process = pidfd_open(pid, PidfdFlags::empty()).unwrap();
            let identity = Process::read(pid).unwrap().unwrap().identity;
            let (worker, guard) = Channel::pair().unwrap();
            Night {
                program,
                identity,
                watch: Watch::over(Ward::Stranger { identity, process }, guard),
                worker,
            }
        }

        fn hold(&mut self, number: u64) {
            let length = Duration::from_secs(3600);
            self.watch.obey(Order::Hold { number, length, lease: length });
        }

        /// Looks until it is seen that everybody is stopped. One look may not do: whoever ends meanwhile, anywhere on the machine, tears it.
        fn look_until_all_are_held(&mut self) {
            for _ in 0..10_000 {
                self.watch.stop();
                if self.watch.is_complete {
                    return;
                }
                clock::pause(LOOK);
            }
            panic!("it is not seen that everybody is stopped");
        }

        fn await_the_stop(&self) {
            while self.identity.doing().unwrap() != Doing::Stopped {
                std::thread::yield_now();
            }
        }

        /// Ends a hold, and answers what it came to.
        fn end(&mut self, number: u64) -> Held {
            self.watch.end(|hold| hold.number == number);
            loop {
                match self.worker.receive().unwrap() {
                    Some(Report::Held { number: ended, held, .. }) if ended == number => return held,
                    Some(_) => {}
                    None => panic!("the guard is gone"),
                }
            }
        }
    }

    impl Drop for Night {
        fn drop(&mut self) {
            self.program.kill().unwrap();
            self.program.wait().unwrap();
        }
    }

    #[test]
    fn a_guard_that_looks_late_counts_from_the_stop_all_the_same() {
        let mut night = Night::over_a_program();
        night.hold(1);
        night.watch.stop();
        night.await_the_stop();
        let stopped = clock::now();
        // Others have the processor, and the look that sees it comes only now.
        night.look_until_all_are_held();
        let at_least = clock::now().saturating_duration_since(stopped);
        let held = night.end(1);
        assert!(held.time >= at_least, "{held:?}, and at least {at_least:?}");
        assert_eq!((held.processes, held.missed), (1, 0));
    }

    #[test]
    fn a_hold_that_begins_while_another_lasts_counts_from_its_own_beginning() {
        let mut night = Night::over_a_program();
        night.hold(1);
        night.watch.stop();
        night.await_the_stop();
        night.look_until_all_are_held();
        let before = clock::now();
        night.hold(2);
        // Once before it was seen that everybody is stopped, and once after.
        let second = night.end(2);
        assert!(second.time <= clock::now().saturating_duration_since(before), "{second:?}");
        night.hold(3);
        night.look_until_all_are_held();
        let (third, first) = (night.end(3), night.end(1));
        assert!(third.time <= clock::now().saturating_duration_since(before), "{third:?}");
        assert!(first.time > third.time && first.time > second.time);
    }
}
