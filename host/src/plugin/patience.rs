//! How long the host waits for a plugin.

use std::time::Duration;

/// A call to an instance that takes longer, from when its turn came, is a fault, and a poll of its run that takes longer is reported.
///
/// What a plugin does within a call is a matter of microseconds; two seconds pass on a machine that swaps.
pub const PATIENCE: Duration = Duration::from_secs(2);
