//! What is under way.

use super::member::Member;
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
