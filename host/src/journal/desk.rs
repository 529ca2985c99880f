//! The desk: what was handed in to be written, in the order in which things happened.

use super::record::Record;
use super::writer::Need;
use crate::gate::{Decision, Refusal, Rule, Ruling};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The most records that are written at once.
const AT_ONCE: usize = 64;

/// Records that nobody has written yet.
#[derive(Debug, Default)]
pub(super) struct Desk(Mutex<Vec<HandedIn>>);

/// A record that is to be written.
#[derive(Debug)]
pub(super) struct HandedIn {
    pub(super) record: Record,
    /// The same, as it is written.
    pub(super) json: String,
    pub(super) need: Need,
    pub(super) receipt: Receipt,
}

/// What somebody has for a record that it has handed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receipt(Arc<OnceLock<String>>);

impl Desk {
    pub(super) fn hand_in(&self, record: HandedIn) {
        self.records().push(record);
    }

    /// The next ones, as many as are written at once.
    pub(super) fn take(&self) -> Vec<HandedIn> {
        let mut records = self.records();
        let count = records.len().min(AT_ONCE);
        records.drain(..count).collect()
    }

    fn records(&self) -> MutexGuard<'_, Vec<HandedIn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandedIn {
    /// A decision that could not be written: it has refused.
    pub(super) fn refused(self, why: &str) -> Self {
        self.receipt.refuse(why);
        let (record, json) = match self.record {
            Record::Decision(decision) => {
                let ruling = Ruling::Refused(Refusal::new(Rule::Journal, why));
                Record::Decision(Decision { ruling, ..decision }).in_json()
            }
            record => (record, self.json),
        };
        Self { record, json, need: Need::Little, receipt: self.receipt }
    }
}

impl Receipt {
    /// It could not be written, and was of no use later.
    pub(super) fn refuse(&self, why: &str) {
        // It is taken from the desk once.
        let _ = self.0.set(why.to_owned());
    }

    /// Why it could not be written, once somebody has tried; none where it was.
    pub(super) fn refusal(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
