//! Hoards: what connections keep in memory for their peers, messages that do not end and answers that nobody reads. Each has
//! its bounds; a thousand peers that stay just within them are bounded here.

use crate::lock::lock;
use crate::{Closed, Connection, ProtocolError};
use std::collections::HashMap;
use std::sync::Mutex;

/// Less than this is not counted.
const SMALL: usize = 64 << 10;

/// All that is hoarded in this process.
static HOARDS: Mutex<Option<Hoards<Connection>>> = Mutex::new(None);

/// What one connection hoards. Dropping it says that it is freed.
pub(crate) struct Hoard {
    id: u64,
    counted: bool,
}

impl Hoard {
    pub(crate) fn of(connection: &Connection) -> Hoard {
        Hoard { id: connection.id(), counted: false }
    }

    /// So much it is now. If all of them together are too much, the one that hoards most is ended.
    pub(crate) fn is(&mut self, bytes: usize, connection: &Connection) {
        if bytes < SMALL && !self.counted {
            return;
        }
        self.counted = bytes >= SMALL;
        let limit = connection.shared().limits.process_bytes;
        let most = {
            let mut hoards = lock(&HOARDS);
            let hoards = hoards.get_or_insert_default();
            hoards.count(self.id, bytes, connection);
            hoards.most_beyond(limit)
        };
        if let Some(most) = most {
            most.finish(Closed::Protocol(ProtocolError::TooManyBytesTogether { limit }));
        }
    }
}

impl Drop for Hoard {
    fn drop(&mut self) {
        if self.counted
            && let Some(hoards) = &mut *lock(&HOARDS)
        {
            hoards.forget(self.id);
        }
    }
}

/// Who hoards how much; not a word of who is small.
struct Hoards<C> {
    total: usize,
    each: HashMap<u64, (usize, C)>,
}

impl<C> Default for Hoards<C> {
    fn default() -> Self {
        Hoards { total: 0, each: HashMap::new() }
    }
}

impl<C: Clone> Hoards<C> {
    fn count(&mut self, id: u64, bytes: usize, whose: &C) {
        self.forget(id);
        if bytes >= SMALL {
            self.total += bytes;
            self.each.insert(id, (bytes, whose.clone()));
        }
    }

    fn forget(&mut self, id: u64) {
        if let Some((bytes, _)) = self.each.remove(&id) {
            self.total -= bytes;
        }
    }

    /// Whoever hoards most, where all of them hoard more than this. It counts no longer: it is about to be freed.
    fn most_beyond(&mut self, limit: usize) -> Option<C> {
        if self.total <= limit {
            return None;
        }
        let (id, (_, whose)) = self.each.iter().max_by_key(|(id, (bytes, _))| (*bytes, **id))?;
        let (id, whose) = (*id, whose.clone());
        self.forget(id);
        Some(whose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_hoards_most_goes_and_the_small_are_left_alone() {
        let mut hoards = Hoards::default();
        for (id, bytes) in [(1, SMALL), (2, 3 * SMALL), (3, SMALL - 1), (4, SMALL)] {
            hoards.count(id, bytes, &id);
        }
        assert_eq!(hoards.total, 5 * SMALL, "the small are not counted");
        assert_eq!(hoards.most_beyond(5 * SMALL), None);
        assert_eq!(hoards.most_beyond(4 * SMALL), Some(2));
        assert_eq!(hoards.most_beyond(4 * SMALL), None, "it is as good as freed");
        hoards.count(1, 2 * SMALL, &1);
        hoards.count(1, 0, &1);
        hoards.forget(4);
        assert_eq!((hoards.total, hoards.each.len()), (0, 0));
    }
}
