//! Who listens on a port.

use super::executable::all;
use std::collections::HashSet;
use std::fs;

/// The state of a socket that listens, and of a datagram socket that is connected to nobody: as the kernel numbers them.
const LISTENS: &str = "0A";
const UNCONNECTED: &str = "07";

/// The processes that have a socket which listens on this port, TCP or UDP, IPv4 or IPv6, in the host's network.
///
/// # Errors
/// Somebody listens, and it cannot be seen who that is.
pub(super) fn processes(port: u16) -> Result<Vec<i32>, String> {
    let tables = [("tcp", LISTENS), ("tcp6", LISTENS), ("udp", UNCONNECTED), ("udp6", UNCONNECTED)];
    let mut sockets = HashSet::new();
    for (table, state) in tables {
        // There is no table for what the kernel does not speak.
        let text = fs::read_to_string(format!("/proc/self/net/{table}")).unwrap_or_default();
        sockets.extend(inodes(&text, port, state).map(|inode| format!("socket:[{inode}]")));
    }
    if sockets.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<i32> = all().filter(|pid| has_one_of(*pid, &sockets)).collect();
    if found.is_empty() {
        return Err(format!(
            "somebody listens on port {port}, and this host may not see who: give the pid, or start the host as that user \
             or as root"
        ));
    }
    Ok(found)
}

/// The inodes of the sockets in a table that have this local port and this state.
fn inodes<'a>(table: &'a str, port: u16, state: &'a str) -> impl Iterator<Item = &'a str> {
    table.lines().skip(1).filter_map(move |line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (_, local) = fields.get(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(local, 16) == Ok(port) && fields.get(3) == Some(&state);
        // A socket that nobody has any more has none.
        fields.get(9).copied().filter(|inode| is_it && *inode != "0")
    })
}

fn has_one_of(pid: i32, sockets: &HashSet<String>) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let mut targets = descriptors.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
    targets.any(|target| target.to_str().is_some_and(|target| sockets.contains(target)))
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

    #[test]
    fn who_is_connected_to_a_port_does_not_listen_on_it() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n\
             1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1\n\
             2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0\n";
        assert_eq!(inodes(table, 8080, LISTENS).collect::<Vec<_>>(), ["4711"]);
        assert_eq!(inodes(table, 81, LISTENS).count(), 0);
    }
}
