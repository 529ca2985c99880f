//! Where the demo is shown: a live picture in a terminal, plain lines elsewhere.

use super::scene::{Phase, Scene, Seen};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::layout::{Constraint, Layout};
use ratatui::prelude::{Color, Frame, Line, Span, Style};
use ratatui::widgets::{Gauge, Paragraph, Row, Sparkline, Table, Widget};
use ratatui::{DefaultTerminal, TerminalOptions, Viewport};
use std::io::IsTerminal;

/// Rows of the live picture.
const HEIGHT: u16 = 11;

/// The picture, or lines, or (for programs) nothing at all.
pub(super) enum Screen {
    Live { terminal: Box<DefaultTerminal>, said: Vec<String> },
    Lines,
    Silent,
}

impl Screen {
    pub(super) fn open(silent: bool) -> Self {
        if silent {
            return Self::Silent;
        }
        // Inline, so that the strikes stay in the terminal's history above the picture. No raw mode: Ctrl-C is a signal.
        let options = TerminalOptions { viewport: Viewport::Inline(HEIGHT) };
        let backend = ratatui::prelude::CrosstermBackend::new(std::io::stdout());
        if !std::io::stdout().is_terminal() {
            return Self::Lines;
        }
        match ratatui::Terminal::with_options(backend, options) {
            Ok(terminal) => Self::Live { terminal: Box::new(terminal), said: Vec::new() },
            Err(_) => Self::Lines,
        }
    }

    /// Shows a line that stays, if there is one.
    pub(super) fn say(&mut self, text: Option<String>) {
        let Some(text) = text else { return };
        match self {
            // With the next picture, so that the terminal never shows one without the other.
            Self::Live { said, .. } => said.push(text),
            Self::Lines => crate::command::output::line(text),
            Self::Silent => {}
        }
    }

    /// Shows the picture, and the lines that were said since the last one above it.
    pub(super) fn draw(&mut self, scene: &Scene) {
        if let Self::Live { terminal, said } = self {
            // A terminal that went away shows nothing; the demo puts back what it did all the same.
            let _ = execute!(std::io::stdout(), BeginSynchronizedUpdate);
            let lines = std::mem::take(said);
            let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            if height > 0 {
                let _ = terminal.insert_before(height, |buffer| {
                    for (line, area) in lines.iter().zip(buffer.area.rows()) {
                        Line::from(shortened(line, area.width)).render(area, buffer);
                    }
                });
            }
            let _ = terminal.draw(|frame| draw(frame, scene));
            let _ = execute!(std::io::stdout(), EndSynchronizedUpdate);
        }
    }

    pub(super) fn close(&mut self) {
        if let Self::Live { terminal, .. } = self {
            let top = terminal.get_frame().area().as_position();
            let _ = terminal.clear();
            // What is printed next begins where the picture was.
            let _ = terminal.set_cursor_position(top);
            let _ = terminal.show_cursor();
        }
    }
}

/// A line that is cut says so.
fn shortened(line: &str, width: u16) -> String {
    let width = usize::from(width);
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn draw(frame: &mut Frame<'_>, scene: &Scene) {
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(4),
        Constraint::Length(1),
        Constraint::Length(3),
    ])
    .split(frame.area());
    let phase = match scene.phase {
        Phase::Starting => "three victims start and register",
        Phase::Before => "the victims' work before: nothing is struck",
        Phase::Struck => "chaos",
        Phase::Ending => "paused: the last effects end",
        Phase::After => "the victims' work after: everything is put back",
    };
    let share = match scene.phase {
        Phase::Struck => scene.elapsed.as_secs_f64() / scene.length.as_secs_f64(),
        Phase::Ending | Phase::After => 1.0,
        _ => 0.0,
    };
    let gauge = Gauge::default()
        .gauge_style(Style::new().fg(Color::Magenta))
        .ratio(share.clamp(0.0, 1.0))
        .label(format!("{phase}  {:.0} s", scene.elapsed.as_secs_f64()));
    frame.render_widget(gauge, rows[1]);
    let columns = ["victim", "requests/s", "p99 ms", "MiB", "CPU", "errors", "struck by"];
    let widths = [10, 11, 10, 8, 6, 7, 40].map(Constraint::Length);
    let table = Table::new(scene.victims.iter().map(row), widths)
        .header(Row::new(columns).style(Style::new().fg(Color::DarkGray)));
    frame.render_widget(table, rows[2]);
    let curves = Layout::vertical([Constraint::Length(1); 3]).split(rows[4]);
    for (victim, area) in scene.victims.iter().zip(curves.iter()) {
        let parts = Layout::horizontal([Constraint::Length(10), Constraint::Min(10)]).split(*area);
        frame.render_widget(Paragraph::new(Span::raw(victim.name)), parts[0]);
        let width = usize::from(parts[1].width);
        let skipped = victim.curve.len().saturating_sub(width);
        let curve: Vec<u64> = victim.curve.iter().skip(skipped).map(|value| *value as u64).collect();
        frame.render_widget(Sparkline::default().data(&curve).style(Style::new().fg(Color::Green)), parts[1]);
    }
    frame.render_widget(Paragraph::new("requests/s").style(Style::new().fg(Color::DarkGray)), rows[3]);
}

fn row(victim: &Seen) -> Row<'static> {
    let struck: Vec<&str> = victim.struck_by.values().map(String::as_str).collect();
    let style = if struck.is_empty() { Style::new() } else { Style::new().fg(Color::Yellow) };
    let last = &victim.last;
    Row::new([
        victim.name.to_owned(),
        format!("{:.0}", last.throughput),
        format!("{:.1}", last.p99_ms),
        format!("{:.0}", last.resident_mb),
        format!("{:.0} %", last.cpu * 100.0),
        last.errors.to_string(),
        struck.join(" "),
    ])
    .style(style)
}
