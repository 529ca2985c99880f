//! New generations take the places of old ones, with the victims that are there.

use super::built::Built;
use super::change::Changed;
use super::entry::Entry;
use super::{Instances, all, introduction};
use std::sync::Arc;

/// Of the victims that one which comes is told of.
const AT_A_TIME: usize = 256;

impl Instances {
    /// Starts what was built beside what runs. When each has learned of its victims and begun its run, it takes the place of
    /// the instance of its name, which finishes the tick that it has; `ending` end without a successor.
    ///
    /// Until then the old ones go on, and they stay where one of the new ones fails.
    ///
    /// # Errors
    /// What is wrong with the new ones, a line each.
    pub(super) async fn hand_over(
        self: &Arc<Self>,
        built: Vec<Built>,
        ending: &[String],
        order: &[String],
    ) -> Result<Vec<Changed>, Vec<String>> {
        let coming: Vec<Arc<Entry>> = built.into_iter().map(Entry::try_out).collect();
        let told = self.introduce(&coming);
        let mut trials = Vec::new();
        for (entry, told) in coming.iter().cloned().zip(told) {
            trials.push(tokio::spawn(async move {
                all(told).await;
                let begun = entry.begun().await;
                begun.map_err(|why| format!("instance {} ({}): {why}", entry.name(), entry.manifest.name))
            }));
        }
        let mut wrong = Vec::new();
        for trial in trials {
            if let Err(why) = trial.await.unwrap_or_else(|error| Err(error.to_string())) {
                wrong.push(why);
            }
        }
        if wrong.is_empty() {
            self.settle(&coming, ending, order).map_err(|why| vec![why])
        } else {
            self.there_mut().coming.clear();
            coming.iter().for_each(|entry| entry.end());
            Err(wrong)
        }
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

    fn settle(
        self: &Arc<Self>,
        coming: &[Arc<Entry>],
        ending: &[String],
        order: &[String],
    ) -> Result<Vec<Changed>, String> {
        let mut there = self.there_mut();
        there.coming.clear();
        if there.stopped {
            coming.iter().for_each(|entry| entry.end());
            return Err("the host is stopping".to_owned());
        }
        let mut changes = Vec::new();
        for new in coming {
            new.instance.stays();
            let place = there.entries.iter_mut().find(|entry| entry.name() == new.name());
            let old = match place {
                Some(place) => Some(std::mem::replace(place, Arc::clone(new))),
                None => {
                    there.entries.push(Arc::clone(new));
                    None
                }
            };
            changes.push(changed(new, Some(new.generation), old.as_ref().map(|old| old.generation)));
            if let Some(old) = old {
                there.going.push(Arc::clone(&old));
                tokio::spawn(Arc::clone(self).see_off(old, false));
            }
        }
        let ended: Vec<_> =
            there.entries.extract_if(.., |entry| ending.iter().any(|name| name == entry.name())).collect();
        for old in ended {
            changes.push(changed(&old, None, Some(old.generation)));
            there.going.push(Arc::clone(&old));
            tokio::spawn(Arc::clone(self).see_off(old, true));
        }
        // Whoever the configuration does not know comes after the others.
        let place = |name: &str| order.iter().position(|known| known == name).unwrap_or(order.len());
        there.entries.sort_by_key(|entry| place(entry.name()));
        Ok(changes)
    }

    async fn see_off(self: Arc<Self>, old: Arc<Entry>, with_victims: bool) {
        Arc::clone(&old).leave(with_victims).await;
        self.there_mut().going.retain(|entry| !Arc::ptr_eq(entry, &old));
    }
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
