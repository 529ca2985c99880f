//! Who listens on a port.

use super::listener::{Socket, listening, owners};
use super::network;
use nix::unistd::{Uid, User};
use std::io;

/// The processes that have a socket which listens on this port, TCP or UDP, IPv4 or IPv6, in the host's network.
///
/// # Errors
/// Somebody listens, and it cannot be seen who that is; or in another network; or it cannot be said whether.
pub(super) fn processes(port: u16) -> Result<Vec<i32>, String> {
    let unseen = |error: io::Error| format!("it cannot be seen who listens on port {port}: {error}");
    let sockets = listening("self", port).map_err(unseen)?;
    if sockets.is_empty() {
        return network::objection(port).map_err(unseen)?.map_or(Ok(Vec::new()), Err);
    }
    let (found, seen) = owners(&sockets).map_err(unseen)?;
    // One that is gone by now needs no owner.
    let still = listening("self", port).map_err(unseen)?;
    match sockets.iter().find(|socket| !seen.contains(*socket) && still.contains(*socket)) {
        None => Ok(found),
        Some(Socket { uid, .. }) => {
            let user = User::from_uid(Uid::from_raw(*uid)).ok().flatten();
            let user = user.map_or_else(|| uid.to_string(), |user| user.name);
            let (whose, advice) = if Uid::effective().is_root() {
                (
                    "one in another pid namespace, or the kernel",
                    "give the pid, or attach it from a host in that namespace",
                )
            } else {
                (
                    "another user's, one in another pid namespace, or the kernel",
                    "start the host as that user or as root, or give the pid",
                )
            };
            Err(format!(
                "somebody listens on port {port}, with a socket of user {user}, and this host may not see which process has it \
                 ({whose}): {advice}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};

    #[test]
    fn we_listen_where_we_listen() {
        let own = std::process::id() as i32;
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        for port in [tcp.local_addr().unwrap().port(), udp.local_addr().unwrap().port()] {
            assert!(processes(port).unwrap().contains(&own), "{port}");
        }
    }
}
