//! CallError: why a call has no answer. Silence is never a value.

use crate::{Closed, Exception, Symbol, Value};
use std::{fmt, sync::Arc, time::Duration};

/// Why a call has no answer.
#[derive(Clone, Debug)]
pub enum CallError {
    /// Nobody answered in time. It may still happen over there.
    TimedOut {
        /// What was called.
        method: Symbol,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection ended first, or had ended before.
    Closed {
        /// What was called.
        method: Symbol,
        /// Why it ended.
        why: Arc<Closed>,
    },
    /// It was never sent: a bound of ours forbids it.
    Refused {
        /// What was called.
        method: Symbol,
        /// Which bound.
        reason: String,
    },
    /// The other side raised.
    Remote(Exception),
    /// The other side threw.
    Thrown {
        /// To whoever catches this.
        tag: Value,
        /// With this.
        value: Value,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::TimedOut { method, after } => write!(
                f,
                "`{method}` was not answered within {after:?}: it may still happen; allow more time, or see whether the peer hangs"
            ),
            CallError::Closed { method, why } => {
                write!(
                    f,
                    "`{method}` has no answer, since the connection is gone ({why}): reconnect, then ask again"
                )
            }
            CallError::Refused { method, reason } => write!(f, "`{method}` was not sent: {reason}"),
            CallError::Remote(exception) => write!(f, "the other side raised {exception}"),
            CallError::Thrown { tag, value } => {
                write!(f, "the other side threw {tag:?} with {value:?}, and nobody here catches it")
            }
        }
    }
}

impl std::error::Error for CallError {}
