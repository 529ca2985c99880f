//! The command line.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use chaos_kitty_worker::beside::{Reaction, STAND_IN};
use chaos_kitty_worker::{Builder, Worker};
use clap::{Args, Parser, Subcommand};
use nix::sys::signal::Signal;

use crate::naming;

/// Runs a program as a victim of Chaos Kitty.
///
/// The program starts at once, whether or not a host is there, with this terminal and these files; signals are passed
/// on to it, and its exit code is ours (128+n when signal n ended it). Exit code 127: not found, 126: cannot be
/// executed, 2: wrong use.
///
/// A delay stops it with all that it has started, and a guard, a process of its own, continues them: also when this
/// one is killed. Memory and CPU time are taken beside it, in its control group.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) wrap: Wrap,
    #[command(subcommand)]
    pub(crate) hidden: Option<Hidden>,
}

#[derive(Args, Debug)]
pub(crate) struct Wrap {
    /// The host's socket [default: chaos_kitty.ipc, or what CHAOS_KITTY_SOCKET says]
    #[arg(long)]
    pub(crate) socket: Option<PathBuf>,
    /// The victim's name [default: the program's file name]
    #[arg(long, value_parser = naming::name)]
    pub(crate) name: Option<String>,
    /// A label for selectors, as key=value; may be given more than once
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = naming::label)]
    pub(crate) labels: Vec<(String, String)>,
    /// What a method shall mean that has no meaning for a program from outside: a signal that it reacts to, as
    /// METHOD=SIGNAL (raise_error=SIGUSR1, trigger_gc=USR2, or a name of your own: reload=1); may be given more than once
    #[arg(long = "on", value_name = "METHOD=SIGNAL", value_parser = reaction)]
    pub(crate) reactions: Vec<(String, Reaction)>,
    /// Puts a small library into the program, which makes it a victim from within: its calls of the C library are delayed,
    /// cut short or failed. For programs that are dynamically linked, with all that they start
    #[arg(long)]
    pub(crate) inside: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM ARGS")]
    pub(crate) program: Vec<OsString>,
}

impl Wrap {
    /// Looks whether each method and each label is given once: of two values nobody could say which is meant.
    ///
    /// # Errors
    /// What is given twice.
    pub(crate) fn once(&self) -> Result<(), String> {
        let reactions = self.reactions.iter().map(|(method, _)| ("--on", method));
        let labels = self.labels.iter().map(|(key, _)| ("--label", key));
        let mut seen = HashSet::new();
        match reactions.chain(labels).find(|given| !seen.insert(*given)) {
            Some((option, key)) => {
                Err(format!("{option} {key}=… is given twice: give it once, with what is meant"))
            }
            None => Ok(()),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hidden {
    /// The work load of the host's demo
    #[command(hide = true)]
    DemoWork(DemoWork),
    /// A process that takes memory or CPU time beside the program
    #[command(name = STAND_IN, hide = true)]
    StandIn,
    /// A worker beside a process that a host attaches
    #[command(hide = true)]
    Attendant {
        /// The process, which standard output holds as a pidfd; standard input is the host
        #[arg(value_parser = clap::value_parser!(i32).range(1..))]
        process_id: i32,
    },
}

#[derive(Args, Debug)]
pub(crate) struct DemoWork {
    /// The victim's name
    #[arg(long)]
    pub(crate) name: String,
    /// The host's socket
    #[arg(long)]
    socket: PathBuf,
    /// Milliseconds between two lines on stdout
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    report_every_ms: u64,
}

impl DemoWork {
    pub(crate) fn worker(&self) -> Builder {
        Worker::builder().socket(&self.socket).name(&self.name).label("demo", "true")
    }

    pub(crate) fn interval(&self) -> Duration {
        Duration::from_millis(self.report_every_ms)
    }
}

fn reaction(text: &str) -> Result<(String, Reaction), String> {
    let Some((method, signal)) = text.split_once('=') else {
        return Err("a reaction is METHOD=SIGNAL, such as raise_error=SIGUSR1".to_owned());
    };
    Reaction::may_be_meant_by(method)?;
    naming::check("method", method)?;
    let bare = signal.to_ascii_uppercase();
    let bare = bare.strip_prefix("SIG").unwrap_or(&bare);
    let signal = match bare.parse::<i32>() {
        Ok(number) => Signal::try_from(number).ok(),
        Err(_) => format!("SIG{bare}").parse().ok(),
    };
    match signal {
        None => Err(format!("`{bare}` is no signal such as USR1, SIGUSR1 or 10")),
        Some(Signal::SIGSTOP | Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU) => {
            Err(format!("{bare} stops the program, and nobody would continue it: delay stops and continues"))
        }
        Some(Signal::SIGKILL) => {
            Err("no program can react to KILL, which ends it: `chaos-kitty call NAME signal signal=KILL` does that".to_owned())
        }
        Some(signal) => {
            let name = signal.as_str().trim_start_matches("SIG").to_owned();
            Ok((method.to_owned(), Reaction { number: signal as i32, name }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_after_the_dashes_is_the_programs() {
        let line = ["chaos-kitty-worker", "--label", "tier=api", "--", "sleep", "--name", "5"];
        let arguments = Arguments::try_parse_from(line).unwrap();
        assert_eq!(arguments.wrap.program, ["sleep", "--name", "5"]);
        assert_eq!(arguments.wrap.labels, [("tier".to_owned(), "api".to_owned())]);
        assert!(arguments.wrap.name.is_none() && arguments.hidden.is_none());
    }

    #[test]
    fn a_program_called_like_a_hidden_command_is_still_a_program() {
        let arguments = Arguments::try_parse_from(["chaos-kitty-worker", "--", "demo-work"]).unwrap();
        assert_eq!(arguments.wrap.program, ["demo-work"]);
    }

    #[test]
    fn wrong_use_is_refused() {
        for line in [&["chaos-kitty-worker"][..], &["chaos-kitty-worker", "--label", "tier", "--", "true"]] {
            assert!(Arguments::try_parse_from(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn a_reaction_is_a_method_and_a_signal_that_does_not_stop() {
        for signal in ["USR1", "SIGUSR1", "sigusr1", "10"] {
            let (method, reaction) = reaction(&format!("raise_error={signal}")).unwrap();
            assert_eq!((&*method, reaction.number, &*reaction.name), ("raise_error", 10, "USR1"));
        }
        assert!(reaction("reload=HUP").is_ok());
        for (wrong, why) in [
            ("raise_error", "METHOD=SIGNAL"),
            ("raise_error=USR9", "no signal"),
            ("raise_error=TSTP", "delay stops and continues"),
            ("raise_error=0", "no signal"),
            ("x=KILL", "no program can react"),
            ("x=9", "no program can react"),
            ("delay=USR1", "a meaning already"),
            ("end=USR1", "a meaning already"),
            ("=USR1", "a name"),
        ] {
            assert!(reaction(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}
