//! What a registration brings, once it has been checked.

use super::methods::Methods;
use super::victim::Kind;
use crate::backend::Backend;
use crate::identity::Process;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Somebody who is about to become a victim. What a decision looks at stays first, as in the victim.
#[derive(Debug)]
#[repr(C)]
pub struct Candidate {
    /// The methods that it declares; none where it says nothing about them.
    pub methods: Option<Methods>,
    /// Its process, proven.
    pub process: Arc<Process>,
    /// The name it wants.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The process of its worker: the same one, or the one beside it.
    pub worker: Arc<Process>,
    /// Whether the kernel vouches for the process.
    pub proven: bool,
    /// How it is reached.
    pub kind: Kind,
    /// The way to it.
    pub backend: Box<dyn Backend>,
    /// When it came, since the start of the run.
    pub since: Duration,
}

/// The longest name and label, in bytes.
const LONGEST: usize = 128;
/// The most labels.
const MOST_LABELS: usize = 64;

impl Candidate {
    /// Whether a name or a label's key or value may be one: it will stand in logs, tables and selectors.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_text(what: &str, text: &str) -> Result<(), String> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("a {what} has 1 to {LONGEST} bytes, not {}", text.len()));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() && c != ' ') {
            return Err(format!("a {what} holds no control characters"));
        }
        Ok(())
    }

    /// Whether this may be a name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_name(name: &str) -> Result<(), String> {
        Self::check_text("name", name)?;
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("a name is more than digits, which would be taken for an id: not {name}"));
        }
        Ok(())
    }

    /// Whether there may be so many labels.
    ///
    /// # Errors
    /// How many there may be.
    pub fn check_label_count(count: usize) -> Result<(), String> {
        if count <= MOST_LABELS {
            return Ok(());
        }
        Err(format!("a victim has at most {MOST_LABELS} labels, not {count}"))
    }

    /// Whether these may be labels.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check_labels(labels: &BTreeMap<String, String>) -> Result<(), String> {
        Self::check_label_count(labels.len())?;
        labels.iter().try_for_each(|(key, value)| {
            Self::check_text("label", key)?;
            if value.is_empty() { Ok(()) } else { Self::check_text("label's value", value) }
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::backend::{BoxFuture, Report};
    use crate::effect::Effect;
    use crate::identity::Processes;

    #[derive(Debug)]
    struct Nowhere {
        keeps_leases: bool,
    }

    impl Backend for Nowhere {
        fn carry_out<'a>(&'a self, _: u64, _: &'a Effect) -> BoxFuture<'a, Report> {
            Box::pin(async { Report::default() })
        }

        fn keeps_leases(&self) -> bool {
            self.keeps_leases
        }

        fn is_gone(&self) -> bool {
            false
        }

        fn end(&self, _: u64) -> BoxFuture<'_, ()> {
            Box::pin(async {})
        }
    }

    pub(crate) fn candidate(name: &str) -> Candidate {
        candidate_of(name, true)
    }

    /// One whose worker takes part in leases and observation, or does not.
    pub(crate) fn candidate_of(name: &str, keeps_leases: bool) -> Candidate {
        let process = Processes::default().own();
        Candidate {
            name: name.to_owned(),
            labels: BTreeMap::new(),
            methods: None,
            worker: Arc::clone(&process),
            process,
            proven: true,
            kind: Kind::Linked,
            backend: Box::new(Nowhere { keeps_leases }),
            since: Duration::ZERO,
        }
    }

    #[test]
    fn names_that_would_spoil_a_log_or_a_table_are_refused() {
        assert_eq!(Candidate::check_text("name", "web 1 (blue)#é"), Ok(()));
        assert!(Candidate::check_name(&"7".repeat(1 << 20)).unwrap_err().len() < 100, "and are not repeated");
        assert!(Candidate::check_name("17").is_err() && Candidate::check_name("web17").is_ok());
        for text in ["", "a\nb", "\u{1b}[2J", "tab\t", &"x".repeat(129)] {
            assert!(Candidate::check_text("name", text).is_err(), "{text:?}");
        }
    }
}
