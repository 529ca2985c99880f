//! Registering: what a worker says about itself, and what it says to a server that knows less.

use std::collections::BTreeMap;
use std::time::Duration;

use chaos_kitty_bus::{CallError, Object, ObjectName, Proxy, Request, Symbol, Value};

/// The name under which the victim is bound on every connection.
pub(crate) const VICTIM: &str = "victim";
/// What we speak beyond the recorded protocol: `effect:`, `lease:`, `observed:`, `end` and `effects`.
const PROTOCOL: i64 = 1;
/// How long a host may take over it.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Registration {
    pub(crate) process_id: u32,
    pub(crate) name: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) methods: Vec<Symbol>,
    /// Things are done inside of the process, though this one is beside it.
    pub(crate) inside: bool,
}

impl Registration {
    /// Registers the victim with `chaos`, and answers the id that it was given.
    ///
    /// # Errors
    /// The host's refusal, or that nobody answered.
    pub(crate) async fn ask(&self, chaos: &Proxy) -> Result<u64, CallError> {
        let answer = match chaos.call(self.full(), PATIENCE).await {
            Err(CallError::Remote(refusal))
                if refusal.class == "ArgumentError" && refusal.message.starts_with("unknown keyword") =>
            {
                tracing::info!(%refusal, "this host knows the pid only (a Ruby server, say): registering without the rest");
                chaos.call(self.plain(), PATIENCE).await?
            }
            other => other?,
        };
        answer.as_u64().ok_or_else(|| CallError::Refused {
            method: "register".into(),
            reason: format!("the answer should be an integer id and was {}", answer.kind()),
        })
    }

    fn plain(&self) -> Request {
        let victim = Object::Name(ObjectName::Symbol(VICTIM.into()));
        Request::new("register").argument(victim).option("process_id", self.process_id)
    }

    fn full(&self) -> Request {
        let mut request = self.plain();
        if let Some(name) = &self.name {
            request = request.option("name", name.as_str());
        }
        if !self.labels.is_empty() {
            let labels = self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            request = request.option("labels", Value::map(labels));
        }
        if self.inside {
            request = request.option("inside", true);
        }
        request.option("protocol", PROTOCOL).option("methods", self.methods.clone())
    }
}
