//! What is under way, and what came of ending it before its time.

use super::Gate;
use super::active::Member;
use super::ended_by::EndedBy;
use super::origin::Origin;
use crate::effect::Inverse;
use crate::journal::VictimMark;
use chaos_kitty_bus::Value;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An effect that has begun and is not over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnderWay {
    /// Its number, by which it is undone.
    pub strike: u64,
    /// Who is struck.
    pub victim: VictimMark,
    /// Who asked for it.
    pub origin: Origin,
    /// The victim's method, or `signal`.
    pub method: String,
    /// What was asked for.
    pub asked: Value,
    /// For how long it has been under way, in seconds.
    pub began_before: f64,
    /// For how long at most it goes on, in seconds, without being told; a victim may then still take a moment to answer.
    pub remaining: f64,
}

impl UnderWay {
    /// Whether it can be undone. What asks is no chaos, and nobody can undo a signal.
    pub(super) fn is(member: &Member) -> bool {
        let effect = member.effect.as_ref();
        !member.origin.is_probe() && effect.is_some_and(|effect| effect.inverse != Inverse::Irreversible)
    }

    pub(super) fn of(strike: u64, member: &Member, now: Duration) -> Option<Self> {
        let Member { origin, victim, effect, began, .. } = member;
        let effect = effect.as_ref().filter(|_| Self::is(member))?;
        Some(Self {
            strike,
            victim: VictimMark::of(victim),
            origin: Origin::clone(origin),
            method: effect.method.clone(),
            asked: effect.options.clone(),
            began_before: now.saturating_sub(*began).as_secs_f64(),
            remaining: (*began + effect.lease).saturating_sub(now).as_secs_f64(),
        })
    }
}

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
