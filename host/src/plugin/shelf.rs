//! The libraries that a host has at hand.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Inspected, Library, PrivateCopy, PrivateDirectory, Rejection, Trial};

/// Of each operation: the one in use, and the one that was tried last.
const OF_EACH: usize = 2;

/// What has been loaded need not be loaded again for a file of the same bytes, and a process loads only so many. Copies of
/// what is not at hand any more go, when no process of an instance's own may be started from them.
pub struct Shelf {
    private: Arc<PrivateDirectory>,
    /// Those last taken come first.
    libraries: Mutex<Vec<Library>>,
}

impl Shelf {
    /// An empty one, and where its copies lie.
    pub fn new(private: Arc<PrivateDirectory>) -> Self {
        Self { private, libraries: Mutex::default() }
    }

    /// Libraries of these files, each loaded into this process where that is wanted. What is not at hand is copied, tried out,
    /// and loaded.
    pub fn take(&self, trial: Trial, wanted: Vec<(Inspected, bool)>) -> Vec<Result<Library, Rejection>> {
        let mut copies = Vec::new();
        let mut find = |(inspected, load): (Inspected, bool)| {
            let known = self.find(&inspected, load);
            if known.is_none() {
                copies.push(PrivateCopy::keep(&inspected, &self.private)?);
            }
            Ok((known, load))
        };
        let found: Vec<_> = wanted.into_iter().map(&mut find).collect();
        let mut tried = trial.of_all(&copies).into_iter();
        let mut copies = copies.into_iter();
        let take = |found: Result<(Option<Library>, bool), Rejection>| {
            let library = match found? {
                (Some(known), _) => known,
                (None, load) => {
                    let (Some(copy), Some(tried)) = (copies.next(), tried.next()) else {
                        unreachable!("each that is not at hand was copied and tried")
                    };
                    tried?;
                    if load { copy.load()? } else { copy.leave_out() }
                }
            };
            self.put(library.clone());
            Ok(library)
        };
        found.into_iter().map(take).collect()
    }

    /// What was loaded from a file is at hand no more: the next one of it starts afresh, `static`s too.
    pub fn clear(&self, file: &Path) {
        self.libraries().retain(|known| known.manifest().file != file || !known.is_loaded());
    }

    /// Whether what was taken last for a file's operation came from it, as it is now.
    pub fn is_last(&self, file: &Path) -> bool {
        let Ok(inspected) = Inspected::read(file) else { return false };
        let name = &inspected.manifest().name;
        let libraries = self.libraries();
        let last = libraries.iter().find(|known| known.manifest().name == *name);
        last.is_some_and(|known| known.manifest().file == file && known.is_of(inspected.bytes()))
    }

    fn find(&self, inspected: &Inspected, load: bool) -> Option<Library> {
        let manifest = inspected.manifest();
        let serves = |known: &&Library| {
            known.manifest().name == manifest.name
                && (known.is_loaded() || !load)
                && known.is_of(inspected.bytes())
        };
        self.libraries().iter().find(serves).map(|known| known.under(manifest))
    }

    /// Lays it on top; what lies too deep for its operation goes.
    fn put(&self, library: Library) {
        let mut libraries = self.libraries();
        libraries.retain(|known| !known.is_same(&library));
        libraries.insert(0, library.clone());
        let mut above = 0;
        libraries.retain(|known| {
            let is_of_it = known.manifest().name == library.manifest().name;
            above += usize::from(is_of_it);
            !is_of_it || above <= OF_EACH
        });
    }

    fn libraries(&self) -> MutexGuard<'_, Vec<Library>> {
        self.libraries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
