//! New generations take the places of old ones, with the victims that are there.

use super::built::Built;
use super::change::Changed;
use super::entry::Entry;
use super::{Instances, There, all, introduction};
use crate::configuration::Limits;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Of the victims that one which comes is told of.
const AT_A_TIME: usize = 256;

/// How long all that come have to learn of their victims. Each call has its patience; this is for many that use it.
const LONGEST_TRIAL: Duration = Duration::from_secs(20);

const UNLOADED: &str = "it was unloaded before it took over";

impl Instances {
    /// Starts what was built beside what runs. When each has learned of its victims and begun its run, it takes the place of
    /// the instance of its name, which finishes the ticks that it has; `ending` end without a successor.
    ///
    /// Until then the old ones go on, and they stay where one of the new ones fails. None of the new ones ticks or strikes before
    /// that, since it may still be refused. Where there are other limits, they hold before the first of the new ones acts.
    ///
    /// # Errors
    /// What is wrong with the new ones, a line each.
    pub(super) async fn hand_over(
        self: &Arc<Self>,
        built: Vec<Built>,
        ending: &[String],
        order: &[String],
        limits: Option<&Limits>,
    ) -> Result<Vec<Changed>, Vec<String>> {
        let coming: Vec<Arc<Entry>> = built.into_iter().map(Entry::try_out).collect();
        let told = self.introduce(&coming);
        let deadline = Instant::now() + LONGEST_TRIAL;
        let mut trials = Vec::new();
        for (entry, told) in coming.iter().cloned().zip(told) {
            trials.push(tokio::spawn(async move {
                let begun = match timeout_at(deadline, all(told)).await {
                    Ok(()) => entry.begun().await,
                    Err(_) => {
                        let (victims, seconds) = (entry.own().members.count(), LONGEST_TRIAL.as_secs());
                        Err(format!("its register is too slow: it has not learned of its {victims} victims within {seconds} s"))
                    }
                };
                begun.map_err(|why| blamed(&entry, &why))
            }));
        }
        let mut wrong = Vec::new();
        for trial in trials {
            if let Err(why) = trial.await.unwrap_or_else(|error| Err(error.to_string())) {
                wrong.push(why);
            }
        }
        let settled = if wrong.is_empty() { self.settle(&coming, ending, order, limits) } else { Err(wrong) };
        settled.inspect_err(|_| self.give_up(&coming))
    }

    /// From here on they learn of victims that come and go, beginning with all that are there. Answers what is to be awaited
    /// for each.
    fn introduce(&self, coming: &[Arc<Entry>]) -> Vec<Vec<impl Future<Output = ()> + Send + use<>>> {
        let mut there = self.there_mut();
        let mut told: Vec<Vec<_>> = coming.iter().map(|_| Vec::new()).collect();
        let victims = if coming.is_empty() { Vec::new() } else { self.bedrock.roster.all() };
        // Some at a time: they learn of the first while the next are written down.
        for some in victims.chunks(AT_A_TIME) {
            let some: Vec<_> = some.iter().map(|victim| (&**victim, introduction(victim))).collect();
            for (entry, told) in coming.iter().zip(&mut told) {
                let selected = some.iter().filter(|(victim, _)| entry.selects(victim));
                told.push(entry.register_all(selected.cloned().collect()));
            }
        }
        there.coming = coming.to_vec();
        told
    }

