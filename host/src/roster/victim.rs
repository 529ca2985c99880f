//! A process that chaos may strike.

use super::candidate::Candidate;
use super::methods::Methods;
use super::objection::objection;
use super::silence::Silence;
use crate::backend::Backend;
use crate::identity::Process;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How a victim is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The worker is in the process.
    Linked,
    /// The worker started the process and acts from beside it.
    Wrapped,
    /// The same, and a library of ours is in it.
    Inside,
    /// The process was there already; its worker, the attendant, acts from beside it.
    Attached,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Linked => "linked",
            Self::Wrapped => "wrapped",
            Self::Inside => "inside",
            Self::Attached => "attached",
        })
    }
}

/// A victim, as long as its connection lasts. It stays in this order: what a decision looks at comes first, and few of the
/// processor's cache lines hold it.
#[derive(Debug)]
#[repr(C)]
pub struct Victim {
    id: u64,
    name: Arc<str>,
    silence: Silence,
    candidate: Candidate,
}

impl Victim {
    pub(super) fn new(id: u64, name: Arc<str>, candidate: Candidate) -> Self {
        Self { id, name, candidate, silence: Silence::default() }
    }

    /// Its id in this run, from 1.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its name, which no other victim has.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name that it gave itself, which others may have given themselves too.
    pub(crate) fn wanted_name(&self) -> &str {
        &self.candidate.name
    }

    /// Its name, to be kept longer than the victim.
    pub(crate) fn name_handle(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Its labels.
    pub fn labels(&self) -> &BTreeMap<String, String> {
        &self.candidate.labels
    }

    /// The methods that it declares; none where it says nothing, as Ruby's workers do.
    pub fn methods(&self) -> Option<&Methods> {
        self.candidate.methods.as_ref()
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.candidate.process
    }

    /// The process, to be kept longer than the victim.
    pub(crate) fn process_handle(&self) -> Arc<Process> {
        Arc::clone(&self.candidate.process)
    }

    /// The process of its worker: the same one, or the one beside it.
    pub(crate) fn worker_handle(&self) -> Arc<Process> {
        Arc::clone(&self.candidate.worker)
    }

    /// Whether the kernel vouches for the process.
    pub fn is_proven(&self) -> bool {
        self.candidate.proven
    }

    /// How it is reached.
    pub fn kind(&self) -> Kind {
        self.candidate.kind
    }

    /// When it came, since the start of the run.
    pub fn since(&self) -> Duration {
        self.candidate.since
    }

    /// How long it is not asked for yet, since it has left a call unanswered.
    pub(crate) fn is_silent_for(&self, now: Duration) -> Option<Duration> {
        self.silence.remains(now, || self.backend().late_answers())
    }

    /// Keeps in mind whether it has answered a call.
    pub(crate) fn answered(&self, answered: bool, now: Duration) {
        match answered {
            true => self.silence.end(),
            false => self.silence.begin(now, self.backend().late_answers()),
        }
    }

    /// Whether it cannot be struck any more: its process has exited, or its connection is over.
    pub fn is_gone(&self) -> bool {
        self.process().has_exited() || self.backend().is_gone()
    }

    /// The way to it; the gate's alone.
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.candidate.backend
    }

    /// Whether it declares methods, and keeps to the protocol: then it means by them what the protocol does.
    pub(crate) fn means_the_protocols(&self) -> bool {
        self.methods().is_some() && self.backend().keeps_leases()
    }

    /// Why it cannot be asked for this method, if it cannot. `signal` is the host's own doing.
    pub fn objection_to(&self, method: &str) -> Option<String> {
        let methods = self.methods()?;
        if method == "signal" || methods.contains(method) {
            return None;
        }
        Some(objection(&self.name, self.kind(), &methods.to_vec(), method))
    }
}
