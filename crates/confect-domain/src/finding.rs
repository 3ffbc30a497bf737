//! A finding: something about the data that a person should know, at a place, with a remedy.
//!
//! Dirty data are findings, never errors (architecture.md, invariant 4).

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing was set aside.
    Note,
    /// Something was assumed or changed; the rows are in.
    Warning,
    /// Rows were set aside.
    Quarantine,
    /// A whole file or the refresh was refused.
    Critical,
}

impl Severity {
    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Quarantine => "quarantine",
            Self::Critical => "critical",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code in kebab case, such as `bad-date`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The source it was found in.
    pub source: String,
    /// File, if one; relative to the project.
    pub file: Option<String>,
    /// Line in the file, counted from 1.
    pub line: Option<u64>,
    /// Column of the file or table.
    pub column: Option<String>,
    /// The value, as it stands in the file.
    pub value: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it, in one sentence.
    pub remedy: String,
    /// How many rows it concerns.
    pub rows: u64,
}
