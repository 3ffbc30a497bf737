//! Which sign is the decimal one in the numbers of a column.

use confect_domain::problem::printable;
use confect_domain::{FieldType, Finding, Severity};

use super::{Decisions, Place};
use crate::error::{IngestError, counted};
use crate::values::number::{Shown, Sign, shown};

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NumberStyle {
    pub(crate) sign: Sign,
    /// Whether some values contradict, so that what can be read in two ways is not read at all.
    pub(crate) is_mixed: bool,
}

/// What a column's numbers show about their decimal sign.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// Values that only fit a decimal comma.
    comma: u64,
    /// Values that only fit a decimal point.
    point: u64,
    /// Values such as `1,234`.
    grouped_by_comma: u64,
    /// Values such as `1.234`.
    grouped_by_point: u64,
    /// The first value that can be read in two ways: place, value.
    example: Option<(Place, String)>,
}

impl Evidence {
    /// The sign that most values show.
    fn sign(&self) -> Option<Sign> {
        match self.comma.cmp(&self.point) {
            std::cmp::Ordering::Greater => Some(Sign::Comma),
            std::cmp::Ordering::Less => Some(Sign::Point),
            std::cmp::Ordering::Equal => None,
        }
    }

    fn style(&self, sign: Sign) -> NumberStyle {
        let against = if sign == Sign::Comma { self.point } else { self.comma };
        NumberStyle { sign, is_mixed: against > 0 }
    }

    fn either(&self) -> u64 {
        self.grouped_by_comma + self.grouped_by_point
    }
}

/// The style of the column at `column`; `None` if nothing decides.
///
/// `1.234` alone is how most programs write a number, so it is one; `1,234` alone is not.
fn style_of(all: &[Evidence], own: &Evidence) -> Option<NumberStyle> {
    if let Some(sign) = own.sign() {
        return Some(own.style(sign));
    }
    if own.comma > 0 {
        // As much speaks for either: the point is what a source uses that declares nothing.
        return Some(own.style(Sign::Point));
    }
    let mut others = all.iter().filter_map(Evidence::sign);
    match others.next() {
        Some(first) if others.all(|sign| sign == first) => Some(own.style(first)),
        _ => (own.grouped_by_comma == 0).then(|| own.style(Sign::Point)),
    }
}

fn decided(all: &[Evidence], own: &Evidence) -> Option<Sign> {
    style_of(all, own).map(|style| style.sign)
}

impl Decisions<'_> {
    /// How the numbers of a column are written.
    ///
    /// # Errors
    /// [`IngestError::AmbiguousNumbers`] if nothing decides.
    pub(crate) fn number_style(&self, column: usize) -> Result<NumberStyle, IngestError> {
        let is_number = |field_type| matches!(field_type, FieldType::Decimal | FieldType::Rate);
        let survey = || self.survey_columns(is_number, weigh);
        let all = self.numbers.get_or_init(survey).as_ref().map_err(Clone::clone)?;
        let own = all.get(column).cloned().unwrap_or_default();
        if let Some(declared) = self.plan.declared_sign() {
            return Ok(own.style(declared));
        }
        style_of(all, &own).ok_or_else(|| {
            let (place, value) = own.example.clone().unwrap_or_default();
            IngestError::AmbiguousNumbers {
                name: self.plan.name.clone(),
                column: printable(&self.heading(column)),
                value,
                place,
                rows: own.either(),
            }
        })
    }

    /// The proof of each sign that was inferred.
    pub(super) fn number_findings(&self) -> Vec<Finding> {
        let (Some(Ok(all)), None) = (self.numbers.get(), self.plan.declared_sign()) else {
            return Vec::new();
        };
        // That `1.234` was read as it stands is not worth a word.
        let odd = all.iter().enumerate().filter(|(_, own)| {
            own.comma + own.grouped_by_comma > 0
                || (own.either() > 0 && decided(all, own) == Some(Sign::Comma))
        });
        odd.filter_map(|(column, own)| self.number_finding(column, own, style_of(all, own)?)).collect()
    }

    fn number_finding(&self, column: usize, own: &Evidence, style: NumberStyle) -> Option<Finding> {
        let (sign, value) = match style.sign {
            Sign::Comma => ("comma", "true"),
            Sign::Point => ("point", "false"),
        };
        Some(Finding {
            code: "number-style",
            severity: Severity::Note,
            source: self.plan.name.clone(),
            file: None,
            line: None,
            column: Some(self.heading(column)),
            value: None,
            message: format!(
                "numbers were read with a decimal {sign}: {} only with a comma, {} only with a point, {} either way",
                counted(own.comma, "value"),
                own.point,
                own.either()
            ),
            remedy: format!("put `decimal_comma = {value}` into `sources/{}.toml`", self.plan.name),
            rows: own.comma + own.point + own.either(),
        })
    }
}

/// Adds one value's evidence.
fn weigh(evidence: &mut Evidence, field_type: FieldType, text: &str, place: &dyn Fn() -> Place) {
    let either = match shown(text, field_type == FieldType::Rate) {
        Shown::Nothing => return,
        Shown::OnlyPoint => &mut evidence.point,
        Shown::OnlyComma => &mut evidence.comma,
        Shown::Either(mark) => {
            if evidence.example.is_none() {
                evidence.example = Some((place(), text.to_owned()));
            }
            if mark == ',' { &mut evidence.grouped_by_comma } else { &mut evidence.grouped_by_point }
        }
    };
    *either += 1;
}
