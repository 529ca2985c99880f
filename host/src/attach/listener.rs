//! Sockets that listen, as the kernel lists them, and who has them.

use super::executable::all;
use std::collections::{HashMap, HashSet};
use std::{fs, io};

/// The state of a socket that listens, and of a datagram socket that is connected to nobody: as the kernel numbers them.
const LISTENS: &str = "0A";
const UNCONNECTED: &str = "07";

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Socket {
    /// As /proc/PID/fd shows it.
    link: String,
    /// Whose it is.
    pub(super) uid: u32,
}

/// The sockets that listen on this port in the network of a process.
///
/// # Errors
/// That cannot be read, as for want of descriptors; or the process has ended.
pub(super) fn listening(pid: &str, port: u16) -> io::Result<HashSet<Socket>> {
    let tables = [("tcp", LISTENS), ("tcp6", LISTENS), ("udp", UNCONNECTED), ("udp6", UNCONNECTED)];
    let mut listening = HashSet::new();
    for (table, state) in tables {
        match fs::read_to_string(format!("/proc/{pid}/net/{table}")) {
            Ok(text) => listening.extend(sockets(&text, port, state)),
            // There is no table for what the kernel does not speak.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listening)
}

/// The sockets in a table that have this local port and this state.
fn sockets(table: &str, port: u16, state: &str) -> impl Iterator<Item = Socket> {
    table.lines().skip(1).filter_map(move |line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (_, local) = fields.get(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(local, 16) == Ok(port) && fields.get(3) == Some(&state);
        // A socket that nobody has any more has none.
        let inode = fields.get(9).filter(|inode| is_it && **inode != "0")?;
        Some(Socket { link: format!("socket:[{inode}]"), uid: fields.get(7)?.parse().ok()? })
    })
}

/// The processes that have one of these sockets, and those sockets that one of them has. Who may not be looked at is left out.
///
/// # Errors
/// There is no descriptor left to look with.
pub(super) fn owners(sockets: &HashSet<Socket>) -> io::Result<(Vec<i32>, HashSet<Socket>)> {
    let by_link: HashMap<&str, &Socket> = sockets.iter().map(|socket| (&*socket.link, socket)).collect();
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for pid in all()? {
        let descriptors = match fs::read_dir(format!("/proc/{pid}/fd")) {
            Ok(descriptors) => descriptors,
            Err(error) if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) => {
                return Err(error);
            }
            Err(_) => continue,
        };
        let targets = descriptors.flatten().filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
        let theirs: Vec<_> = targets
            .filter_map(|target| by_link.get(target.to_str()?).map(|socket| (*socket).clone()))
            .collect();
        if !theirs.is_empty() {
            found.push(pid);
            seen.extend(theirs);
        }
    }
    Ok((found, seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_connected_to_a_port_does_not_listen_on_it() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4711 1 0 100 0 0 10 0\n\
             1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1\n\
             2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0\n";
        let found: Vec<_> = sockets(table, 8080, LISTENS).collect();
        assert_eq!(found, [Socket { link: "socket:[4711]".to_owned(), uid: 33 }]);
        assert_eq!(sockets(table, 81, LISTENS).count(), 0);
    }
}
