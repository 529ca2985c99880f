//! What holds of the roster whoever comes and goes: it is held against a list of who is there.

use super::tests::candidate;
use super::*;
use crate::identity::Processes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;

/// What happens to a roster.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody who wants this name.
    Arrive(String),
    /// One of those who have ever been there; it may have left already.
    Leave(Index),
    /// One of those who are there leaves and registers again under the name that it has.
    Return(Index),
}

/// Few names, some of which look like numbered ones.
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => "(web|ruby|web#2|web#3|web#|#2|web#2#2)".prop_map(Step::Arrive),
        2 => any::<Index>().prop_map(Step::Leave),
        1 => any::<Index>().prop_map(Step::Return),
    ]
}

/// Id and name of each who is there, and the last id that was given.
#[derive(Default)]
struct Model {
    there: BTreeMap<u64, String>,
    last: u64,
}

impl Model {
    fn is_taken(&self, name: &str) -> bool {
        self.there.values().any(|taken| taken == name)
    }

    /// The name that somebody gets: the wanted one, or with the lowest number behind it that is free.
    fn name(&self, wanted: &str) -> String {
        let numbered = (2..).map(|number| format!("{wanted}#{number}"));
        std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !self.is_taken(name)).unwrap()
    }
}

struct Both {
    roster: Roster,
    model: Model,
    process: Arc<crate::identity::Process>,
}

impl Both {
    fn arrive(&mut self, wanted: &str) -> Result<(), TestCaseError> {
        let (id, name) = (self.model.last + 1, self.model.name(wanted));
        let process = Arc::clone(&self.process);
        let victim = self.roster.add(Candidate { process, ..candidate(wanted) });
        prop_assert_eq!((victim.id(), victim.name()), (id, name.as_str()));
        self.model.there.insert(id, name);
        self.model.last = id;
        Ok(())
    }

    fn leave(&mut self, id: u64) -> Result<(), TestCaseError> {
        let left = self.roster.remove(id).map(|victim| (victim.id(), victim.name().to_owned()));
        prop_assert_eq!(left, self.model.there.remove(&id).map(|name| (id, name)));
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Arrive(wanted) => self.arrive(wanted),
            // Also one more than there ever was.
            Step::Leave(index) => self.leave(index.index(self.model.last as usize + 1) as u64 + 1),
            Step::Return(index) => {
                let there: Vec<_> = self.model.there.clone().into_iter().collect();
                let Some((id, name)) = there.get(index.index(there.len().max(1))) else { return Ok(()) };
                self.leave(*id)?;
                self.arrive(name)?;
                let back = self.roster.named(name).map(|victim| victim.id());
                prop_assert_eq!(back, Some(self.model.last), "it has its name back, and another id");
                Ok(())
            }
        }
    }

    /// Every way to look somebody up agrees with the model.
    fn check(&self) -> Result<(), TestCaseError> {
        let all = self.roster.all();
        let listed: Vec<_> = all.iter().map(|victim| (victim.id(), victim.name().to_owned())).collect();
        prop_assert_eq!(&listed, &self.model.there.clone().into_iter().collect::<Vec<_>>());
        prop_assert_eq!((self.roster.len(), self.roster.is_empty()), (listed.len(), listed.is_empty()));
        for id in 0..=self.model.last + 1 {
            let found = self.roster.get(id).map(|victim| victim.name().to_owned());
            prop_assert_eq!(&found, &self.model.there.get(&id).cloned());
            if let Some(name) = found {
                prop_assert_eq!(self.roster.named(&name).map(|victim| victim.id()), Some(id));
            }
        }
        for name in ["web", "web#2", "web#3", "web#4", "ruby", "nobody"] {
            prop_assert_eq!(self.roster.named(name).is_some(), self.model.is_taken(name));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn it_is_what_a_list_of_who_is_there_would_be(steps in vec(step(), 1..40)) {
        let process = Processes::default().own();
        let mut both = Both { roster: Roster::default(), model: Model::default(), process };
        for step in &steps {
            both.take(step)?;
            both.check()?;
        }
    }
}
