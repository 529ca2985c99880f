//! What is wrong with what is to run.

use super::rejected::Rejected;
use crate::configuration::Problem;
use crate::plugin::Rejection;

#[derive(Default)]
pub(super) struct Wrong {
    /// With the configuration.
    pub(super) problems: Vec<Problem>,
    /// Files that are no sound plugins: an instance of theirs is no mistake in the configuration.
    pub(super) rejected: Vec<Rejection>,
    /// Libraries that are no plugins, which are not worth a line unless an instance asks for one.
    pub(super) passed_by: Vec<Rejection>,
    /// Why what runs cannot be replaced.
    pub(super) in_the_way: Vec<String>,
    /// Instances that do not run for another reason.
    pub(super) broken: Vec<Rejected>,
}

impl Wrong {
    /// In the file's order.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.position());
        problems.into_iter().map(Problem::to_string).collect()
    }

    /// What is wrong with plugins, a line each.
    pub(super) fn rejections(&self) -> Vec<String> {
        let broken = self.broken.iter().map(|broken| broken.why.clone());
        self.rejected.iter().map(Rejection::to_string).chain(broken).collect()
    }

    /// What of it keeps an instance from running, or from being replaced.
    pub(super) fn hindrances(&self) -> Vec<String> {
        let rejected = self.rejected.iter().filter(|rejection| !rejection.instances().is_empty());
        let broken = self.broken.iter().map(|broken| broken.why.clone());
        self.in_the_way.iter().cloned().chain(rejected.map(Rejection::to_string)).chain(broken).collect()
    }

    /// For a list of what runs and what does not.
    pub(super) fn rows(&self) -> Vec<Rejected> {
        let of_file = |rejection: &Rejection| {
            let (operation, file) = (rejection.operation().unwrap_or_default(), rejection.file());
            let named = |name: &String| Rejected::instance(name, operation, file, rejection.reason());
            match rejection.instances() {
                [] => vec![Rejected::file(operation, file, rejection.reason())],
                instances => instances.iter().map(named).collect(),
            }
        };
        self.rejected.iter().flat_map(of_file).chain(self.broken.iter().cloned()).collect()
    }
}
