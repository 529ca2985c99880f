//! How it goes, on standard error: a bar where that is a terminal, else a line for each phase.

use crate::command::one_line::one_line;
use crate::command::output;
use crate::experiment::{Course, Experiment, Observer, Phase};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// How often what is shown changes, in seconds.
const PACE: f64 = 0.1;
const BAR: &str = "{prefix:<9} [{bar:24}] {wide_msg}";

pub(super) struct Progress {
    experiment: Experiment,
    bar: Option<ProgressBar>,
    shown: f64,
}

impl Progress {
    pub(super) fn new(experiment: &Experiment) -> Self {
        // Between the lines of a log a bar would be drawn again and again.
        let is_logged = std::env::var_os("RUST_LOG").is_some_and(|level| !level.is_empty());
        let has_bar = std::io::stderr().is_terminal() && !is_logged;
        let bar = has_bar.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.with_style(style.progress_chars("=> "))
        });
        Self { experiment: experiment.clone(), bar, shown: 0.0 }
    }

    /// How long a phase takes, or may take.
    fn planned(&self, phase: Phase) -> Duration {
        let Experiment { victims, probes, duration, recovery, .. } = &self.experiment;
        match phase {
            Phase::Gathering => victims.within,
            Phase::Before => {
                let rows = probes.iter().map(|settings| settings.interval * (settings.steady - 1));
                rows.max().unwrap_or_default()
            }
            Phase::During => *duration,
            Phase::After => *recovery,
        }
    }

    fn announcement(&self, phase: Phase) -> String {
        let Experiment { victims, probes, .. } = &self.experiment;
        let time = self.planned(phase).as_secs_f64();
        match phase {
            Phase::Gathering => {
                let names = victims.names.iter().map(|name| format!(", {name}")).collect::<String>();
                let least = output::count(victims.least, "victim");
                format!("at least {least}{names} within {time} s")
            }
            Phase::Before => {
                format!("{} must hold, and there is no chaos yet", output::count(probes.len(), "probe"))
            }
            Phase::During => format!("chaos for {time} s, or until a probe fails"),
            Phase::After => format!("chaos is over: the probes must hold again within {time} s"),
        }
    }

    fn message(&self, course: &Course<'_>, now: f64) -> String {
        let phase = course.phase();
        let began = course.began(phase).unwrap_or(now);
        let left = (began + self.planned(phase).as_secs_f64() - now).max(0.0).ceil();
        let strikes = match course.strikes.count() {
            0 => String::new(),
            count => {
                format!(", {}, {} under way", output::count(count, "strike"), course.strikes.under_way())
            }
        };
        let probes = self.experiment.probes.iter().enumerate().filter_map(|(number, settings)| {
            let last = course.sightings.iter().rev().find(|sighting| sighting.probe == number)?;
            let name = one_line(&format_args!("{}", settings.name));
            Some(match &last.failure {
                None => format!("  {name} {:.0} ms", last.latency * 1000.0),
                Some(_) => format!("  {name} FAILED"),
            })
        });
        format!("{left} s left{strikes}{}", probes.collect::<String>())
    }
}

impl Observer for Progress {
    fn enters(&mut self, course: &Course<'_>) {
        let phase = course.phase();
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(phase.to_string());
                bar.set_length(self.planned(phase).as_millis() as u64);
                bar.set_position(0);
                bar.set_message(self.announcement(phase));
            }
            // A reader that went away is no reason to end.
            None => drop(writeln!(std::io::stderr(), "{phase}: {}", self.announcement(phase))),
        }
        self.shown = 0.0;
    }

    fn looks(&mut self, course: &Course<'_>, now: f64) {
        let Some(bar) = self.bar.as_ref().filter(|_| now >= self.shown + PACE) else { return };
        self.shown = now;
        let began = course.began(course.phase()).unwrap_or(now);
        let passed = ((now - began).max(0.0) * 1000.0) as u64;
        bar.set_position(passed.min(bar.length().unwrap_or(passed)));
        bar.set_message(self.message(course, now));
    }

    fn ends(&mut self) {
        // The summary comes in its place.
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
