//! The one place that prints: data to standard output, everything else to standard error; colour only on
//! a terminal and never with `NO_COLOR`.

use std::io::{IsTerminal, Write};

use confect_domain::Problem;

/// Prints.
pub(crate) struct Printer {
    colour: bool,
}

impl Printer {
    pub(crate) fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let capable = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { colour: wanted && capable && std::io::stderr().is_terminal() }
    }

    /// Data, with a line end if it lacks one.
    pub(crate) fn data(&self, text: &str) {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let _ = written(text.as_bytes()).and_then(|()| written(end.as_bytes()));
    }

    /// A line for people.
    pub(crate) fn note(&self, text: &str) {
        note(text);
    }

    /// A problem, as its `Display` writes it.
    pub(crate) fn problem(&self, problem: &Problem) {
        let text = problem.to_string();
        if !self.colour {
            return note(&text);
        }
        let text = match text.split_once(": ") {
            Some((head, rest)) => format!("\u{1b}[1;31m{head}\u{1b}[0m: {rest}"),
            None => text,
        };
        note(&text.replace("\n  hint: ", "\n  \u{1b}[36mhint\u{1b}[0m: "));
    }

    /// Whether somebody is watching.
    pub(crate) fn is_watched(&self) -> bool {
        std::io::stderr().is_terminal()
    }
}

/// Data to standard output, from any thread. A reader that went away ends the program: nobody is left to tell.
pub(crate) fn written(data: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(data).and_then(|()| out.flush()) {
        let code = if error.kind() == std::io::ErrorKind::BrokenPipe { 0 } else { 4 };
        std::process::exit(code);
    }
    Ok(())
}

/// A line for people, from any thread.
pub(crate) fn note(text: &str) {
    // Standard error that is closed is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
