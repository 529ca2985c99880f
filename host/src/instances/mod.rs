//! The operations that run on this host: configured instances, each with its plugin and its victims.

mod beat;
mod bedrock;
mod built;
mod change;
mod entry;
mod following;
mod ground;
mod handover;
mod listed;
mod loading;
mod members;
mod order;
mod pace;
mod plan;
mod reconfiguration;
mod rejected;
mod scope;
mod sources;
mod spell;
mod standing;
mod tally;
mod turns;
mod wrong;

pub use change::{Change, Changed, Objection};
pub use listed::ListedInstance;
pub use plan::Plan;
pub use sources::Sources;

use crate::configuration::{Configuration, HostSettings, JournalSettings, Limits};
use crate::gate::Gate;
use crate::journal::InstanceMark;
use crate::plugin::{Introduction, Shelf, VictimInfo};
use crate::roster::{Methods, Roster, Victim};
use crate::run::Run;
use bedrock::Bedrock;
use built::Built;
use chaos_kitty_bus::{Symbol, Value};
use entry::Entry;
use rejected::Rejected;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::watch;
use tracing::debug;

/// The instances, in the configuration's order.
pub struct Instances {
    bedrock: Arc<Bedrock>,
    sources: Sources,
    shelf: Arc<Shelf>,
    there: RwLock<There>,
    /// One change is made after the other.
    known: tokio::sync::Mutex<Known>,
    /// Where operations are looked for.
    directories: watch::Sender<Vec<PathBuf>>,
}

/// Who is there. Victims come and go under the lock for reading, instances under that for writing: so none misses one.
#[derive(Default)]
struct There {
    entries: Vec<Arc<Entry>>,
    /// Being tried out beside those whose places they are to take.
    coming: Vec<Arc<Entry>>,
    /// Finishing what they have begun, until nothing of theirs runs any more.
    going: Vec<Arc<Entry>>,
    /// What was unloaded since the change began that is being made: it is not to come of that.
    unloaded: Vec<String>,
    rejected: Vec<Rejected>,
    /// The host stops: nobody comes any more.
    stopped: bool,
}

/// What the next change begins from.
struct Known {
    /// What the host itself runs with, which is what it was started with.
    host: HostSettings,
    /// Those that hold.
    limits: Limits,
    /// Where it writes everything down, which is the same.
    journal: JournalSettings,
    /// The instances that the configuration wanted when it was read, by name, in its order.
    configured: Vec<String>,
    /// Files that were followed and refused for what the configuration says, or the configuration's own: what comes next may
    /// be what each was waiting for.
    waiting: BTreeSet<PathBuf>,
}

/// Instances that have been built, and can be started.
pub struct Prepared {
    built: Vec<Built>,
    bedrock: Arc<Bedrock>,
}

impl Prepared {
    /// The names of the instances.
    pub fn names(&self) -> Vec<&str> {
        self.built.iter().map(|built| built.settings.name.as_str()).collect()
    }

    /// The same, as the journal has them.
    pub(crate) fn marks(&self) -> Vec<InstanceMark> {
        let mark = |built: &Built| InstanceMark {
            name: built.settings.name.clone(),
            operation: built.settings.operation.clone(),
            version: built.manifest.version.clone(),
            isolate: built.settings.isolate,
            victims: built.settings.victims.clone(),
            parameters: built.settings.parameters.value(),
        };
        self.built.iter().map(mark).collect()
    }

    /// Starts them: from now on they wake, pick and ask the gate.
    pub fn start(self, plan: Plan, sources: Sources) -> Arc<Instances> {
        let directories = watch::Sender::new(plan.directories().to_vec());
        let known = Known {
            configured: names(&plan.configuration),
            host: plan.configuration.host.clone(),
            limits: plan.configuration.limits.clone(),
            journal: plan.configuration.journal.clone(),
            waiting: BTreeSet::new(),
        };
        let entries = self.built.into_iter().map(Entry::start).collect();
        Arc::new(Instances {
            bedrock: self.bedrock,
            sources,
            shelf: plan.shelf(),
            there: RwLock::new(There { entries, rejected: plan.rejected(), ..There::default() }),
            known: tokio::sync::Mutex::new(known),
            directories,
        })
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(self.names()).finish()
    }
}

impl std::fmt::Debug for Instances {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(&self.there().entries).finish()
    }
}

