//! The journal: takes every record, in the order in which things happened, to its file, the log, and whoever watches.

use super::beginning::Beginning;
use super::desk::Desk;
use super::handed_in::{HandedIn, Receipt, Written};
use super::last_run;
use super::record::{Mark, Record};
use super::recovered::{Recovered, Unfinished};
use super::teller::Teller;
use super::writer::{Need, Writer};
use crate::configuration::JournalSettings;
use crate::gate::{Decision, Outcome, Refusal, Rule, Ruling};
use crate::run::Run;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::broadcast;
use tracing::warn;

/// How many strikes that were left open have a record together.
const AT_ONCE: usize = 100;

/// How often whoever has handed a record in lets others go first, so that theirs are written with it, at the price of one. Beyond
/// two there are few that come.
const GATHERING: usize = 2;

/// How often it tries to have what there is written, and lets others go first again, before it sleeps: to sleep and be woken
/// costs more than they take.
const TURNS: usize = 8;

/// Takes every record.
#[derive(Debug, Default)]
pub struct Journal {
    /// There is no writer where nothing is kept: before a run has begun, and after its end.
    desk: Desk<HandedIn, Option<Writer>>,
    teller: Teller,
}

/// How a journal fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its file.
    pub file: PathBuf,
    /// The number of its last record.
    pub records: u64,
    /// How many records wait until it can be written again.
    pub waiting: usize,
    /// Why it cannot be written, and what to do; none where it can.
    pub ailment: Option<String>,
}

impl Journal {
    /// Where the journal of a host is that serves at this socket, where nothing else is said: of the same name.
    pub fn beside(socket: &Path) -> PathBuf {
        match socket.with_extension("journal") {
            journal if journal == socket => socket.with_added_extension("journal"),
            journal => journal,
        }
    }

    /// Begins to keep records in a file, where they go on behind those of earlier runs. What the last run has left open is
    /// looked up, logged, and written behind the beginning of this one.
    ///
    /// # Errors
    /// The file cannot be written, is another host's, or no journal: to whom, why, and what to do.
    pub fn open(
        &self,
        file: &Path,
        settings: JournalSettings,
        run: &Arc<Run>,
        beginning: Beginning,
    ) -> Result<(), String> {
        let mut writer = Writer::open(file, settings, Arc::clone(run))?;
        // What was there is looked at before there is anything of ours.
        let left = if writer.is_device() { Ok(None) } else { last_run::left_open(file, run) };
        let left = left.unwrap_or_else(|why| {
            warn!(
                "what the last run has left open cannot be read from the journal {}: {why}",
                file.display()
            );
            None
        });
        writer.begin_run(&Record::Beginning(beginning).in_json().1)?;
        *self.desk.means() = Some(writer);
        if let Some((of, unknown)) = left {
            last_run::tell(&of, &unknown);
            let write = |unknown: &[Unfinished]| {
                let (of, unknown) = (of.clone(), unknown.to_vec());
                self.write(Record::Recovered(Recovered { mark: Mark::now(run), of, unknown }));
            };
            match unknown.as_slice() {
                [] => write(&[]),
                unknown => unknown.chunks(AT_ONCE).for_each(write),
            }
        }
        Ok(())
    }

    /// Every decision and every outcome from now on; none where the journal is closed.
    pub fn watch(&self) -> Option<broadcast::Receiver<Arc<Record>>> {
        self.teller.watch()
    }

    /// How its file fares; none where there is none.
    pub fn standing(&self) -> Option<Standing> {
        self.desk.means().as_ref().map(|writer| Standing {
            file: writer.path().to_owned(),
            records: writer.number(),
            waiting: writer.waiting(),
            ailment: writer.ailment().map(str::to_owned),
        })
    }

    /// Tells the watchers that there is no more to come. File and log take what comes all the same, but for victims that
    /// come and go: they all go now.
    pub(crate) fn close(&self) {
        self.teller.close();
    }

    /// Writes the last record of a run that ends in order.
    pub(crate) fn end(&self, record: Record) {
        self.write(record);
        self.teller.finish();
        if let Some(writer) = self.desk.means().take() {
            writer.close();
        }
    }

    /// Takes a decision, which thereby has its place among the records. It is written when [`Self::is_written`] says so.
    pub(crate) fn decide(&self, decision: Decision) -> Receipt {
        // A disk that is full is no reason not to ask.
        let need = if decision.origin.is_probe() { Need::Some } else { Need::Now };
        self.hand_in(Record::Decision(decision), need)
    }

    /// Sees to it that a decision is written, before anything is done.
    ///
    /// # Errors
    /// The journal cannot be written, and the decision is on record as one that refused.
    pub(crate) async fn is_written(&self, decision: Receipt) -> Result<(), Refusal> {
        self.write_together(decision).await.map_err(|why| Refusal::new(Rule::Journal, why))
    }

    /// Writes an outcome, with whatever else there is to write.
    pub(crate) async fn conclude(&self, outcome: Outcome) {
        let receipt = self.hand_in(Record::Outcome(outcome), Need::Some);
        // Where it could not be written it waits until it can be.
        let _ = self.write_together(receipt).await;
    }

    /// Writes a record, as soon as it can be written.
    pub(crate) fn write(&self, record: Record) {
        let need = match &record {
            Record::Decision(decision) if matches!(decision.ruling, Ruling::Refused(_)) => Need::Little,
            Record::Arrival(_) | Record::Departure(_) if self.teller.is_closed() => return,
            _ => Need::Some,
        };
        self.desk.hand_in([HandedIn::new(record, need)]);
        self.desk.finish(|writer, records| self.keep(writer, records));
        self.teller.tell();
    }

    fn hand_in(&self, record: Record, need: Need) -> Receipt {
        let (record, receipt) = HandedIn::new(record, need).with_receipt();
        self.desk.hand_in([record]);
        receipt
    }

    /// Waits until it is written, and writes it with all that there is, where nobody else is about it.
    async fn write_together(&self, mut receipt: Receipt) -> Written {
        for turn in 0..GATHERING + TURNS {
            tokio::task::yield_now().await;
            if turn >= GATHERING {
                self.desk.work_off(|writer, records| self.keep(writer, records));
                self.teller.tell();
            }
            if let Some(written) = receipt.at_hand() {
                return written;
            }
        }
        receipt.written().await
    }

    fn keep(&self, writer: &mut Option<Writer>, records: Vec<HandedIn>) {
        let mut append = |records: &[HandedIn]| {
            let all = records.iter().map(|handed_in| (handed_in.json.as_str(), handed_in.need));
            writer.as_mut().map_or(Ok(()), |writer| writer.append(all))
        };
        // Why what waits has to wait was logged when that began.
        let kept = append(&records);
        let kept = records.into_iter().map(|mut handed_in| {
            if let (Err(why), Need::Now) = (&kept, handed_in.need) {
                handed_in = handed_in.refused(why);
                let _ = append(std::slice::from_ref(&handed_in));
            }
            handed_in.done()
        });
        self.teller.hear(kept.collect());
    }
}
