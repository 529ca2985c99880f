//! One generation of an instance that runs.

use super::all;
use super::built::Built;
use super::ground::{HostGround, Own};
use super::listed::ListedInstance;
use super::pace::LONGEST_FINISH;
use crate::configuration::InstanceSettings;
use crate::plugin::{Fault, Instance, Introduction, Manifest, PATIENCE, State};
use crate::roster::Victim;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use tracing::warn;

/// How long one that was unloaded has to remove all of its victims. Each call has its patience; this is for many that use it.
const LONGEST_FAREWELL: Duration = Duration::from_secs(20);

pub(super) struct Entry {
    pub(super) settings: InstanceSettings,
    pub(super) manifest: Manifest,
    pub(super) instance: Instance,
    ground: Arc<HostGround>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}, {})", self.name(), self.manifest.name, self.instance.state())
    }
}

impl Entry {
    /// Starts what was built. It acts from the beginning.
    pub(super) fn start(built: Built) -> Arc<Self> {
        let entry = Self::of(built, Instance::start);
        entry.act();
        entry
    }

    /// Starts it beside the one whose place it is to take: what goes wrong with it is for the caller to tell.
    pub(super) fn try_out(built: Built) -> Arc<Self> {
        Self::of(built, Instance::try_out)
    }

    fn of(built: Built, start: impl FnOnce(crate::plugin::Operation, &Handle) -> Instance) -> Arc<Self> {
        let Built { settings, manifest, operation, ground } = built;
        Arc::new(Self { instance: start(operation, &Handle::current()), settings, manifest, ground })
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its number, of the instance's; 0 where it never took over.
    pub(super) fn generation(&self) -> u32 {
        self.own().generation().unwrap_or_default()
    }

    pub(super) fn own(&self) -> &Arc<Own> {
        self.ground.own()
    }

    pub(super) fn selects(&self, victim: &Victim) -> bool {
        self.settings.victims.selects(victim.name(), victim.labels())
    }

    /// Tells it of a victim, unless it knows it. What comes of that has to be awaited.
    pub(super) fn register(
        self: &Arc<Self>,
        victim: &Victim,
        introduction: &Introduction,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        let (entry, id, name) = (Arc::clone(self), victim.id(), victim.name_handle());
        if !self.own().members.add(id, Arc::clone(&name)) {
            return None;
        }
        let answer = self.instance.register(introduction.clone());
        Some(async move {
            if let Err(fault) = answer.await {
                entry.refused(id, &name, &fault);
            }
        })
    }

    /// Tells it of many victims as of each.
    pub(super) fn register_all(
        self: &Arc<Self>,
        victims: Vec<(&Victim, Introduction)>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let entry = Arc::clone(self);
        let (mut new, mut introductions) = (Vec::new(), Vec::new());
        for (victim, introduction) in victims {
            let (id, name) = (victim.id(), victim.name_handle());
            if self.own().members.add(id, Arc::clone(&name)) {
                new.push((id, name));
                introductions.push(introduction);
            }
        }
        let answers = self.instance.register_all(introductions);
        async move {
            match answers.await {
                Ok(answers) => new.iter().zip(answers).for_each(|((id, name), answer)| {
                    if let Err(fault) = answer {
                        entry.refused(*id, name, &fault);
                    }
                }),
                Err(fault) => new.iter().for_each(|(id, name)| entry.refused(*id, name, &fault)),
            }
        }
    }

    /// It does not want a victim, or could not be asked.
    fn refused(&self, id: u64, victim: &str, fault: &Fault) {
        self.own().tally.error();
        if !fault.is_told() {
            warn!(instance = self.name(), victim, "register failed: {fault}; it does without that victim");
        }
        // What does not want a victim is not offered it; a call that is late still arrives.
        if fault.kind != "silent" {
            self.own().members.remove(id);
        }
    }

    /// Tells it that a victim has gone, if it had it. What comes of that has to be awaited.
    pub(super) fn remove(self: &Arc<Self>, id: u64) -> Option<impl Future<Output = ()> + Send + use<>> {
        if !self.own().members.remove(id) {
            return None;
        }
        let (entry, answer) = (Arc::clone(self), self.instance.remove(id));
        Some(async move {
            let Err(fault) = answer.await else { return };
            entry.own().tally.error();
            if !fault.is_told() {
                warn!(instance = entry.name(), "remove failed: {fault}");
            }
        })
    }

    /// Waits until it has begun its run. Answers what went wrong with it until then.
    pub(super) async fn begun(&self) -> Result<(), String> {
        let in_time = tokio::time::timeout(PATIENCE, self.instance.begun()).await.is_ok();
        self.is_well()?;
        if in_time {
            return Ok(());
        }
        Err(format!("its run has not come back from its first poll for {} s", PATIENCE.as_secs()))
    }

    /// Its trial is over. Answers what went wrong with it since it began.
    pub(super) fn stays(&self) -> Result<(), String> {
        let stays = self.instance.stays();
        self.is_well()?;
        // Its reason is written down a moment after its end.
        if stays { Ok(()) } else { Err("it has ended just now".to_owned()) }
    }

    fn is_well(&self) -> Result<(), String> {
        match self.instance.state() {
            State::Retired { why } | State::Stuck { why } | State::Restarting { why } => Err(why),
            State::Running => Ok(()),
        }
    }

    /// It takes over: it has its instance's turn at once, or when its predecessor is over.
    pub(super) fn act(self: &Arc<Self>) {
        self.ground.number(self.name());
        if !self.own().pace.act_now() {
            let entry = Arc::clone(self);
            tokio::spawn(async move {
                tokio::select! {
                    biased;
                    // Who has ended while it waited never begins.
                    _ = entry.instance.reach(State::is_retired) => {}
                    () = entry.own().pace.act() => {}
                }
            });
        }
    }

    /// Lets one that leaves finish the ticks that it has, and ends it. Where nobody takes its place its victims are removed,
    /// and it is not waited for as long as for a tick's interval: an operator wants it to end.
    pub(super) async fn finish(self: &Arc<Self>, is_unloaded: bool) {
        let pace = &self.own().pace;
        let longest = if is_unloaded { LONGEST_FINISH } else { pace.longest_finish() };
        tokio::select! {
            biased;
            _ = self.instance.reach(State::is_retired) => pace.forget(),
            () = pace.finished() => {}
            () = sleep(longest) => self.cut(longest),
            // One that does not come back from its thread does not finish anything.
            () = self.is_stuck_for(LONGEST_FINISH) => self.cut(LONGEST_FINISH),
        }
        pace.has_struck().await;
        // Nobody has to wait for what it is told after that.
        pace.release();
        if is_unloaded {
            let told = self.own().members.ids().into_iter().filter_map(|id| self.remove(id)).collect();
            let _ = timeout(LONGEST_FAREWELL, all(told)).await;
        }
        self.end();
        // It learns of none that goes any more.
        self.own().members.clear();
    }

    /// Ends it in the middle of a tick.
    fn cut(&self, after: Duration) {
        let (generation, seconds) = (self.generation(), after.as_secs_f64());
        warn!(
            instance = self.name(),
            "generation {generation} is ended: its tick is not over after {seconds} s; what else it would have done in it \
             is left out, and effects under way run out on their leases"
        );
        self.instance.stop();
        self.own().pace.forget();
    }

    async fn is_stuck_for(&self, duration: Duration) {
        let is_stuck = |state: &State| matches!(state, State::Stuck { .. });
        loop {
            self.instance.reach(is_stuck).await;
            if timeout(duration, self.instance.reach(|state| !is_stuck(state))).await.is_err() {
                return;
            }
        }
    }

    /// What one that leaves has not finished.
    pub(super) fn under_way(&self) -> Option<String> {
        match self.instance.state() {
            State::Stuck { why } => Some(why),
            // It finishes no tick: what the gate let pass before its end does.
            State::Retired { .. } => self.own().pace.strikes_under_way(),
            State::Running | State::Restarting { .. } => self.own().pace.under_way(),
        }
    }

    /// Ends it at once.
    pub(super) fn end(&self) {
        self.instance.stop();
        self.own().pace.release();
    }

    /// As a list shows it while it leaves.
    pub(super) fn listed_leaving(&self) -> ListedInstance {
        let why = self.under_way().unwrap_or_else(|| self.instance.is_kept_by().to_owned());
        ListedInstance { state: format!("leaving: {why}"), ..self.listed(false) }
    }

    /// As a list shows it.
    pub(super) fn listed(&self, paused: bool) -> ListedInstance {
        let state = self.instance.state();
        let tally = &self.own().tally;
        ListedInstance {
            name: self.name().to_owned(),
            operation: self.manifest.name.clone(),
            version: self.manifest.version.clone(),
            generation: self.own().generation(),
            description: self.manifest.description.clone(),
            file: self.manifest.file.clone(),
            state: if paused && state == State::Running { "paused".to_owned() } else { state.to_string() },
            victims: self.own().members.count(),
            strikes: tally.strikes(),
            errors: tally.errors(),
            seconds_in_polls: self.instance.time_in_polls().as_secs_f64(),
        }
    }
}
