//! Shows on standard error how far a long job has come.

use super::Context;
use super::args::ShowProgress;
use crate::finding::message::{plain, thousands};
use crate::path;
use crate::pipeline::{Progress, Reached, Stage};
use crate::source::Extract;
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often a line is written where there is no terminal.
const PLAIN: Duration = Duration::from_secs(30);

/// How often a terminal is written to.
const DRAWN: Duration = Duration::from_millis(100);

/// A display that runs until it is dropped.
pub(super) struct Display {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A display that failed is no reason to fail.
            let _ = thread.join();
        }
    }
}

/// Shows how far reading an extract has come, until the display is dropped.
pub(super) fn show(extract: &Extract, progress: &Progress, context: &Context<'_>) -> Display {
    let names = extract.members.iter().map(|m| plain(&path::shown(&m.path), 60)).collect();
    display(names, progress, context)
}

/// Shows how far a job on files of these names has come.
pub(super) fn display(names: Vec<String>, progress: &Progress, context: &Context<'_>) -> Display {
    let way = match context.progress {
        _ if context.quiet => None,
        ShowProgress::Never => None,
        ShowProgress::Plain => Some(PLAIN),
        ShowProgress::Auto => io::stderr().is_terminal().then_some(DRAWN),
    };
    let Some(interval) = way else { return Display { stop: None, thread: None } };
    let (stop, stopped) = channel();
    let progress = progress.clone();
    let started = context.started.instant;
    let thread = std::thread::spawn(move || {
        let bar = (interval == DRAWN).then(bar);
        let mut stage = None;
        loop {
            let reached = progress.reached();
            let name = usize::try_from(reached.item).ok().and_then(|item| names.get(item));
            // Only of what is read are the names known here.
            let name = name.filter(|_| reached.stage == Stage::Reading);
            match &bar {
                Some(bar) => draw(bar, reached, name, &mut stage),
                None => {
                    let line = line(reached, name, started.elapsed());
                    let _ = writeln!(io::stderr(), "handover: {line}");
                }
            }
            if stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        match &bar {
            Some(bar) => bar.finish_and_clear(),
            None => {
                let line = line(progress.reached(), None, started.elapsed());
                let _ = writeln!(io::stderr(), "handover: {line}");
            }
        }
    });
    Display { stop: Some(stop), thread: Some(thread) }
}

fn bar() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
}

/// Draws how far it has come; the style changes with the stage.
fn draw(
    bar: &ProgressBar,
    reached: Reached,
    name: Option<&String>,
    stage: &mut Option<(Stage, bool)>,
) {
    let is_sized = reached.total > 0;
    if *stage != Some((reached.stage, is_sized)) {
        *stage = Some((reached.stage, is_sized));
        let template = match is_sized {
            true => {
                "{prefix} {bar:24} {binary_bytes} of {binary_total_bytes}, \
                 {binary_bytes_per_sec}, {eta} left  {wide_msg}"
            }
            false => "{prefix} {spinner} {binary_bytes}  {wide_msg}",
        };
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(stage_name(reached.stage));
        bar.reset();
    }
    if is_sized {
        bar.set_length(reached.total);
        bar.set_position(reached.done.min(reached.total));
    } else {
        bar.set_position(reached.done);
    }
    bar.set_message(name.cloned().unwrap_or_default());
    bar.tick();
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Opening => "opening",
        Stage::Reading => "reading",
        Stage::Joining => "comparing keys",
        Stage::Verifying => "verifying",
    }
}

/// How far it has come, on one line.
fn line(reached: Reached, name: Option<&String>, since: Duration) -> String {
    let mut line = stage_name(reached.stage).to_owned();
    if matches!(reached.stage, Stage::Reading | Stage::Verifying) {
        let done = reached.done;
        line.push_str(&format!(": {} bytes", thousands(done)));
        if reached.total > 0 {
            let percent = u128::from(done) * 100 / u128::from(reached.total);
            line.push_str(&format!(" of {} ({}%)", thousands(reached.total), percent.min(100)));
        }
        let seconds = since.as_secs();
        if let Some(rate) = done.checked_div(seconds).filter(|rate| *rate > 0) {
            line.push_str(&format!(", {}/s", HumanBytes(rate)));
            let rest = reached.total.saturating_sub(done) / rate;
            if rest > 0 {
                line.push_str(&format!(", {} left", HumanDuration(Duration::from_secs(rest))));
            }
        }
        if let Some(name) = name.filter(|_| done < reached.total) {
            line.push_str(&format!(": {name}"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_where() {
        let reached = Reached { stage: Stage::Reading, total: 3 << 30, done: 1 << 30, item: 0 };
        let name = "patient.csv".to_owned();
        assert_eq!(
            line(reached, Some(&name), Duration::from_secs(10)),
            "reading: 1,073,741,824 bytes of 3,221,225,472 (33%), 102.40 MiB/s, 20 seconds left: \
             patient.csv"
        );
        let none = Reached { stage: Stage::Joining, ..Reached::default() };
        assert_eq!(line(none, None, Duration::ZERO), "comparing keys");
        let unknown = Reached { total: 0, ..reached };
        assert_eq!(line(unknown, None, Duration::ZERO), "reading: 1,073,741,824 bytes");
    }
}
