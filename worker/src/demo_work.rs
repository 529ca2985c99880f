//! The work load that the host's `demo` strikes: visible work, so that one can see what chaos does to it.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chaos_kitty_bus::Value;

use crate::available::resident;
use crate::builder::Builder;
use crate::clock;

/// Requests come every 5 ms, and one takes about 1 ms of CPU.
const EVERY: Duration = Duration::from_millis(5);
const WORK: Duration = Duration::from_millis(1);
/// Each request leaves this in the cache, which is full at 4 MiB, before the first strike.
const CACHED: usize = 16 * 1024;
const CACHE_ENTRIES: usize = 256;

/// What the handler has done, and what of it was not reported yet.
#[derive(Default)]
struct Counters {
    done: u64,
    failed: u64,
    latencies: Vec<f64>,
    errors: u64,
    since: Option<Instant>, // of the request in progress: a long one shows before it is over
}

#[derive(Default)]
struct Orders {
    counters: Mutex<Counters>,
    cache: Mutex<Vec<Vec<u8>>>,
    stop: AtomicBool,
}

/// Works until stdin ends, and prints a line of JSON at every `interval`.
pub fn run(worker: Builder, name: &str, interval: Duration) {
    let orders = Arc::new(Orders::default());
    let (cached, counted, working) = (Arc::clone(&orders), Arc::clone(&orders), Arc::clone(&orders));
    let worker = worker
        .on_collect(move || cached.cache().clear())
        .method("orders", move |_| {
            let counters = counted.counters();
            Ok(Value::map([("handled", Value::from(counters.done)), ("failed", counters.failed.into())]))
        })
        .start();
    let handler = std::thread::spawn(move || working.handle_all());
    report(&orders, name, interval);
    orders.stop.store(true, Ordering::Relaxed);
    worker.stop(); // first: it lets go of a handler that is being held
    let _ = handler.join();
}

impl Orders {
    fn handle_all(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            let begun = clock::now();
            self.counters().since = Some(begun);
            let result = self.handle();
            let taken = clock::now() - begun;
            let mut counters = self.counters();
            counters.since = None;
            counters.latencies.push(taken.as_secs_f64() * 1000.0);
            match result {
                Ok(()) => counters.done += 1,
                Err(_) => {
                    counters.failed += 1;
                    counters.errors += 1;
                }
            }
            drop(counters);
            std::thread::park_timeout(EVERY.saturating_sub(taken));
        }
    }

    fn handle(&self) -> Result<(), crate::Fault> {
        crate::fault_point!("request")?;
        let begun = clock::thread_cpu();
        let mut receipt = vec![0u8; CACHED];
        while clock::thread_cpu().saturating_sub(begun) < WORK {
            receipt.iter_mut().enumerate().for_each(|(at, byte)| *byte = byte.wrapping_mul(31) ^ at as u8);
        }
        let mut cache = self.cache();
        if cache.len() < CACHE_ENTRIES {
            cache.push(receipt);
        }
        Ok(())
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report(orders: &Orders, name: &str, interval: Duration) {
    let (sender, ended) = channel::<()>();
    std::thread::spawn(move || {
        let _ended = sender;
        let mut ignored = [0; 256];
        while matches!(std::io::stdin().read(&mut ignored), Ok(1..)) {}
    });
    let (mut since, mut cpu, mut done) = (clock::now(), clock::process_cpu(), 0);
    while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        let (now, used) = (clock::now(), clock::process_cpu());
        let seconds = (now - since).as_secs_f64().max(1e-6);
        let (mut latencies, errors, total, open) = {
            let mut counters = orders.counters();
            let latencies = std::mem::take(&mut counters.latencies);
            (latencies, std::mem::take(&mut counters.errors), counters.done, counters.since)
        };
        latencies.sort_by(f64::total_cmp);
        let open = open.map_or(0.0, |begun| now.saturating_duration_since(begun).as_secs_f64() * 1000.0);
        let line = serde_json::json!({
            "name": name,
            "pid": std::process::id(),
            "throughput": rounded((total - done) as f64 / seconds),
            "errors": errors,
            "p50_ms": rounded(percentile(&latencies, 0.5).unwrap_or(open)),
            "p99_ms": rounded(percentile(&latencies, 0.99).unwrap_or(open)),
            "max_ms": rounded(latencies.last().copied().unwrap_or(0.0).max(open)),
            "resident_mb": rounded(resident().unwrap_or(0) as f64 / 1_048_576.0),
            "cpu": rounded(used.saturating_sub(cpu).as_secs_f64() / seconds),
            "work_done": total,
        });
        if writeln!(std::io::stdout(), "{line}").is_err() {
            return; // nobody reads it any more
        }
        (since, cpu, done) = (now, used, total);
    }
}

fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).round() as usize).copied()
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_few_and_of_none() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[1.0, 2.0, 9.0], 0.5), Some(2.0));
        assert_eq!(percentile(&[1.0, 2.0, 9.0], 0.99), Some(9.0));
    }
}
