//! No allocation is sized by a claim: what decoding allocates is in proportion to what arrived. In a test binary of its own, since
//! it counts every allocation of the process.
#![allow(unsafe_code, reason = "an allocator that counts is an unsafe trait")]

use chaos_kitty_bus::{Limits, Message, decode_value};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// The most bytes asked for at once.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above, and every pointer comes from there.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(size));
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The largest allocation while these bytes are read as a value and as a message.
fn largest(bytes: &[u8]) -> usize {
    LARGEST.set(0);
    let _ = decode_value(bytes, &Limits::default());
    let _ = Message::decode(bytes, &Limits::default());
    LARGEST.get()
}

#[test]
fn claims_allocate_nothing() {
    for marker in [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] {
        for claim in [[0xff; 4], [0, 0x3f, 0xff, 0xff]] {
            let mut bytes = vec![marker];
            bytes.extend(claim);
            bytes.extend([0; 10]);
            assert!(largest(&bytes) <= 2048, "0x{marker:02x} with {claim:?} allocated {}", largest(&bytes));
        }
    }
    // An Invoke that claims four billion arguments, and as many options.
    let many = [0xc7, 12, 0, 1, 2, 0xce, 0xff, 0xff, 0xff, 0xff, 0xd4, 0x20, b'a', 0xc0, 0xc0];
    assert!(largest(&many) <= 2048, "{}", largest(&many));
}
