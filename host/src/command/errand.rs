//! What the host has its own program do, in a process that may die of it: no commands of an operator's.

use crate::plugin::{Child, Interview, Trial};
use std::path::PathBuf;
use std::process::ExitCode;

/// Does what this process was started for; none where that is for the command line to say.
pub(super) fn run() -> Option<ExitCode> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match &*arguments {
        [errand] if errand == Trial::COMMAND => Some(Trial::carry_out()),
        [errand, copy] if errand == Interview::COMMAND => Some(Interview::carry_out(copy.as_ref())),
        [errand, instance, copy] if errand == Child::COMMAND => {
            Some(Child::carry_out(instance.to_str()?, &PathBuf::from(copy)))
        }
        _ => None,
    }
}
