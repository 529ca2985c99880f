//! The processes that are attached: whoever is one registers no second time.

use super::candidate::Candidate;
use super::victim::{Kind, Victim};
use crate::identity::Process;
use std::collections::HashMap;
use std::sync::Arc;

/// What names a process for ever: its pid and its start time.
type Identity = (i32, u64);

/// Why a candidate is no victim: it is one already, and one of the two is attached.
#[derive(Debug)]
pub struct Taken {
    /// The victim that it is.
    pub victim: Arc<Victim>,
    /// Whether this is the first time: who is refused asks again and again.
    pub is_first: bool,
}

/// The victims that are attached, by their process. There are few, and a registration costs two looks, however many there are
/// of others.
#[derive(Debug, Default)]
pub(super) struct Attached(HashMap<Identity, Entry>);

#[derive(Debug)]
struct Entry {
    id: u64,
    /// Somebody else has registered as it, and was refused.
    is_known: bool,
}

impl Attached {
    /// The victim that is attached and that this candidate, or its worker, is; and whether it is the first one.
    pub(super) fn is(&mut self, candidate: &Candidate) -> Option<(u64, bool)> {
        let both = [identity(&candidate.process), identity(&candidate.worker)];
        let one = both.into_iter().find(|one| self.0.contains_key(one))?;
        let entry = self.0.get_mut(&one)?;
        Some((entry.id, !std::mem::replace(&mut entry.is_known, true)))
    }

    pub(super) fn came(&mut self, victim: &Victim) {
        if victim.kind() == Kind::Attached {
            self.0.insert(identity(victim.process()), Entry { id: victim.id(), is_known: false });
        }
    }

    pub(super) fn left(&mut self, victim: &Victim) {
        if victim.kind() == Kind::Attached {
            self.0.remove(&identity(victim.process()));
        }
    }
}

/// Whether a victim is this process, or its worker.
pub(crate) fn is_of(victim: &Victim, process: &Process) -> bool {
    let process = identity(process);
    identity(victim.process()) == process || identity(&victim.worker_handle()) == process
}

fn identity(process: &Process) -> Identity {
    (process.pid(), process.start_time())
}
