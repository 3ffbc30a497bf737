//! A problem as a person meets it: what is wrong, where, and what to do about it.
//!
//! Each crate has its own error type; at the boundary it becomes a [`Problem`], which the command
//! line prints and the server sends. The first line is short, lower case, without a full stop.

use std::fmt;

/// Who has to act, which also decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The request cannot be carried out as written (usage).
    User,
    /// A definition of the project is wrong.
    Config,
    /// The data break a rule that stops the run.
    Data,
    /// A source cannot be read.
    Source,
    /// The warehouse cannot be read or written.
    Storage,
    /// The viewer may not do this.
    Access,
    /// A bug; carries a report id.
    Internal,
}

impl ProblemKind {
    /// 0 ok; 1 data over a threshold; 2 usage or configuration; 3 source; 4 storage; 5 internal.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::User | Self::Config | Self::Access => 2,
            Self::Source => 3,
            Self::Storage => 4,
            Self::Internal => 5,
        }
    }
}

/// A message with a stable code, a detail and hints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Who has to act.
    pub kind: ProblemKind,
    /// Stable, kebab-case; scripts may rely on it.
    pub code: &'static str,
    /// One short line, lower case, no full stop, values in backticks.
    pub message: String,
    /// The place and the evidence.
    pub detail: Option<String>,
    /// What to do, each one sentence.
    pub hints: Vec<String>,
}

impl Problem {
    /// A problem with a message only.
    pub fn new(kind: ProblemKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), detail: None, hints: Vec::new() }
    }

    /// Adds the place or evidence.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds one thing to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    /// `error[code]: message`, then indented detail and hints.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error[{}]: {}", self.code, self.message)?;
        if let Some(detail) = &self.detail {
            write!(out, "\n  detail: {}", detail.replace('\n', "\n          "))?;
        }
        for hint in &self.hints {
            write!(out, "\n  hint: {}", hint.replace('\n', "\n        "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// A value from a file, safe to print: control characters escaped, at most 80 characters.
pub fn printable(value: &str) -> String {
    let mut text: String = value
        .chars()
        .take(80)
        .flat_map(|letter| {
            let plain = !letter.is_control() && !is_invisible(letter);
            let escaped = (!plain).then(|| letter.escape_unicode());
            plain.then_some(letter).into_iter().chain(escaped.into_iter().flatten())
        })
        .collect();
    if value.chars().nth(80).is_some() {
        text.push('…');
    }
    text
}

/// Zero-width and bidirectional controls, which make a name look like another.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_the_house_style_says() {
        let problem =
            Problem::new(ProblemKind::Config, "column-missing", "source `till` has no column `unit_price`")
                .with_detail("`data/till_2024.csv` has 8 columns; the closest is `UnitPrice`")
                .with_hint("map it under `[columns]` in `sources/till.toml`");
        assert_eq!(
            problem.to_string(),
            "error[column-missing]: source `till` has no column `unit_price`\n  detail: `data/till_2024.csv` has 8 columns; the closest is `UnitPrice`\n  hint: map it under `[columns]` in `sources/till.toml`"
        );
        assert_eq!(problem.kind.exit_code(), 2);
    }

    #[test]
    fn values_from_files_cannot_play_with_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\\u{a}");
        assert_eq!(printable(&"x".repeat(100)).chars().count(), 81);
    }
}
