//! Any bytes at all, read as a value and as a message: no panic, memory in proportion to what arrived, bounds that hold, and what
//! can be read comes back from what is written of it.
#![no_main]

use chaos_kitty_bus::{Limits, Message, ProtocolError, Value};
use chaos_kitty_fuzz::Coded;
use libfuzzer_sys::fuzz_target;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What reading may allocate in all: the dearest byte opens a map, which has room for four pairs from the first one on.
fn allowance(bytes: &[u8]) -> usize {
    1024 + 512 * bytes.len()
}

const TIGHT: Limits = Limits {
    frame_bytes: 64,
    depth: 3,
    values: 12,
    transactions: 0,
    objects: 0,
    queued_bytes: 0,
    process_bytes: 0,
};

fuzz_target!(|bytes: &[u8]| {
    reads::<Value>(bytes);
    reads::<Message>(bytes);
});

fn reads<T: Coded>(bytes: &[u8]) {
    let region = Region::new(ALLOCATOR);
    let read = T::decoded(bytes, &Limits::default());
    let allocated = region.change().bytes_allocated;
    assert!(allocated <= allowance(bytes), "{} bytes made it allocate {allocated}", bytes.len());
    if let Ok(read) = &read {
        read.comes_back_from(&read.encoded().expect("what was decoded encodes"));
    }
    match (T::decoded(bytes, &TIGHT), read) {
        (Ok(within), Ok(read)) => assert!(within.is(&read), "{within:?} is {read:?} with other limits"),
        (Err(error), _) if is_bound(&error) => {}
        (Err(error), Err(other)) => assert_eq!(error, other),
        (within, read) => panic!("{within:?} is {read:?} with other limits"),
    }
}

fn is_bound(error: &ProtocolError) -> bool {
    use ProtocolError::{FrameTooLarge, TooDeep, TooManyValues};
    matches!(error, FrameTooLarge { .. } | TooDeep { .. } | TooManyValues { .. })
}
