//! Times that are reckoned by a clock that is wrong, and waited for when it may be right again: by that it could be hours ahead.
//!
//! Who is woken waits again for the same time, and who has read the clock just now waits soon.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use chaos_kitty_table::recent;

use crate::asked::Offset;

/// More threads than these that wait at once may overwrite each other's.
const PLACES: usize = 256;

/// One of them, by how many nanoseconds the clock was off. Each word is made of both, so that of two that are written at once
/// neither is found.
struct Place {
    off: AtomicU64,
    both: AtomicU64,
}

static KEPT: [Place; PLACES] = [const { Place { off: AtomicU64::new(0), both: AtomicU64::new(0) } }; PLACES];
/// Whether there ever was one.
static ANY: AtomicBool = AtomicBool::new(false);
/// In the place of how much the clock was off: it has been told that it has come.
const TOLD: u64 = 1 << 63;

/// By how much the clock was off when it was last read, and when that was.
static BY: AtomicI64 = AtomicI64::new(0);
static AT: AtomicU64 = AtomicU64::new(0);
/// How exact that is: threads that read the clock all the time are not to write here all the time.
const STEP: u64 = 100_000_000;
/// How long before it is waited for a time is reckoned at most.
const SOON: u64 = 10_000_000_000;

/// The clock has been read while it was wrong.
#[inline]
pub(crate) fn seen(off: &Offset) {
    if off.at > AT.load(Ordering::Relaxed).saturating_add(STEP) {
        AT.store(off.at, Ordering::Relaxed);
    }
    if BY.load(Ordering::Relaxed) != off.by {
        BY.store(off.by, Ordering::Relaxed);
    }
}

/// By how much it was off when it was read a while ago, if it was ahead.
pub(crate) fn lately() -> Option<i128> {
    let by = BY.load(Ordering::Relaxed);
    (by > 0 && recent() < AT.load(Ordering::Relaxed).saturating_add(SOON)).then(|| by.into())
}

/// Whether who waits for it has been told that it has come.
pub(crate) fn is_told(asked: i128) -> bool {
    word(asked) == Some(TOLD)
}

/// By how much the clock was off by which this time was reckoned and waited for; nothing where it was right.
pub(crate) fn off(asked: i128) -> Option<i128> {
    word(asked).map(|off| off.cast_signed().into())
}

fn word(asked: i128) -> Option<u64> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    let (asked, place) = place(asked)?;
    let off = place.off.load(Ordering::Relaxed);
    (off != 0 && place.both.load(Ordering::Relaxed) ^ off == asked).then_some(off)
}

pub(crate) fn keep(asked: i128, off: i128) {
    write(asked, i64::try_from(off).unwrap_or_default().cast_unsigned());
}

/// Who waits for it has been told that it has come.
pub(crate) fn tell(asked: i128) {
    write(asked, TOLD);
}

fn write(asked: i128, off: u64) {
    let Some((asked, place)) = place(asked) else { return };
    place.off.store(off, Ordering::Relaxed);
    place.both.store(off ^ asked, Ordering::Relaxed);
    ANY.store(true, Ordering::Relaxed);
}

fn place(asked: i128) -> Option<(u64, &'static Place)> {
    let asked = u64::try_from(asked).ok()?;
    // The upper bits of it: neighbours are far from each other.
    let at = asked.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    Some((asked, KEPT.get(at as usize)?))
}
