//! What a rule does to a call.

/// What is done to a call that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// It waits until the rule is over.
    Hold,
    /// It fails with this errno, and is not made.
    Fail(i32),
    /// It waits for so many nanoseconds first.
    Delay(u64),
    /// It is made with this share of the bytes that were asked for, in 65536ths; with one byte at least.
    Shorten(u16),
    /// The clock that it reads is so many nanoseconds off, and runs faster by this share from when the rule began.
    Shift {
        /// Nanoseconds that are added.
        by: i64,
        /// 0.1 is a tenth faster, -1 stands still.
        drift: f64,
    },
}

impl Deed {
    /// Kind, value, and a second value.
    pub(crate) fn words(self) -> [u64; 3] {
        match self {
            Deed::Hold => [0, 0, 0],
            Deed::Fail(errno) => [1, i64::from(errno).cast_unsigned(), 0],
            Deed::Delay(nanoseconds) => [2, nanoseconds, 0],
            Deed::Shorten(share) => [3, u64::from(share), 0],
            Deed::Shift { by, drift } => [4, by.cast_unsigned(), drift.to_bits()],
        }
    }

    pub(crate) fn of([kind, value, other]: [u64; 3]) -> Option<Deed> {
        Some(match kind {
            0 => Deed::Hold,
            1 => Deed::Fail(i32::try_from(value.cast_signed()).ok()?),
            2 => Deed::Delay(value),
            3 => Deed::Shorten(u16::try_from(value).ok()?),
            4 => Deed::Shift { by: value.cast_signed(), drift: f64::from_bits(other) },
            _ => return None,
        })
    }
}