    /// All of them take over, or none: whoever has ended since it began its run is as good as one that never did.
    fn settle(
        self: &Arc<Self>,
        coming: &[Arc<Entry>],
        ending: &[String],
        order: &[String],
        limits: Option<&Limits>,
    ) -> Result<Vec<Changed>, Vec<String>> {
        let mut there = self.there_mut();
        if there.stopped {
            return Err(vec!["the host is stopping".to_owned()]);
        }
        let stays = |entry: &Arc<Entry>| {
            let is_unloaded = there.unloaded.iter().any(|name| name == entry.name());
            let stays = if is_unloaded { Err(UNLOADED.to_owned()) } else { entry.stays() };
            stays.err().map(|why| blamed(entry, &why))
        };
        let wrong: Vec<String> = coming.iter().filter_map(stays).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        there.coming.clear();
        if let Some(limits) = limits {
            self.bedrock.gate.limit(limits);
        }
        let mut changes = Vec::new();
        for new in coming {
            let place = there.entries.iter_mut().find(|entry| entry.name() == new.name());
            let old = match place {
                Some(place) => Some(std::mem::replace(place, Arc::clone(new))),
                None => {
                    there.entries.push(Arc::clone(new));
                    None
                }
            };
            if let Some(old) = &old {
                // What is not the instance's any more is not the old one's either, also in the tick that it finishes.
                let lost = old.own().members.not_of(&new.own().members);
                let told: Vec<_> = lost.into_iter().filter_map(|id| old.remove(id)).collect();
                tokio::spawn(all(told));
                self.leaves(&mut there, old, false);
            }
            new.act();
            changes.push(changed(new, Some(new.generation()), old.map(|old| old.generation())));
        }
        changes.extend(self.end_those(&mut there, ending));
        // Whoever the configuration does not know comes after the others.
        let place = |name: &str| order.iter().position(|known| known == name).unwrap_or(order.len());
        there.entries.sort_by_key(|entry| place(entry.name()));
        Ok(changes)
    }

    /// Those that come are ended: what they have not done yet they do not do.
    fn give_up(self: &Arc<Self>, coming: &[Arc<Entry>]) {
        let mut there = self.there_mut();
        there.coming.clear();
        for entry in coming {
            entry.end();
            self.leaves(&mut there, entry, false);
        }
    }

    /// Ends the instances of these names, and those of them that are being tried out.
    pub(super) fn end(self: &Arc<Self>, names: &[String]) -> Vec<Changed> {
        let mut there = self.there_mut();
        there.unloaded.extend_from_slice(names);
        let before = there.going.clone();
        let mut changes = self.end_those(&mut there, names);
        for entry in there.coming.iter().filter(|entry| names.iter().any(|name| name == entry.name())) {
            entry.instance.stop_since(UNLOADED);
            if changes.iter().all(|change| change.name != entry.name()) {
                changes.push(changed(entry, None, None));
            }
        }
        for entry in before.iter().filter(|entry| names.iter().any(|name| name == entry.name())) {
            entry.instance.stop();
            if changes.iter().all(|change| change.name != entry.name()) {
                changes.push(changed(entry, None, entry.own().generation()));
            }
        }
        changes
    }

    fn end_those(self: &Arc<Self>, there: &mut There, names: &[String]) -> Vec<Changed> {
        let is_meant = |entry: &mut Arc<Entry>| names.iter().any(|name| name == entry.name());
        let ended: Vec<_> = there.entries.extract_if(.., is_meant).collect();
        let ends = |old: Arc<Entry>| {
            self.leaves(there, &old, true);
            changed(&old, None, Some(old.generation()))
        };
        ended.into_iter().map(ends).collect()
    }

    /// From here on one that has been replaced or ended only finishes what it has begun, and is listed until nothing of it
    /// runs any more.
    fn leaves(self: &Arc<Self>, there: &mut There, old: &Arc<Entry>, with_victims: bool) {
        old.own().pace.leave();
        there.going.push(Arc::clone(old));
        let (instances, old) = (Arc::clone(self), Arc::clone(old));
        tokio::spawn(async move {
            old.finish(with_victims).await;
            old.instance.gone().await;
            instances.there_mut().going.retain(|entry| !Arc::ptr_eq(entry, &old));
        });
    }
}

/// What is wrong with one that comes.
fn blamed(entry: &Entry, why: &str) -> String {
    format!("instance {} ({}): {why}", entry.name(), entry.manifest.name)
}

fn changed(entry: &Entry, generation: Option<u32>, before: Option<u32>) -> Changed {
    Changed {
        name: entry.name().to_owned(),
        operation: entry.manifest.name.clone(),
        version: entry.manifest.version.clone(),
        generation,
        before,
        victims: entry.own().members.count(),
    }
}
