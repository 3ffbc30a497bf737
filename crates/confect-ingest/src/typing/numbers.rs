//! Numbers of a column in the one way of writing that all its values agree on.
//!
//! Most values can be read in one way only, and are. What can be read in two, `1,234` or `1.234`, and what
//! only fits the sign that the source does not declare, waits for the column's evidence (`survey`).

use super::build::Walk;
use crate::error::IngestError;
use crate::survey::NumberStyle;
use crate::values::Trouble;
use crate::values::number::{self, Amount, Shown, Sign};

/// Reads the numbers of one column.
pub(super) struct Numbers<'a> {
    walk: &'a Walk<'a>,
    rate: bool,
    declared: Sign,
    known: Option<NumberStyle>,
    failure: Option<IngestError>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(walk: &'a Walk<'a>, rate: bool) -> Self {
        let declared = walk.context.plan.declared_sign().unwrap_or(Sign::Point);
        Self { walk, rate, declared, known: None, failure: None }
    }

    /// The number, or what is wrong with it.
    #[inline]
    pub(super) fn read(&mut self, text: &str) -> Result<Amount, Trouble> {
        let sign = self.known.map_or(self.declared, |style| style.sign);
        match number::parse_decimal(text, sign == Sign::Comma, self.rate) {
            Ok(amount) if !number::may_be_grouped(text) => Ok(amount),
            outcome => self.look_closer(text, outcome),
        }
    }

    /// Reads what the declared sign alone does not settle.
    #[cold]
    fn look_closer(&mut self, text: &str, outcome: Result<Amount, Trouble>) -> Result<Amount, Trouble> {
        let infers = self.walk.context.plan.declared_sign().is_none();
        match number::shown(text, self.rate) {
            Shown::Nothing => outcome,
            // There is only one way to read it, whatever the others are.
            Shown::OnlyPoint => number::parse_decimal(text, false, self.rate),
            Shown::OnlyComma if outcome.is_ok() || !infers => outcome,
            Shown::OnlyComma => {
                let style = self.style().ok_or(Trouble::OtherDecimalSign)?;
                number::parse_decimal(text, style.sign == Sign::Comma, self.rate)
            }
            Shown::Either(mark) => {
                let style = self.style().filter(|style| !style.is_mixed).ok_or(Trouble::AmbiguousNumber)?;
                number::parse_either(text, mark, style.sign, self.rate)
            }
        }
    }

    fn style(&mut self) -> Option<NumberStyle> {
        if self.known.is_none() && self.failure.is_none() {
            match self.walk.context.decisions.number_style(self.walk.index) {
                Ok(style) => self.known = Some(style),
                Err(error) => self.failure = Some(error),
            }
        }
        self.known
    }

    /// Tells whether the column could be read at all.
    pub(super) fn end(self) -> Result<(), IngestError> {
        self.failure.map_or(Ok(()), Err)
    }
}
