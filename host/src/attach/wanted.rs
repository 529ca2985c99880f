//! How an operator says which process is to be attached.

use super::{executable, port, unit};
use chaos_kitty_bus::{Exception, Request, Value};
use std::fmt;
use std::path::PathBuf;

/// One of four ways to name a running process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// By its pid, in the host's namespace.
    Pid(i32),
    /// By the systemd unit that it is the main process of.
    Unit(String),
    /// By the file that it runs, exactly.
    Executable(PathBuf),
    /// By the TCP or UDP port that it listens on, in the host's network.
    Port(u16),
}

/// What may be given, one of them.
const WAYS: [&str; 4] = ["pid", "unit", "executable", "port"];

impl Wanted {
    /// # Errors
    /// ArgumentError: none of them, more than one, or one that makes no sense.
    pub(crate) fn read(request: &Request) -> Result<Self, Exception> {
        let given: Vec<(&str, &Value)> =
            WAYS.into_iter().filter_map(|way| Some((way, request.get_option(way)?))).collect();
        let [(way, value)] = given.as_slice() else {
            let given: Vec<_> = given.iter().map(|(way, _)| *way).collect();
            let given = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
            return Err(Exception::argument(format!(
                "attach takes one of {}, and {given} was given",
                WAYS.join(", ")
            )));
        };
        let wrong = |must: &str| Exception::argument(format!("attach: {way} must be {must}"));
        let text = || value.as_str().filter(|text| !text.is_empty());
        match *way {
            "pid" => {
                let pid = value.as_u64().and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0);
                pid.map(Self::Pid).ok_or_else(|| wrong("a whole number from 1"))
            }
            "unit" => {
                let name = text().filter(|name| !name.contains('/'));
                name.map(|name| Self::Unit(unit::full(name))).ok_or_else(|| wrong("the name of a unit"))
            }
            "executable" => {
                let path = text().map(PathBuf::from).filter(|path| path.is_absolute());
                path.map(Self::Executable).ok_or_else(|| wrong("an absolute path"))
            }
            _ => {
                let port = value.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
                port.map(Self::Port).ok_or_else(|| wrong("a number from 1 to 65535"))
            }
        }
    }

    /// The pids of all that are meant, without those that have ended. It reads much of /proc.
    ///
    /// # Errors
    /// Why that cannot be said, or that there is none.
    pub(crate) fn matches(&self) -> Result<Vec<i32>, String> {
        let found = match self {
            Self::Pid(pid) => return Ok(vec![*pid]),
            Self::Unit(name) => unit::processes(name),
            Self::Executable(path) => executable::processes(path),
            Self::Port(port) => port::processes(*port),
        }?;
        if found.is_empty() { Err(self.nobody()) } else { Ok(found) }
    }

    fn nobody(&self) -> String {
        match self {
            Self::Pid(pid) => format!("there is no process {pid}"),
            Self::Unit(name) => format!("{name} has no process: is it running?"),
            Self::Executable(path) => {
                let shown = path.display();
                if path.try_exists().is_ok_and(|exists| !exists) {
                    return format!(
                        "there is no file {shown}, and nobody runs one that was there: give the path of the file"
                    );
                }
                format!(
                    "nobody runs {shown}, as far as this host may see: `ls -l /proc/PID/exe` says what a process runs"
                )
            }
            Self::Port(port) => {
                format!("nobody listens on port {port}, in this host's network or in another one")
            }
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pid(pid) => write!(out, "pid {pid}"),
            Self::Unit(name) => write!(out, "unit {name}"),
            Self::Executable(path) => write!(out, "executable {}", path.display()),
            Self::Port(port) => write!(out, "port {port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[(&'static str, Value)]) -> Result<Wanted, String> {
        let mut request = Request::new("attach");
        for (key, value) in options {
            request = request.option(*key, value.clone());
        }
        Wanted::read(&request).map_err(|exception| exception.message)
    }

    #[test]
    fn it_is_one_of_four() {
        assert_eq!(read(&[("pid", 7.into())]), Ok(Wanted::Pid(7)));
        assert_eq!(read(&[("unit", "nginx".into())]), Ok(Wanted::Unit("nginx.service".into())));
        assert_eq!(read(&[("unit", "session-4.scope".into())]), Ok(Wanted::Unit("session-4.scope".into())));
        assert_eq!(read(&[("executable", "/bin/cat".into())]), Ok(Wanted::Executable("/bin/cat".into())));
        assert_eq!(read(&[("port", 80.into())]), Ok(Wanted::Port(80)));
        assert!(read(&[]).unwrap_err().contains("none was given"));
        assert!(
            read(&[("pid", 7.into()), ("port", 80.into())]).unwrap_err().contains("pid and port was given")
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (way, value) in [
            ("pid", Value::from(0)),
            ("pid", Value::from(-7)),
            ("pid", Value::from(1u64 << 40)),
            ("unit", "a/b".into()),
            ("executable", "cat".into()),
            ("port", 65_536.into()),
            ("port", 0.into()),
        ] {
            let why = read(&[(way, value)]).unwrap_err();
            assert!(why.starts_with(&format!("attach: {way} must be ")), "{why}");
        }
    }
}
