//! Progress of long commands: a bar on a terminal, otherwise lines.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

/// The progress of a known number of rows.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    total: u64,
    step: u64,
    reached: u64,
}

impl Progress {
    /// Begins at 0 of `total`. `what` names the rows, and `step` is the number between two lines.
    pub(crate) fn new(what: &str, total: u64, step: u64) -> Self {
        let style = "{bar:40} {human_pos}/{human_len} {msg}, {eta} left";
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_message(what.to_owned());
            let style = ProgressStyle::with_template(style);
            style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
        });
        Self { bar, what: what.to_owned(), total, step, reached: 0 }
    }

    /// Sets the number of finished rows.
    pub(crate) fn reached(&mut self, number: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(number),
            None if number / self.step > self.reached / self.step => {
                output::complain(format_args!("{number} of {} {}\n", self.total, self.what));
            }
            None => {}
        }
        self.reached = number;
    }

    /// Prints a line to standard output, above the bar.
    pub(crate) fn say(&self, line: &str) {
        let say = || output::say(format_args!("{line}\n"));
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
