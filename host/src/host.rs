//! The host: everything that a connection may reach.

use crate::attach::{Attaching, Attendants};
use crate::complaints::Complaints;
use crate::connections::Connections;
use crate::gate::{Gate, Holder, ListedLimit};
use crate::identity::{Peer, Processes, Rules};
use crate::instances::Instances;
use crate::journal::{Arrival, Departure, Record, Standing};
use crate::memory::Memory;
use crate::roster::{Candidate, Kind, Roster, Taken, Victim};
use crate::run::Run;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tracing::info;

/// The daemon's state, behind every `chaos` object.
#[derive(Debug)]
pub struct Host {
    /// The run.
    pub run: Arc<Run>,
    /// Who is there.
    pub roster: Arc<Roster>,
    /// The way to them.
    pub gate: Arc<Gate>,
    /// The operations that run.
    pub instances: Arc<Instances>,
    /// The processes that the host holds.
    pub processes: Processes,
    /// Who may be a victim.
    pub rules: Rules,
    /// The socket, as the operator named it.
    pub socket: PathBuf,
    /// What the log says of peers that do wrong.
    pub complaints: Complaints,
    /// What it holds, and gives back.
    pub memory: Memory,
    /// Who is connected.
    pub(crate) connections: Arc<Connections>,
    /// Which processes are just being attached.
    pub(crate) attaching: Attaching,
    /// Who attends to those that were attached.
    pub(crate) attendants: Arc<Attendants>,
}

impl Host {
    /// Writes a line about a peer that does wrong, unless there were many of late.
    pub fn complain(&self, peer: &Peer, what: &str) {
        self.complaints.about(peer, self.run.clock.offset(), what);
    }

    /// A victim comes, and every instance that selects it learns of it.
    ///
    /// # Errors
    /// The victim that it is already.
    pub fn arrive(&self, candidate: Candidate) -> Result<Arc<Victim>, Taken> {
        // Whoever comes back gets its name back, also where nobody has noticed yet that the old connection is over.
        if let Some(holder) = self.roster.named(&candidate.name).filter(|holder| holder.is_gone()) {
            self.leave(holder.id(), "somebody of its name came back");
        }
        let victim = self.roster.admit(candidate)?;
        self.gate.journal().write(Record::Arrival(Arrival::of(&victim, &self.run)));
        self.instances.arrive(&victim);
        Ok(victim)
    }

    /// A victim goes, and every instance that had it learns of that.
    pub fn leave(&self, id: u64, why: &str) {
        if let Some(victim) = self.roster.remove(id) {
            info!(victim = victim.name(), id, "a victim left: {why}");
            self.gate.journal().write(Record::Departure(Departure::of(&victim, why, &self.run)));
            self.instances.leave(&victim);
            self.memory.one_left();
        }
    }

    /// The host in a few figures.
    pub fn overview(&self) -> Overview {
        Overview {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            socket: self.socket.clone(),
            run: self.run.id.to_string(),
            seed: self.run.chance.seed(),
            uptime: self.run.clock.offset().as_secs_f64(),
            paused: self.gate.is_paused(),
            held_by: self.gate.holders(),
            dry_run: self.gate.is_dry_run(),
            victims: self.roster.len(),
            decisions: self.gate.decisions(),
            active: self.gate.active(),
            journal: self.gate.journal().standing(),
            limits: self.gate.limits(),
        }
    }

    /// A victim as a list shows it.
    pub fn listed(&self, victim: &Victim) -> ListedVictim {
        ListedVictim {
            id: victim.id(),
            name: victim.name().to_owned(),
            kind: victim.kind(),
            pid: victim.process().pid(),
            start_time: victim.process().start_time(),
            proven: victim.is_proven(),
            labels: victim.labels().clone(),
            methods: victim
                .methods()
                .map(|methods| methods.iter().chain(["signal"]).map(str::to_owned).collect()),
            connected: (self.run.clock.offset() - victim.since()).as_secs_f64(),
        }
    }
}

/// What `chaos-kitty status` shows of the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Overview {
    /// The host's version.
    pub version: String,
    /// The host's pid.
    pub pid: u32,
    /// Where it serves.
    pub socket: PathBuf,
    /// The run's id.
    pub run: String,
    /// The seed that repeats the run.
    pub seed: u64,
    /// Seconds since the start of the run.
    pub uptime: f64,
    /// Whether chaos is paused.
    pub paused: bool,
    /// Who holds it.
    #[serde(default)]
    pub held_by: Vec<Holder>,
    /// Whether the last step is left out.
    pub dry_run: bool,
    /// How many victims are there.
    pub victims: usize,
    /// Decisions so far, refusals among them.
    pub decisions: u64,
    /// Effects under way.
    pub active: usize,
    /// Where its records are kept, and how that goes; none before it serves.
    #[serde(default)]
    pub journal: Option<Standing>,
    /// The limits, and what is used of each.
    #[serde(default)]
    pub limits: Vec<ListedLimit>,
}

/// What `chaos-kitty victims` shows of a victim.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListedVictim {
    /// Its id in this run.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub kind: Kind,
    /// Its pid in the host's namespace.
    pub pid: i32,
    /// When its process started, in clock ticks after boot.
    pub start_time: u64,
    /// Whether the kernel vouches for the process.
    pub proven: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The methods that it can be asked for: those that it declares, and `signal`, which the host does itself; none where it
    /// does not say.
    pub methods: Option<Vec<String>>,
    /// For how many seconds it has been connected.
    pub connected: f64,
}
