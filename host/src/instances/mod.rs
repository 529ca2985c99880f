//! The operations that run on this host: configured instances, each with its plugin and its victims.

mod ground;
mod listed;
mod memberships;
mod plan;

pub use listed::ListedInstance;
pub use plan::{Plan, Sources};

use crate::configuration::InstanceSettings;
use crate::gate::Gate;
use crate::plugin::{Instance, Introduction, Manifest, VictimInfo};
use crate::roster::{Methods, Roster, Victim};
use crate::run::Run;
use chaos_kitty_bus::{Symbol, Value};
use ground::HostGround;
use memberships::Memberships;
use std::sync::Arc;
use tokio::runtime::Handle;
use tracing::{debug, warn};

/// The instances, in the configuration's order.
pub struct Instances {
    entries: Vec<Entry>,
    memberships: Arc<Memberships>,
}

struct Entry {
    settings: InstanceSettings,
    manifest: Manifest,
    instance: Instance,
}

/// Instances that have been built, and can be started.
pub struct Prepared {
    built: Vec<plan::Built>,
    memberships: Arc<Memberships>,
}

impl Prepared {
    /// The names of the instances.
    pub fn names(&self) -> Vec<&str> {
        self.built.iter().map(|built| built.settings.name.as_str()).collect()
    }

    /// Starts them: from now on they wake, pick and ask the gate. Keep what their code is mapped from as long as they run
    /// ([`Plan::into_private`]).
    pub fn start(self) -> Instances {
        let entries = self
            .built
            .into_iter()
            .map(|plan::Built { settings, manifest, operation }| Entry {
                instance: Instance::start(operation, &Handle::current()),
                manifest,
                settings,
            })
            .collect();
        Instances { entries, memberships: self.memberships }
    }
}

impl std::fmt::Debug for Instances {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_list().entries(&self.entries).finish()
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}, {})", self.settings.name, self.manifest.name, self.instance.state())
    }
}

impl Instances {
    /// Builds what was planned, each operation with its parameters, and adds to the plan what is wrong with them. Nothing
    /// runs yet.
    pub fn build(plan: &mut Plan, run: &Arc<Run>, roster: &Arc<Roster>, gate: &Arc<Gate>) -> Prepared {
        let memberships = Arc::new(Memberships::default());
        let ground = HostGround::new(run.clone(), roster.clone(), gate.clone(), memberships.clone());
        Prepared { built: plan.build(&Arc::new(ground)), memberships }
    }

    /// A victim comes: each instance that selects it registers it. None is waited for: an operation that fails over a
    /// victim, or hangs, keeps nobody else from learning of it.
    pub fn arrive(&self, victim: &Victim) {
        let introduction = Introduction::from(VictimInfo {
            id: victim.id(),
            name: victim.name().to_owned(),
            process_id: victim.process().pid().unsigned_abs(),
            labels: victim.labels().iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            methods: victim.methods().map(Methods::to_vec).unwrap_or_default(),
        });
        let selects = |entry: &&Entry| entry.settings.victims.selects(victim.name(), victim.labels());
        let tell = |entry: &Entry| {
            self.memberships.add(&entry.settings.name, victim.id(), victim.name_handle());
            (entry.settings.name.clone(), entry.instance.register(introduction.clone()))
        };
        // All are told before the first answer is waited for.
        let told: Vec<_> = self.entries.iter().filter(selects).map(tell).collect();
        let (memberships, id, victim) = (Arc::clone(&self.memberships), victim.id(), victim.name_handle());
        tokio::spawn(async move {
            for (instance, answer) in told {
                let Err(fault) = answer.await else { continue };
                if !fault.is_told() {
                    warn!(
                        instance,
                        victim = &*victim,
                        "register failed: {fault}; it does without that victim"
                    );
                }
                // What does not want a victim is not offered it; a call that is late still arrives.
                if fault.kind != "silent" {
                    memberships.remove(&instance, id);
                }
            }
        });
    }

    /// A victim goes: each instance that had it removes it.
    pub fn leave(&self, victim: &Victim) {
        let had = |entry: &&Entry| self.memberships.remove(&entry.settings.name, victim.id());
        let tell = |entry: &Entry| (entry.settings.name.clone(), entry.instance.remove(victim.id()));
        let told: Vec<_> = self.entries.iter().filter(had).map(tell).collect();
        tokio::spawn(async move {
            for (instance, answer) in told {
                if let Err(fault) = answer.await
                    && !fault.is_told()
                {
                    warn!(instance, "remove failed: {fault}");
                }
            }
        });
    }

    /// What `chaos.status` answers: an array of maps of one entry, `{hairball: {victims: …}}`.
    pub async fn status(&self) -> Value {
        // All are asked before the first is waited for: one that does not answer costs its patience once.
        let asked: Vec<_> = self.entries.iter().map(|entry| (entry, entry.instance.status())).collect();
        let mut all = Vec::with_capacity(asked.len());
        for (entry, status) in asked {
            let status = status.await.unwrap_or_else(|fault| {
                // Who retired said so then; a status that is asked for every second should not fill the log.
                debug!(instance = entry.settings.name, "there is no status: {fault}");
                Value::map([("error", fault.to_string())])
            });
            all.push(Value::map([(Symbol::from(entry.settings.name.as_str()), status)]));
        }
        Value::Array(all)
    }

    /// What `chaos-kitty operations` lists.
    pub fn list(&self) -> Vec<ListedInstance> {
        self.entries
            .iter()
            .map(|entry| ListedInstance {
                name: entry.settings.name.clone(),
                operation: entry.manifest.name.clone(),
                version: entry.manifest.version.clone(),
                description: entry.manifest.description.clone(),
                file: entry.manifest.file.clone(),
                state: entry.instance.state().to_string(),
                victims: self.memberships.count(&entry.settings.name),
            })
            .collect()
    }

    /// Stops all of them; none is waited for.
    pub fn stop(&self) {
        self.entries.iter().for_each(|entry| entry.instance.stop());
    }
}
