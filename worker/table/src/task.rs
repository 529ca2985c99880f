//! A task: what is taken inside the program, by a thread that is there for that alone.

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// So many bytes, made resident.
    Memory(u64),
    /// CPU time, in nanoseconds of the thread's own.
    Cpu(u64),
    /// File descriptors, until so many are free.
    Descriptors(u64),
}

/// A task as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// What is taken.
    pub take: Take,
    /// For how long it is held once it is all there, in nanoseconds; CPU time cannot be held.
    pub hold: u64,
    /// When it is given back at the latest, on the monotonic clock, in nanoseconds.
    pub deadline: u64,
}

/// What one is written as.
pub(crate) const WORDS: usize = 4;

impl Task {
    pub(crate) fn words(&self) -> [u64; WORDS] {
        let (kind, amount) = match self.take {
            Take::Memory(bytes) => (1, bytes),
            Take::Cpu(nanoseconds) => (2, nanoseconds),
            Take::Descriptors(leave) => (3, leave),
        };
        [kind, amount, self.hold, self.deadline]
    }

    pub(crate) fn of([kind, amount, hold, deadline]: [u64; WORDS]) -> Option<Task> {
        let take = match kind {
            1 => Take::Memory(amount),
            2 => Take::Cpu(amount),
            3 => Take::Descriptors(amount),
            _ => return None,
        };
        Some(Task { take, hold, deadline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_comes_back_from_its_words() {
        for take in [Take::Memory(1 << 20), Take::Cpu(5), Take::Descriptors(0)] {
            let task = Task { take, hold: 7, deadline: u64::MAX };
            assert_eq!(Task::of(task.words()), Some(task));
        }
        assert_eq!(Task::of([0; WORDS]), None);
    }
}
