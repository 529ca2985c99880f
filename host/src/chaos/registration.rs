//! `chaos.register(victim, process_id:, name:, labels:, protocol:, methods:, inside:)`.

use crate::attach::Charge;
use crate::backend::WorkerBackend;
use crate::host::Host;
use crate::identity::{self, Peer, Process};
use crate::roster::{Candidate, Kind};
use chaos_kitty_bus::{Exception, Object, Proxy, Request, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const KNOWN: [&str; 6] = ["process_id", "name", "labels", "protocol", "methods", "inside"];
/// The most methods that a victim declares.
const MOST_METHODS: usize = 256;

/// What a worker said of itself, not yet believed.
#[derive(Debug)]
pub(super) struct Registration {
    proxy: Proxy,
    process_id: Option<i64>,
    name: Option<String>,
    labels: BTreeMap<String, String>,
    observes: bool,
    inside: bool,
    methods: Option<Vec<String>>,
}

impl Registration {
    /// # Errors
    /// ArgumentError, in the words that Ruby has for it where it has some.
    pub(super) fn read(request: Request) -> Result<Self, Exception> {
        let given = request.arguments.len();
        let unknown: Vec<String> = request
            .options
            .iter()
            .filter_map(|(key, _)| key.as_str())
            .filter(|key| !KNOWN.contains(key))
            .map(|key| format!(":{key}"))
            .collect();
        if !unknown.is_empty() {
            let plural = if unknown.len() > 1 { "s" } else { "" };
            return Err(Exception::argument(format!("unknown keyword{plural}: {}", unknown.join(", "))));
        }
        let option = |key: &str| request.get_option(key).filter(|value| **value != Value::Nil);
        let wrong = |key: &str, must: &str| Exception::argument(format!("register: {key}: must be {must}"));
        let process_id = option("process_id")
            .map(|value| value.as_i64().ok_or_else(|| wrong("process_id", "an integer")))
            .transpose()?;
        let name = option("name")
            .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| wrong("name", "a text")))
            .transpose()?;
        let labels = match option("labels") {
            None => BTreeMap::new(),
            Some(value) => {
                let entries = value.as_map().ok_or_else(|| wrong("labels", "a map of texts"))?;
                // First of all how many: who sends a hundred thousand is not to cost more than the reading of them.
                Candidate::check_label_count(entries.len()).map_err(Exception::argument)?;
                texts(entries).ok_or_else(|| wrong("labels", "a map of texts"))?
            }
        };
        let mut methods = option("methods")
            .map(|value| names(value).ok_or_else(|| wrong("methods", "an array of at most 256 names")))
            .transpose()?;
        let observes = match option("protocol").map(|value| value.as_u64()) {
            None => false,
            // A worker of a later protocol is asked in the way that we know.
            Some(Some(protocol)) => protocol >= 1,
            Some(None) => return Err(wrong("protocol", "an integer")),
        };
        let inside = option("inside")
            .map(|value| value.as_bool().ok_or_else(|| wrong("inside", "true or false")))
            .transpose()?
            .unwrap_or_default();
        if let Some(name) = &name {
            Candidate::check_name(name).map_err(Exception::argument)?;
        }
        // A method of that name could never be called: the host sends signals itself.
        if let Some(methods) = &mut methods {
            methods.retain(|method| method != "signal");
        }
        for method in methods.iter().flatten() {
            Candidate::check_text("method", method).map_err(Exception::argument)?;
        }
        Candidate::check_labels(&labels).map_err(Exception::argument)?;
        let proxy = match (given, request.arguments.into_iter().next()) {
            (1, Some(Value::Object(Object::Proxy(proxy)))) => proxy,
            (1, Some(_)) => {
                return Err(Exception::argument(
                    "register: the first argument is the victim, an object of yours",
                ));
            }
            _ => {
                return Err(Exception::argument(format!(
                    "wrong number of arguments (given {given}, expected 1)"
                )));
            }
        };
        Ok(Self { proxy, process_id, name, labels, observes, inside, methods })
    }

    /// Holds what was said against the kernel's word.
    ///
    /// # Errors
    /// RuntimeError: why this process is no victim.
    pub(super) fn prove(
        mut self,
        peer: &Peer,
        charge: Option<&Charge>,
        host: &Host,
    ) -> Result<Candidate, Exception> {
        let process = match charge {
            Some(charge) => self.charged(charge),
            None => identity::claim(peer, self.process_id, &host.rules, &host.processes),
        };
        let process = process.map_err(|why| Exception::runtime(format!("register: {why}")))?;
        let kind = match charge {
            Some(_) => Kind::Attached,
            None if process.pid() == peer.pid => Kind::Linked,
            None if self.inside => Kind::Inside,
            None => Kind::Wrapped,
        };
        // A process's own name for itself is checked like one that it gives.
        let comm = || {
            let comm: String = process.comm().chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            if Candidate::check_name(&comm).is_ok() { comm } else { format!("process-{comm}") }
        };
        Ok(Candidate {
            name: self.name.unwrap_or_else(comm),
            labels: self.labels,
            methods: self.methods.map(|methods| methods.iter().collect()),
            proven: peer.proven,
            kind,
            backend: Box::new(WorkerBackend::new(self.proxy, process.clone(), self.observes)),
            since: host.run.clock.offset(),
            worker: peer.process.clone().unwrap_or_else(|| Arc::clone(&process)),
            process,
        })
    }
}

impl Registration {
    /// The process that an attendant was started for, under the name that the operator gave it.
    fn charged(&mut self, charge: &Charge) -> Result<Arc<Process>, String> {
        let pid = charge.process.pid();
        if self.process_id != Some(i64::from(pid)) {
            return Err(format!("you attend to process {pid}, and may register no other"));
        }
        if charge.process.has_exited() {
            return Err(format!("process {pid} has exited"));
        }
        self.name.clone_from(&charge.name);
        self.labels.clone_from(&charge.labels);
        Ok(Arc::clone(&charge.process))
    }
}

fn texts(entries: &[(Value, Value)]) -> Option<BTreeMap<String, String>> {
    entries.iter().map(|(key, value)| Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))).collect()
}

fn names(value: &Value) -> Option<Vec<String>> {
    let values = value.as_array().filter(|values| values.len() <= MOST_METHODS)?;
    values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}
