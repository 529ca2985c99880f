//! What an operator has done, written down.

use crate::host::Host;
use crate::identity::Peer;
use crate::journal::{Hand, Record, Steering};

/// Whose hand it was.
pub(super) fn hand(peer: &Peer) -> Hand {
    Hand::Operator { uid: peer.uid, pid: peer.pid }
}

pub(super) fn note(host: &Host, steering: Steering) {
    host.gate.journal().write(Record::Steering(steering));
}
