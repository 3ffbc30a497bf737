//! A doubt about an answer that is given all the same: what is thin, degenerate or assumed.
//!
//! Methods never fail on data: what cannot be computed is absent from the answer and a caveat says why.

use confect_domain::{Finding, Severity};

/// Why an answer, or a part of it, should be read with care.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caveat {
    /// Stable code in kebab case, such as `rfm-degenerate`.
    pub code: &'static str,
    /// What is the matter, in one sentence.
    pub message: String,
    /// What to do about it, in one sentence.
    pub remedy: &'static str,
    /// How many customers or orders it concerns.
    pub rows: u64,
}

impl Caveat {
    /// A caveat about `rows` customers or orders.
    pub(crate) fn new(code: &'static str, rows: usize, message: String, remedy: &'static str) -> Self {
        Self { code, message, remedy, rows: rows as u64 }
    }

    /// The same as a finding of `source`.
    pub fn finding(&self, source: &str) -> Finding {
        Finding {
            code: self.code,
            severity: Severity::Warning,
            source: source.to_owned(),
            file: None,
            line: None,
            column: None,
            value: None,
            message: self.message.clone(),
            remedy: self.remedy.to_owned(),
            rows: self.rows,
        }
    }
}
