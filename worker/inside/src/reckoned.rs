//! Times that are waited for while the clock is wrong.
//!
//! Who is woken waits again for the same one, which may be when the clock is right again: by that one it could be hours ahead.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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

/// By how much the clock was off by which this time was reckoned; nothing where it was right.
pub(crate) fn off(asked: i128) -> Option<i128> {
    if !ANY.load(Ordering::Relaxed) {
        return None;
    }
    let (asked, place) = place(asked)?;
    let off = place.off.load(Ordering::Relaxed);
    (off != 0 && place.both.load(Ordering::Relaxed) ^ off == asked).then(|| off.cast_signed().into())
}

pub(crate) fn keep(asked: i128, off: i128) {
    let Some(((asked, place), off)) = place(asked).zip(i64::try_from(off).ok()) else { return };
    let off = off.cast_unsigned();
    place.off.store(off, Ordering::Relaxed);
    place.both.store(off ^ asked, Ordering::Relaxed);
    ANY.store(true, Ordering::Relaxed);
}

pub(crate) fn forget(asked: i128) {
    if off(asked).is_some()
        && let Some((_, place)) = place(asked)
    {
        place.off.store(0, Ordering::Relaxed);
    }
}

fn place(asked: i128) -> Option<(u64, &'static Place)> {
    let asked = u64::try_from(asked).ok()?;
    // The upper bits of it: neighbours are far from each other.
    let at = asked.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    Some((asked, KEPT.get(at as usize)?))
}
