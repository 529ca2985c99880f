//! A record that is to be written, and what somebody has for having handed it in.

use super::record::Record;
use super::writer::Need;
use crate::gate::{Decision, Refusal, Rule, Ruling};
use tokio::sync::oneshot;

/// What has become of a record: it is written, or waits until it can be; or why it could not be, and is of no use later.
pub(super) type Written = Result<(), String>;

/// A record that nobody has written yet.
#[derive(Debug)]
pub(super) struct HandedIn {
    /// It goes from hand to hand, and is large.
    pub(super) record: Box<Record>,
    /// The same, as it is written.
    pub(super) json: String,
    pub(super) need: Need,
    /// For whoever waits for it.
    receipt: Option<oneshot::Sender<Written>>,
}

/// What somebody has for a record that it has handed in.
#[derive(Debug)]
pub(crate) struct Receipt(oneshot::Receiver<Written>);

impl HandedIn {
    pub(super) fn new(record: Record, need: Need) -> Self {
        let (record, json) = record.in_json();
        Self { record: Box::new(record), json, need, receipt: None }
    }

    /// The same, with a receipt for it.
    pub(super) fn with_receipt(self) -> (Self, Receipt) {
        let (sender, receiver) = oneshot::channel();
        (Self { receipt: Some(sender), ..self }, Receipt(receiver))
    }

    /// A decision that could not be written: it has refused, which whoever waits is told.
    pub(super) fn refused(mut self, why: &str) -> Self {
        self.receive(Err(why.to_owned()));
        match *self.record {
            Record::Decision(decision) => {
                let ruling = Ruling::Refused(Refusal::new(Rule::Journal, why));
                Self::new(Record::Decision(Decision { ruling, ..decision }), Need::Little)
            }
            record => Self { record: Box::new(record), need: Need::Little, ..self },
        }
    }

    /// It has been written, or waits until it can be.
    pub(super) fn done(mut self) -> (Box<Record>, String) {
        self.receive(Ok(()));
        (self.record, self.json)
    }

    fn receive(&mut self, written: Written) {
        if let Some(receipt) = self.receipt.take() {
            // Nobody need wait for it.
            let _ = receipt.send(written);
        }
    }
}

impl Receipt {
    /// What has become of it, if somebody has dealt with it already.
    pub(super) fn at_hand(&mut self) -> Option<Written> {
        self.0.try_recv().ok()
    }

    /// Waits until somebody has dealt with it.
    pub(super) async fn written(self) -> Written {
        self.0.await.unwrap_or_else(|_| Err("whoever was to write it has ended".to_owned()))
    }
}
