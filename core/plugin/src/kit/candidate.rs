//! Who is about to become a victim of a test.

use std::collections::BTreeMap;

use chaos_kitty_abi::Bytes;
use serde::Serialize;

use crate::msgpack;

/// A victim to be, with labels and methods. A bare name is one too.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub(super) name: String,
    labels: BTreeMap<String, String>,
    methods: Option<Vec<String>>,
}

impl Candidate {
    /// One of this name, without labels, that takes every method: it says nothing about them.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), labels: BTreeMap::new(), methods: None }
    }

    /// With a label.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// One that declares these methods: every other one is refused, but for `signal`, which is the host's own doing.
    #[must_use]
    pub fn methods<const N: usize>(mut self, methods: [&str; N]) -> Self {
        self.methods = Some(methods.map(str::to_owned).into());
        self
    }

    pub(super) fn offers(&self, method: &str) -> bool {
        let declared = |methods: &Vec<String>| methods.iter().any(|declared| declared == method);
        method == "signal" || self.methods.as_ref().is_none_or(declared)
    }

    /// As the host would introduce it.
    pub(super) fn to_bytes(&self, id: u64) -> Bytes {
        #[derive(Serialize)]
        struct Info<'a> {
            id: u64,
            name: &'a str,
            labels: &'a BTreeMap<String, String>,
            methods: &'a [String],
        }
        let methods = self.methods.as_deref().unwrap_or_default();
        let info = Info { id, name: &self.name, labels: &self.labels, methods };
        msgpack::to_bytes(&info).expect("texts can be written")
    }
}

impl From<&str> for Candidate {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}
