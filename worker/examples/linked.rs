//! An application that is a victim: `cargo run -p chaos-kitty-worker --example linked`, beside a running
//! `chaos-kitty serve` in the same directory. Then, from another terminal:
//!
//! ```text
//! chaos-kitty call checkout delay duration=2
//! chaos-kitty call checkout raise_error message="the bank is closed" point="checkout.*"
//! chaos-kitty call checkout sold
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chaos_kitty_worker::{Fault, Value, Worker, fault_point};

/// An error type of the application's own: chaos arrives as one of its cases.
#[derive(Debug)]
enum Declined {
    Chaos(Fault),
}

impl From<Fault> for Declined {
    fn from(fault: Fault) -> Declined {
        Declined::Chaos(fault)
    }
}

fn charge(cents: u64) -> Result<u64, Declined> {
    fault_point!("checkout.charge")?; // a delay holds us here, an error is returned from here
    Ok(cents)
}

fn main() {
    let sold = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sold);
    // One line makes a victim. No host there? Then nothing happens, now or later, until there is one.
    let _worker = Worker::builder()
        .name("checkout")
        .label("tier", "api")
        .method("sold", move |_| Ok(Value::from(counted.load(Ordering::Relaxed))))
        .start();
    for order in 1.. {
        match charge(1200) {
            Ok(cents) => {
                sold.fetch_add(1, Ordering::Relaxed);
                println!("order {order}: {cents} cents");
            }
            Err(Declined::Chaos(fault)) => println!("order {order}: {fault}"),
        }
        std::thread::park_timeout(Duration::from_millis(500));
    }
}
