//! What is done to the calls of a program.

use crate::{Call, Errno, Error, Result, Seconds, Value};

/// Which calls of a program's are disturbed, how, and how often: what [`Victim::disturb`](crate::Victim::disturb) takes.
///
/// ```
/// # use chaos_kitty_plugin::{Call, Disturbance, Doing, Errno};
/// let full = Doing::Fail(Errno::named("ENOSPC").unwrap());
/// let mut disk = Disturbance::new([Call::Write], full);
/// disk.path = Some("/var/*".into());
/// assert!(disk.clone().checked().is_ok());
/// disk.rate = 1.5;
/// let error = disk.checked().unwrap_err();
/// assert_eq!(error.to_string(), "rate: 1.5 is no rate: a number above 0, to 1, such as 0.5");
/// ```
///
/// There may be more to say of one in a later version, so it begins with [`Disturbance::new`] and is never written out:
///
/// ```compile_fail,E0639
/// # use chaos_kitty_plugin::{Call, Disturbance, Doing, Errno};
/// let all = Disturbance::new([Call::Read], Doing::Fail(Errno::EIO));
/// let half = Disturbance { rate: 0.5, ..all };
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Disturbance {
    /// Which calls, at least one.
    pub calls: Vec<Call>,
    /// What becomes of each.
    pub doing: Doing,
    /// Only those on a file whose path matches; `*` stands for any text.
    pub path: Option<String>,
    /// Only those to or from an address that matches: an IP address, the name that a getaddrinfo looks up, or `unix:PATH`.
    pub address: Option<String>,
    /// Only those to or from this port.
    pub port: Option<u16>,
    /// Which share of them, above 0, to 1.
    pub rate: f64,
    /// How many go by first, of which none is disturbed: 2 begins with the third.
    pub after: u32,
    /// How many at most; as many as there are where it is left out.
    pub times: Option<u32>,
    /// What decides which ones, where the rate is below 1: the same seed and the same calls, the same hits.
    pub seed: Option<u32>,
}

/// What becomes of a call. More may become of one in a later version.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doing {
    /// It fails, and nothing of it is done.
    Fail(Errno),
    /// It is made so much later.
    Delay(Seconds),
    /// It moves this share of the bytes that were asked for, above 0 and below 1.
    Cut(f64),
}

impl Disturbance {
    /// Of all of these calls, whatever they are about, until its time is over.
    pub fn new(calls: impl Into<Vec<Call>>, doing: Doing) -> Self {
        let (path, address, port, times, seed) = (None, None, None, None, None);
        Self { calls: calls.into(), doing, path, address, port, rate: 1.0, after: 0, times, seed }
    }

    /// Itself, where it is possible.
    ///
    /// # Errors
    /// [`Error::parameter`], under the name that the option has in `disturb`.
    pub fn checked(self) -> Result<Self> {
        let refused = |option, why: &str| Err(Error::parameter(option, why));
        if self.calls.is_empty() {
            return refused("calls", "there is none to be disturbed: give at least one");
        }
        if let Doing::Cut(share) = self.doing {
            if !(share > 0.0 && share < 1.0) {
                let why = format!("{share} is no share: a number above 0 and below 1, such as 0.5");
                return refused("share", &why);
            }
            if let Some(call) = self.calls.iter().find(|call| !call.moves_bytes()) {
                let why = "has no bytes to be cut short: read, write, send and recv have";
                return refused("calls", &format!("{} {why}", call.name()));
            }
        }
        if !(self.rate > 0.0 && self.rate <= 1.0) {
            let why = format!("{} is no rate: a number above 0, to 1, such as 0.5", self.rate);
            return refused("rate", &why);
        }
        for (option, number) in [("times", self.times), ("port", self.port.map(u32::from))] {
            if number == Some(0) {
                return refused(option, "0 is none: give a number from 1, or leave it out");
            }
        }
        for (option, text) in [("path", &self.path), ("address", &self.address)] {
            if text.as_ref().is_some_and(String::is_empty) {
                return refused(option, "an empty text matches nothing: leave it out for all");
            }
        }
        Ok(self)
    }

    /// As keyword arguments.
    pub(crate) fn options(&self, duration: Seconds) -> Value {
        let doing = match self.doing {
            Doing::Fail(errno) => ("errno", Value::from(errno.name())),
            Doing::Delay(time) => ("delay", time.as_f64().into()),
            Doing::Cut(share) => ("share", share.into()),
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let optional = [
            ("path", text(&self.path)),
            ("address", text(&self.address)),
            ("port", self.port.map(|port| u32::from(port).into())),
            ("rate", Some(self.rate).filter(|rate| *rate < 1.0).map(Value::from)),
            ("after", Some(self.after).filter(|after| *after > 0).map(Value::from)),
            ("times", self.times.map(Value::from)),
            ("seed", self.seed.map(Value::from)),
        ];
        let given = optional.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let all = [("calls", Value::from(self.calls.clone())), doing].into_iter().chain(given);
        let all = all.chain([("duration", Value::from(duration.as_f64()))]);
        Value::Map(all.map(|(key, value)| (Value::from(key), value)).collect())
    }
}
