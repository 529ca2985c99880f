//! Which victim is meant: one, or nobody is struck.

use super::origin::Origin;
use super::refusal::{Refusal, Rule};
use super::wish::Who;
use crate::roster::{Roster, Victim};
use crate::slip;
use std::sync::Arc;

/// How many of those that a name may mean a refusal lists.
const LISTED: usize = 10;

/// The longest name, in bytes, that others are compared with.
const LONGEST: usize = 128;

/// What an operator does about a name that several have.
pub(crate) const GIVE_THE_ID: &str = "give the id of the one that is meant";

/// And who has written a probe, which outlives every id.
const NAME_THEM: &str =
    "start each under a name of its own (`--name`), and have the probe name the one that is meant";

/// What who asks does about a name that several have.
pub(super) fn advice(origin: &Origin) -> &'static str {
    if origin.is_probe() { NAME_THEM } else { GIVE_THE_ID }
}

/// The victim.
///
/// # Errors
/// There is none, or an operator's or a probe's word may mean several: then the `advice` says what to do.
pub(crate) fn meant(who: &Who, advice: &str, roster: &Roster) -> Result<Arc<Victim>, Refusal> {
    let victim = match who {
        Who::Id(id) => roster.get(*id),
        Who::Name(name) => roster.named(name),
        Who::Called(name) => {
            one_called(name, roster, advice).map_err(|why| Refusal::new(Rule::SeveralVictims, why))?
        }
    };
    victim.ok_or_else(|| no_victim(who, roster))
}

/// The one victim that somebody means by a name; none where nobody has it.
///
/// # Errors
/// Several call themselves so: who they are, and what to do, which is the `advice`.
fn one_called(name: &str, roster: &Roster, advice: &str) -> Result<Option<Arc<Victim>>, String> {
    let mut all = roster.called(name);
    if all.len() < 2 {
        return Ok(all.pop());
    }
    let one = |victim: &Arc<Victim>| {
        format!("{} (id {}, pid {})", victim.name(), victim.id(), victim.process().pid())
    };
    let listed: Vec<String> = all.iter().take(LISTED).map(one).collect();
    let more = match all.len() - listed.len() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Err(format!(
        "{} victims call themselves `{name}`, and none of them was touched: {advice}. They are {}{more}",
        all.len(),
        listed.join(", ")
    ))
}

fn no_victim(who: &Who, roster: &Roster) -> Refusal {
    let near = match who {
        Who::Called(name) if name.len() <= LONGEST => {
            let all = roster.all();
            let near = slip::meant_of(name, all.iter().map(|victim| victim.name()));
            near.map_or_else(String::new, |near| format!(", did you mean `{near}`"))
        }
        _ => String::new(),
    };
    let reason = format!("there is no victim {who}{near}: `chaos-kitty victims` lists those there are");
    Refusal::new(Rule::NoVictim, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::tests::candidate;

    #[test]
    fn a_name_that_several_gave_themselves_is_a_question_and_an_id_is_none() {
        let roster = Roster::default();
        let met = |who: Who| {
            meant(&who, GIVE_THE_ID, &roster).map(|victim| victim.id()).map_err(|refusal| refusal.rule)
        };
        let called = |name: &str| met(Who::Called(name.to_owned()));
        assert_eq!(called("twin"), Err(Rule::NoVictim));
        roster.add(candidate("twin"));
        assert_eq!(called("twin"), Ok(1));
        roster.add(candidate("twin"));
        assert_eq!(called("twin"), Err(Rule::SeveralVictims));
        assert_eq!((called("twin#2"), met(Who::Id(1))), (Ok(2), Ok(1)));
        assert_eq!(met(Who::Name("twin".to_owned())), Ok(1), "a run's own record means one of them");

        let several = || one_called("twin", &roster, GIVE_THE_ID).unwrap_err();
        let why = several();
        let pid = std::process::id();
        assert!(why.ends_with(&format!("twin (id 1, pid {pid}), twin#2 (id 2, pid {pid})")), "{why}");
        (0..20).for_each(|_| drop(roster.add(candidate("twin"))));
        let why = several();
        assert!(why.starts_with("22 victims") && why.ends_with("and 12 more"), "{why}");
        (2..=22).for_each(|id| drop(roster.remove(id)));
        assert_eq!(called("twin"), Ok(1), "the other ones have left");
        roster.remove(1);
        roster.add(candidate("twin"));
        assert_eq!(called("twin"), Ok(23));
    }

    #[test]
    fn a_name_that_nobody_has_is_told_the_nearest() {
        let roster = Roster::default();
        ["shop", "step", "database"].into_iter().for_each(|name| drop(roster.add(candidate(name))));
        let told = |who: Who| meant(&who, GIVE_THE_ID, &roster).unwrap_err().reason;
        let list = "`chaos-kitty victims` lists those there are";
        for (name, meant) in [("shpo", "shop"), ("sho", "shop"), ("datbaase", "database")] {
            let why = format!("there is no victim called `{name}`, did you mean `{meant}`: {list}");
            assert_eq!(told(Who::Called(name.into())), why);
        }
        let none = format!("there is no victim called `redis`: {list}");
        assert_eq!(
            (told(Who::Called("redis".into())), told(Who::Name("redis".into()))),
            (none.clone(), none)
        );
        assert_eq!(told(Who::Id(7)), format!("there is no victim 7: {list}"));
    }

    #[test]
    fn who_has_only_asked_for_a_name_is_not_meant_by_it() {
        let roster = Roster::default();
        (0..2).for_each(|_| drop(roster.add(candidate("twin"))));
        roster.remove(1);
        assert_eq!(
            meant(&Who::Called("twin".into()), GIVE_THE_ID, &roster).unwrap_err().rule,
            Rule::NoVictim
        );
    }
}
