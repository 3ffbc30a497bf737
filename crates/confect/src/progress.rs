//! How far a refresh is, on a terminal; silent in a pipe.

use std::sync::Mutex;
use std::time::Duration;

use confect_service::RefreshProgress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::printer::Printer;
use crate::table::grouped;

/// Shows one line that changes.
pub(crate) struct Progress {
    bar: ProgressBar,
    step: Mutex<String>,
}

impl Progress {
    pub(crate) fn new(printer: &Printer) -> Self {
        let bar = if printer.is_watched() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:>5.dim}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, step: Mutex::new(String::new()) }
    }

    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }

    fn with_step<T>(&self, work: impl FnOnce(&mut String) -> T) -> T {
        work(&mut self.step.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl RefreshProgress for Progress {
    fn step(&self, name: &str) {
        self.with_step(|step| name.clone_into(step));
        self.bar.set_message(name.to_owned());
    }

    fn advanced(&self, bytes: u64, rows: u64) {
        let step = self.with_step(|step| step.clone());
        let megabytes = bytes / 1_000_000;
        self.bar.set_message(format!("{step}  {} rows, {megabytes} MB", grouped(&rows.to_string())));
    }
}
