//! The charge of an attendant: whom it attends to, and under which name.

use crate::identity::Process;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the host knows of whoever registers on an attendant's connection, and nobody needs to tell it.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    /// The process that was attached; the attendant may register no other.
    pub(crate) process: Arc<Process>,
    /// The name that the operator gave; otherwise it is the process's own.
    pub(crate) name: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
}
