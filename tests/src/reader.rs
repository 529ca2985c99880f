//! Somebody who does what a page says, block by block.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::nest::Nest;
use crate::page::Block;
use crate::process::Process;
use crate::workspace::Workspace;

/// What goes on until somebody ends it, and what that takes.
const LASTING: [(&str, Signal); 3] = [
    ("chaos-kitty watch", Signal::INT),
    ("chaos-kitty serve", Signal::INT),
    // A program's end is the wrapper's too.
    ("chaos-kitty-worker", Signal::TERM),
];

/// A reader in a nest, with an installed host.
#[derive(Debug)]
pub struct Reader<'a> {
    nest: &'a Nest,
    place: PathBuf,
    path: String,
    /// With the index of what it is in [`LASTING`].
    lasting: Vec<(usize, Process)>,
    last: Last,
}

/// What was done last.
#[derive(Debug)]
enum Last {
    Nothing,
    /// A command, with its exit code and all that it said.
    Done(i32, String),
    /// The latest of those that last.
    Lasts,
}

impl<'a> Reader<'a> {
    /// One who begins at the nest's own directory. The host has no plugins beside it.
    pub fn new(nest: &'a Nest) -> Self {
        let programs = [nest.lone_host(), Workspace::built().worker().to_owned(), env!("CARGO").into()];
        let folders = programs.map(|program| program.parent().unwrap().display().to_string());
        let path = folders.join(":") + ":" + &std::env::var("PATH").unwrap_or_default();
        Self { nest, place: nest.path().to_owned(), path, lasting: Vec::new(), last: Last::Nothing }
    }

    /// Does what the blocks of a page say. What is no command and no output is handed over.
    #[track_caller]
    pub fn follow(&mut self, blocks: &[Block], otherwise: fn(&mut Self, &Block)) {
        for block in blocks {
            match &*block.language {
                "sh" => self.obey(block),
                "text" if !matches!(self.last, Last::Nothing) => self.compare(block),
                _ => {
                    self.last_is_done(&block.place);
                    otherwise(self, block);
                }
            }
        }
        self.last_is_done("the end of the page");
        while let Some((kind, process)) = self.lasting.pop() {
            end(kind, process);
        }
    }

    /// The directory that it is in.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Runs a command to its end: its exit code, and all that it said.
    #[track_caller]
    pub fn run(&mut self, command: &str) -> (i32, String) {
        let cwd = self.nest.tmp().join("cwd");
        let mut shell = self.shell();
        shell.arg("-ec").arg(format!("trap 'pwd >\"$0\"' EXIT\n{command}")).arg(&cwd);
        // However long it takes: it may compile.
        let output = shell.stdin(Stdio::null()).output().unwrap();
        self.place = std::fs::read_to_string(&cwd).unwrap().trim_end().into();
        std::fs::remove_file(cwd).unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
    }

    #[track_caller]
    fn obey(&mut self, block: &Block) {
        self.last_is_done(&block.place);
        let Some(kind) = LASTING.iter().position(|(command, _)| block.text.contains(command)) else {
            let (code, said) = self.run(&block.text);
            self.last = Last::Done(code, said);
            return;
        };
        // A second host takes the place of the first, and who watched that one is done too.
        for (kind, process) in self.lasting.extract_if(.., |(other, _)| *other <= kind && kind == 1) {
            end(kind, process);
        }
        let process =
            Process::start(&block.text, self.shell().arg("-c").arg(format!("exec env {}", block.text)));
        if kind == 1 {
            let serves =
                |line: &serde_json::Value| line.as_str().is_some_and(|line| line.contains("serving at "));
            process.complained().wait("that it serves", serves);
        }
        self.lasting.push((kind, process));
        self.last = Last::Lasts;
    }

    /// Whether the page's output is what was said. A command that fails says an error.
    #[track_caller]
    fn compare(&mut self, block: &Block) {
        match std::mem::replace(&mut self.last, Last::Nothing) {
            Last::Done(code, said) => {
                assert_eq!(
                    code != 0,
                    block.text.starts_with("error:"),
                    "{}: exit {code}\n{said}",
                    block.place
                );
                let missing = block.missing(said.lines());
                assert_eq!(missing, None, "{}: it said\n{said}", block.place);
            }
            Last::Lasts => {
                let (kind, process) = self.lasting.last().expect("it lasts");
                let log = if *kind == 1 { process.complained() } else { process.said() };
                log.wait_for(&block.place, |lines| {
                    let missing = block.missing(lines.iter().filter_map(serde_json::Value::as_str));
                    missing.is_none().then_some(())
                });
            }
            Last::Nothing => panic!("{}: the output of nothing", block.place),
        }
    }

    /// Nobody looked at what the last command said: then it did what it should.
    #[track_caller]
    fn last_is_done(&mut self, place: &str) {
        if let Last::Done(code, said) = std::mem::replace(&mut self.last, Last::Nothing) {
            assert_eq!(code, 0, "the command before {place}: {said}");
        }
    }

    fn shell(&self) -> Command {
        let mut shell = self.nest.command("sh");
        shell.current_dir(&self.place).env("PATH", &self.path).env_remove("CARGO_TARGET_DIR");
        shell
    }
}

fn end(kind: usize, mut process: Process) {
    let (_, signal) = LASTING[kind];
    // Who watches has gone with its host.
    process.signal(signal);
    process.exit();
}
