//! Undoing strikes by their numbers, and what came of it.

use super::Gate;
use super::ended_by::EndedBy;
use super::under_way::UnderWay;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What came of the word that a strike is to end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undone {
    /// Its number.
    pub strike: u64,
    /// Whether this run has had a strike of this number.
    pub has_been: bool,
    /// What it was, as it was before; none where it was not under way.
    pub effect: Option<UnderWay>,
    /// Whether it is over.
    pub is_over: bool,
    /// Why nobody can say that it has ended at its victim, which may feel it still; none where it has.
    pub unsure: Option<String>,
}

impl Gate {
    /// So much at most of what is under way, by its number, from the first after this one on. What asks is no chaos, and not
    /// among it; nor is a signal, which nobody can undo.
    pub fn under_way(&self, after: u64, most: usize) -> Vec<UnderWay> {
        self.active.listed(after, most, self.run.clock.offset())
    }

    /// Ends these strikes before their time, and waits until they are over, for so long at most. It passes a pause, as all
    /// that puts something back.
    pub async fn undo(&self, strikes: &[u64], patience: Duration) -> Vec<Undone> {
        let now = self.run.clock.offset();
        let mut undone = Vec::new();
        for strike in strikes.iter().copied() {
            let effect = self.active.one(strike, now);
            let has_been = (1..=self.decisions()).contains(&strike);
            undone.push(Undone { strike, has_been, effect, is_over: true, unsure: None });
        }
        let meant: Vec<u64> = undone.iter().filter_map(|one| Some(one.effect.as_ref()?.strike)).collect();
        let told = self.active.recall_strikes(EndedBy::Undo, &meant);
        if tokio::time::timeout(patience, self.active.over(&meant)).await.is_err() {
            let is_over = |one: &Undone| one.effect.is_none() || !self.active.is_under_way(one.strike);
            undone.iter_mut().for_each(|one| one.is_over = is_over(one));
        }
        for one in &mut undone {
            let recall = told.iter().find(|(strike, _)| *strike == one.strike);
            one.unsure = recall.and_then(|(_, recall)| recall.unsure()).map(str::to_owned);
        }
        undone
    }
}
