//! Insistence: what puts others back is tried until it is done, since nobody else does it.

use std::io;
use std::time::Duration;

use crate::clock;

/// The first pause between two attempts, in which memory or a descriptor may become free.
const SHORTEST: Duration = Duration::from_millis(1);
/// Pauses double, up to this one: nobody notices an attempt a second, and nobody waits for much longer than need be.
const LONGEST: Duration = Duration::from_secs(1);

/// Tries until it succeeds; `fails` is called with the first error, and only with that one.
pub(super) fn insist(attempt: impl FnMut() -> io::Result<()>, fails: impl FnOnce(&io::Error)) {
    pausing(attempt, fails, clock::pause);
}

fn pausing(
    mut attempt: impl FnMut() -> io::Result<()>,
    fails: impl FnOnce(&io::Error),
    mut pause: impl FnMut(Duration),
) {
    let (mut fails, mut length) = (Some(fails), SHORTEST);
    while let Err(error) = attempt() {
        if let Some(fails) = fails.take() {
            fails(&error);
        }
        pause(length);
        length = (length * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_until_it_is_done_ever_more_rarely_and_told_once() {
        let (mut left, mut told, mut pauses) = (20, Vec::new(), Vec::new());
        let attempt = || {
            left -= 1;
            if left == 0 { Ok(()) } else { Err(io::Error::other(format!("{left} left"))) }
        };
        pausing(attempt, |error| told.push(error.to_string()), |pause| pauses.push(pause));
        assert_eq!(told, ["19 left"]);
        assert_eq!(pauses.len(), 19);
        assert_eq!((pauses[0], pauses[1], pauses[18]), (SHORTEST, SHORTEST * 2, LONGEST));
        assert!(pauses.is_sorted());
    }

    #[test]
    fn what_succeeds_at_once_waits_for_nothing() {
        pausing(|| Ok(()), |error| panic!("{error}"), |pause| panic!("{pause:?}"));
    }
}
