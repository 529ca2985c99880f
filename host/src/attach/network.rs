//! The networks of others: a port there is not the one that was meant, and may be what an operator has in mind.

use super::executable::all;
use super::listener::{listening, owners};
use crate::identity::says_it_has_ended;
use nix::unistd::Uid;
use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};

/// Whether others can be looked at all the same: this one has ended meanwhile, or may not be looked at.
fn may_go_on(error: &io::Error) -> bool {
    says_it_has_ended(error) || matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput)
}

/// What there is to say where nobody listens on this port in the host's own network; nothing where nobody does anywhere.
///
/// # Errors
/// There is no descriptor left to look with.
pub(super) fn objection(port: u16) -> io::Result<Option<String>> {
    let of = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net"));
    let mut known: HashSet<_> = of("self").into_iter().collect();
    let mut hidden = 0;
    for pid in all()? {
        match of(&pid.to_string()) {
            Ok(network) if known.insert(network.clone()) => {
                let sockets = match listening(&pid.to_string(), port) {
                    Err(error) if !may_go_on(&error) => return Err(error),
                    sockets => sockets.unwrap_or_default(),
                };
                if !sockets.is_empty() {
                    let pid = owners(&sockets)?.0.first().copied().unwrap_or(pid);
                    return Ok(Some(format!(
                        "no socket listens on port {port} in this host's network, and in another network namespace (a \
                         container's?) pid {pid} has one: give that pid, if it is meant"
                    )));
                }
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => hidden += 1,
            _ => {} // it is known, or its process has ended
        }
    }
    Ok((hidden > 0).then(|| {
        let (hidden, advice) = match (hidden, Uid::effective().is_root()) {
            (1, true) => ("one process".to_owned(), "give the pid, if it is one of that"),
            (_, true) => (format!("{hidden} processes"), "give the pid, if it is one of these"),
            (1, false) => ("one process".to_owned(), "give the pid, or start the host as root"),
            (_, false) => (format!("{hidden} processes"), "give the pid, or start the host as root"),
        };
        format!("no socket listens on port {port} in this host's network, and it may not look at the networks of {hidden}: {advice}")
    }))
}