impl Instances {
    /// Builds what was planned, each operation with its parameters, and adds to the plan what is wrong with them. Nothing
    /// runs yet.
    pub fn build(plan: &mut Plan, run: &Arc<Run>, roster: &Arc<Roster>, gate: &Arc<Gate>) -> Prepared {
        let bedrock = Bedrock::new(run.clone(), roster.clone(), gate.clone());
        Prepared { built: plan.build(&bedrock), bedrock }
    }

    /// A victim comes: each instance that selects it registers it. None is waited for: an operation that fails over a
    /// victim, or hangs, keeps nobody else from learning of it.
    pub fn arrive(&self, victim: &Victim) {
        let introduction = introduction(victim);
        let there = self.there();
        let selecting = there.entries.iter().chain(&there.coming).filter(|entry| entry.selects(victim));
        // All are told before the first answer is waited for.
        let told: Vec<_> = selecting.filter_map(|entry| entry.register(victim, &introduction)).collect();
        tokio::spawn(all(told));
    }

    /// A victim goes: each instance that had it removes it.
    pub fn leave(&self, victim: &Victim) {
        let there = self.there();
        let everyone = there.entries.iter().chain(&there.coming).chain(&there.going);
        let told: Vec<_> = everyone.filter_map(|entry| entry.remove(victim.id())).collect();
        tokio::spawn(all(told));
    }

    /// What `chaos.status` answers: an array of maps of one entry, `{hairball: {victims: …}}`.
    pub async fn status(&self) -> Value {
        let entries = self.there().entries.clone();
        // All are asked before the first is waited for: one that does not answer costs its patience once.
        let asked: Vec<_> = entries.iter().map(|entry| (entry, entry.instance.status())).collect();
        let mut all = Vec::with_capacity(asked.len());
        for (entry, status) in asked {
            let status = status.await.unwrap_or_else(|fault| {
                // Who retired said so then; a status that is asked for every second should not fill the log.
                debug!(instance = entry.name(), "there is no status: {fault}");
                Value::map([("error", fault.to_string())])
            });
            all.push(Value::map([(Symbol::from(entry.name()), status)]));
        }
        Value::Array(all)
    }

    /// What `chaos-kitty operations` lists: what runs, then what was rejected, and what is leaving.
    pub fn list(&self) -> Vec<ListedInstance> {
        let (there, paused) = (self.there(), self.bedrock.gate.is_paused());
        let running = there.entries.iter().map(|entry| entry.listed(paused));
        let leaving = there.going.iter().map(|entry| entry.listed_leaving());
        running.chain(there.rejected.iter().map(Rejected::listed)).chain(leaving).collect()
    }

    /// How many run.
    pub fn count(&self) -> usize {
        self.there().entries.len()
    }

    /// Where the configuration is, if there is one.
    pub fn configuration(&self) -> Option<&std::path::Path> {
        self.sources.configuration.as_deref()
    }

    /// Where operations are looked for, now and from now on.
    pub fn directories(&self) -> watch::Receiver<Vec<PathBuf>> {
        self.directories.subscribe()
    }

    /// Stops all of them; none is waited for, and none comes any more.
    pub fn stop(&self) {
        let mut there = self.there_mut();
        there.stopped = true;
        there.entries.iter().chain(&there.coming).chain(&there.going).for_each(|entry| entry.end());
    }

    /// Begins a change, when no other is being made.
    async fn begin(&self) -> tokio::sync::MutexGuard<'_, Known> {
        let known = self.known.lock().await;
        self.there_mut().unloaded.clear();
        known
    }

    fn there(&self) -> RwLockReadGuard<'_, There> {
        self.there.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn there_mut(&self) -> RwLockWriteGuard<'_, There> {
        self.there.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names of the instances that a configuration wants, in its order.
fn names(configuration: &Configuration) -> Vec<String> {
    configuration.instances.iter().map(|settings| settings.name.clone()).collect()
}

/// A victim, as instances are told of it.
fn introduction(victim: &Victim) -> Introduction {
    Introduction::from(&VictimInfo {
        id: victim.id(),
        name: victim.name(),
        process_id: victim.process().pid().unsigned_abs(),
        labels: victim.labels(),
        methods: victim.methods().into_iter().flat_map(Methods::iter).collect(),
    })
}

async fn all(told: Vec<impl Future<Output = ()>>) {
    for answer in told {
        answer.await;
    }
}
