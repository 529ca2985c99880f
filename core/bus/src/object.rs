//! Object: something that can be called, as an argument or a result; and the name it goes by.

use crate::{Controller, Proxy, Symbol};
use std::{fmt, sync::Arc};

/// What an object is called on a connection.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectName {
    /// Bound by name, for as long as the connection lives.
    Symbol(Symbol),
    /// Passed by reference, until it is released.
    Number(u64),
}

/// An object as an argument or a result.
///
/// What arrives through a [`crate::Connection`] is either [`Object::Proxy`] (the peer's) or [`Object::Controller`] (one of
/// ours come home). The pure codec knows names only.
#[derive(Clone)]
pub enum Object {
    /// An object by the name under which the sender, or the receiver, bound it: ext 0x10.
    Name(ObjectName),
    /// A controller that the sender passed by reference: ext 0x30.
    Reference(ObjectName),
    /// A remote object. On its own connection it goes out under its name there. On another one it is bound under a fresh
    /// number and calls are passed on ([`crate::Forward`]); it goes out as ext 0x10, as Ruby does it.
    Proxy(Proxy),
    /// An object of ours: bound under a fresh number on the way out, sent as a reference (ext 0x30), kept until released.
    Controller(Arc<dyn Controller>),
    /// The same, but sent as ext 0x10: for an object that stands for a remote one, such as a victim behind the gate,
    /// where a Ruby host would send the victim's own proxy.
    Bound(Arc<dyn Controller>),
}

impl PartialEq for Object {
    /// Names by name, proxies by connection and name, controllers by identity.
    fn eq(&self, other: &Object) -> bool {
        match (self, other) {
            (Object::Name(a), Object::Name(b)) | (Object::Reference(a), Object::Reference(b)) => a == b,
            (Object::Proxy(a), Object::Proxy(b)) => a == b,
            (Object::Controller(a), Object::Controller(b)) | (Object::Bound(a), Object::Bound(b)) => {
                Arc::ptr_eq(a, b)
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Object::Name(name) => write!(f, "Name({name})"),
            Object::Reference(name) => write!(f, "Reference({name})"),
            Object::Proxy(proxy) => write!(f, "{proxy:?}"),
            Object::Controller(_) => f.write_str("Controller"),
            Object::Bound(_) => f.write_str("Bound"),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Object::Name(name) | Object::Reference(name) => name.fmt(f),
            Object::Proxy(proxy) => proxy.name().fmt(f),
            Object::Controller(_) | Object::Bound(_) => f.write_str("an object of ours"),
        }
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectName::Symbol(name) => name.fmt(f),
            ObjectName::Number(number) => number.fmt(f),
        }
    }
}

impl From<Symbol> for ObjectName {
    fn from(name: Symbol) -> ObjectName {
        ObjectName::Symbol(name)
    }
}

impl From<&str> for ObjectName {
    fn from(name: &str) -> ObjectName {
        ObjectName::Symbol(name.into())
    }
}

impl From<String> for ObjectName {
    fn from(name: String) -> ObjectName {
        ObjectName::Symbol(name.into())
    }
}

impl From<u64> for ObjectName {
    fn from(number: u64) -> ObjectName {
        ObjectName::Number(number)
    }
}
