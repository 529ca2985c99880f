//! Objects: what is bound on a connection for the peer to call, and which of the peer's we hold proxies of.

use crate::{Controller, Limits, ObjectName, ProtocolError, Side, Symbol, proxy::Held};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

pub(crate) struct Objects {
    bound: HashMap<ObjectName, Arc<dyn Controller>>,
    numbered: usize,
    /// Nothing is bound any more.
    ended: bool,
    next: u64,
    /// One entry for each name, so that two arrivals of a name are released once.
    held: HashMap<ObjectName, Weak<Held>>,
}

impl Objects {
    /// Ruby numbers its objects evenly, so ours are odd, and the two sides' differ: a number that crosses belongs to one.
    pub(crate) fn new(side: Side) -> Objects {
        let next = match side {
            Side::Server => 1,
            Side::Client => 3,
        };
        Objects { bound: HashMap::new(), numbered: 0, ended: false, next, held: HashMap::new() }
    }

    /// Binds an object under a name. Answers what is to be dropped, once this is unlocked.
    pub(crate) fn name(&mut self, name: Symbol, object: Arc<dyn Controller>) -> Option<Arc<dyn Controller>> {
        if self.ended {
            return Some(object);
        }
        self.bound.insert(ObjectName::Symbol(name), object)
    }

    /// Binds an object under a number that was never used before.
    pub(crate) fn number(
        &mut self,
        object: Arc<dyn Controller>,
        limits: &Limits,
    ) -> Result<u64, ProtocolError> {
        if self.numbered >= limits.objects {
            return Err(ProtocolError::TooManyObjects { limit: limits.objects });
        }
        let number = self.next;
        self.next += 4;
        if !self.ended {
            self.numbered += 1;
            self.bound.insert(ObjectName::Number(number), object);
        }
        Ok(number)
    }

    pub(crate) fn get(&self, name: &ObjectName) -> Option<Arc<dyn Controller>> {
        self.bound.get(name).cloned()
    }

    /// The peer lets go of an object. Answers what is to be dropped, once this is unlocked: only what has a number.
    pub(crate) fn release(&mut self, name: &ObjectName) -> Option<Arc<dyn Controller>> {
        if matches!(name, ObjectName::Symbol(_)) {
            return None;
        }
        let object = self.bound.remove(name)?;
        self.numbered -= 1;
        Some(object)
    }

    /// What we hold of the peer's under this name; else what `hold` makes, which `limit` may forbid.
    pub(crate) fn hold(
        &mut self,
        name: ObjectName,
        limit: usize,
        hold: impl FnOnce(ObjectName) -> Held,
    ) -> Result<Arc<Held>, ProtocolError> {
        if let Some(held) = self.held.get(&name).and_then(Weak::upgrade) {
            return Ok(held);
        }
        if self.held.len() >= limit {
            return Err(ProtocolError::TooManyObjects { limit });
        }
        let held = Arc::new(hold(name.clone()));
        self.held.insert(name, Arc::downgrade(&held));
        Ok(held)
    }

    /// The last proxy of an object is dropped. Answers whether to tell the peer: not if the name has arrived again meanwhile.
    pub(crate) fn let_go(&mut self, held: &Held) -> bool {
        let ours = self.held.get(&held.name).is_some_and(|entry| std::ptr::eq(entry.as_ptr(), held));
        if ours {
            self.held.remove(&held.name);
        }
        ours
    }

    /// How many objects are bound under a number.
    pub(crate) fn numbered(&self) -> usize {
        self.numbered
    }

    /// The connection ends. Answers what is to be dropped, once this is unlocked.
    pub(crate) fn drain(&mut self) -> Vec<Arc<dyn Controller>> {
        self.ended = true;
        self.numbered = 0;
        self.held.clear();
        std::mem::take(&mut self.bound).into_values().collect()
    }
}
