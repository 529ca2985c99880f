//! What a machine does not have or allow, and a test needs.

use std::fmt::Display;
use std::io::Write;

/// Says that this test, or a part of it, is left out, and why. Past the test's own capture, for whoever reads that all is well.
pub fn skipped(why: impl Display) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}
