//! A task that is ordered, as its wrapper has it.

use std::sync::Arc;

use crate::order::Order;
use crate::report::{Haul, Report, Stage};
use crate::table::Table;

/// A task under way. Dropping it has everything given back.
pub struct Ordered {
    table: Arc<Table>,
    slot: usize,
    number: u32,
    order: &'static Order,
    report: &'static Report,
}

impl Ordered {
    pub(crate) fn new(
        table: Arc<Table>,
        slot: usize,
        number: u32,
        order: &'static Order,
        report: &'static Report,
    ) -> Ordered {
        Ordered { table, slot, number, order, report }
    }

    /// How far it is, and by which thread where one is at it. Once it is begun, calls do not look for it any more.
    pub fn stage(&self) -> (Stage, Option<u32>) {
        let (stage, thread) = self.report.stage(self.number);
        if stage != Stage::Unseen {
            self.table.seen(self.slot);
        }
        (stage, thread)
    }

    /// What it has come to so far; only where it is begun.
    pub fn haul(&self) -> Haul {
        self.report.haul()
    }

    /// Has everything given back: nobody begins with it any more, and who has begun ends it.
    pub fn take_back(&self) {
        if self.order.is(self.number) {
            self.order.take_back();
        }
        self.table.seen(self.slot);
    }

    /// Its thread is gone, and with it what it took.
    pub fn forget(&self) {
        self.report.forget();
    }
}

impl Drop for Ordered {
    fn drop(&mut self) {
        self.take_back();
        self.table.slots().ordered &= !(1 << self.slot);
    }
}
