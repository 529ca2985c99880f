//! A record that is to be written, and what somebody has for having handed it in.

use super::record::Record;
use super::writer::Need;
use crate::gate::{Decision, Refusal, Rule, Ruling};
use tokio::sync::oneshot;

/// A record that nobody has written yet.
#[derive(Debug)]
pub(super) struct HandedIn {
    pub(super) record: Record,
    /// The same, as it is written.
    pub(super) json: String,
    pub(super) need: Need,
    /// For whoever waits for it: why it could not be written, if it could not.
    receipt: Option<oneshot::Sender<Option<String>>>,
}

/// What somebody has for a record that it has handed in.
#[derive(Debug)]
pub(crate) struct Receipt(oneshot::Receiver<Option<String>>);

impl HandedIn {
    pub(super) fn new(record: Record, need: Need) -> Self {
        let (record, json) = record.in_json();
        Self { record, json, need, receipt: None }
    }

    /// The same, with a receipt for it.
    pub(super) fn with_receipt(self) -> (Self, Receipt) {
        let (sender, receiver) = oneshot::channel();
        (Self { receipt: Some(sender), ..self }, Receipt(receiver))
    }

    /// A decision that could not be written: it has refused, which whoever waits is told.
    pub(super) fn refused(mut self, why: &str) -> Self {
        self.receive(Some(why.to_owned()));
        match self.record {
            Record::Decision(decision) => {
                let ruling = Ruling::Refused(Refusal::new(Rule::Journal, why));
                Self::new(Record::Decision(Decision { ruling, ..decision }), Need::Little)
            }
            record => Self { record, need: Need::Little, ..self },
        }
    }

    /// It has been written, or waits until it can be: whoever waits need not any more.
    pub(super) fn done(mut self) -> (Record, String) {
        self.receive(None);
        (self.record, self.json)
    }

    fn receive(&mut self, refusal: Option<String>) {
        if let Some(receipt) = self.receipt.take() {
            // Nobody need wait for it.
            let _ = receipt.send(refusal);
        }
    }
}

impl Receipt {
    /// Waits until somebody has tried, and says why it could not be written and was of no use later; none where it was,
    /// or waits until it can be.
    pub(super) async fn refusal(self) -> Option<String> {
        self.0.await.unwrap_or_else(|_| Some("whoever was to write it has ended".to_owned()))
    }
}
