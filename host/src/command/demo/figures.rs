//! What a victim says of its own work.

use serde::{Deserialize, Serialize};

/// One report: figures since the last one. `chaos-kitty-worker demo-work` writes them, a JSON object a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Requests a second.
    pub(super) throughput: f64,
    /// Requests that failed.
    pub(super) errors: u64,
    /// The slowest one in a hundred, in milliseconds.
    pub(super) p99_ms: f64,
    /// The slowest, in milliseconds.
    pub(super) max_ms: f64,
    /// MiB in memory.
    pub(super) resident_mb: f64,
    /// The share of one core.
    pub(super) cpu: f64,
}

/// Figures over a phase of the demo.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Extent {
    reports: u32,
    sum: f64,
    /// The lowest throughput of any report, requests a second.
    pub(super) lowest: f64,
    /// The slowest request, in milliseconds.
    pub(super) slowest_ms: f64,
    /// The slowest request of the calmest report, in milliseconds: what a busy machine does once is not counted.
    pub(super) calmest_ms: f64,
    /// The largest memory, in MiB.
    pub(super) largest_mb: f64,
    /// The last memory, in MiB.
    pub(super) last_mb: f64,
    /// The highest share of one core.
    pub(super) busiest: f64,
    /// Requests that failed.
    pub(super) errors: u64,
}

impl Extent {
    pub(super) fn add(&mut self, figures: &Figures) {
        self.lowest =
            if self.reports == 0 { figures.throughput } else { self.lowest.min(figures.throughput) };
        self.calmest_ms =
            if self.reports == 0 { figures.max_ms } else { self.calmest_ms.min(figures.max_ms) };
        self.reports += 1;
        self.sum += figures.throughput;
        self.slowest_ms = self.slowest_ms.max(figures.max_ms);
        self.largest_mb = self.largest_mb.max(figures.resident_mb);
        self.last_mb = figures.resident_mb;
        self.busiest = self.busiest.max(figures.cpu);
        self.errors += figures.errors;
    }

    /// Requests a second, on average.
    pub(super) fn throughput(&self) -> f64 {
        self.sum / f64::from(self.reports.max(1))
    }
}
