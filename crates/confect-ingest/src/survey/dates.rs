//! Which order the dates of a column are in.

use confect_domain::problem::printable;
use confect_domain::{FieldType, Finding, Severity};

use super::{Decisions, Place};
use crate::error::{IngestError, counted};
use crate::spec::DateOrder;
use crate::values::date::{self, DateText};

/// What a column's dates show about their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// Values that only fit day first.
    day_first: u64,
    /// Values that only fit month first.
    month_first: u64,
    /// Values that fit both and mean different days.
    both: u64,
    /// The first of these: place, value; or of any value if there is none.
    example: Option<(Place, String)>,
}

impl Evidence {
    /// The order that the column itself shows.
    fn order(&self) -> Option<DateOrder> {
        match self.day_first.cmp(&self.month_first) {
            std::cmp::Ordering::Greater => Some(DateOrder::Dmy),
            std::cmp::Ordering::Less => Some(DateOrder::Mdy),
            // Dates such as 5/5 mean the same either way.
            std::cmp::Ordering::Equal if self.both == 0 && self.day_first == 0 => Some(DateOrder::Dmy),
            std::cmp::Ordering::Equal => None,
        }
    }
}

impl Decisions<'_> {
    /// The order of a column's dates.
    ///
    /// # Errors
    /// [`IngestError::AmbiguousDates`] if nothing decides, or as much speaks for either order.
    pub(crate) fn date_order(&self, column: usize) -> Result<DateOrder, IngestError> {
        if let Some(order) = self.plan.date_order() {
            return Ok(order);
        }
        let evidence = self.dates.get_or_init(|| self.survey_dates()).as_ref().map_err(Clone::clone)?;
        let own = evidence.get(column).cloned().unwrap_or_default();
        own.order().or_else(|| sibling_order(evidence, &own)).ok_or_else(|| self.ambiguous(column, &own))
    }

    /// The proof of each order that was inferred.
    pub(super) fn date_findings(&self) -> Vec<Finding> {
        let Some(Ok(evidence)) = self.dates.get() else { return Vec::new() };
        let inferred = evidence.iter().enumerate().filter(|(_, evidence)| evidence.example.is_some());
        inferred.filter_map(|(column, own)| self.proof(column, own, evidence)).collect()
    }

    fn proof(&self, column: usize, evidence: &Evidence, all: &[Evidence]) -> Option<Finding> {
        let order = evidence.order().or_else(|| sibling_order(all, evidence))?;
        let Evidence { day_first, month_first, both, .. } = evidence;
        Some(Finding {
            code: "date-order",
            severity: Severity::Note,
            source: self.plan.name.clone(),
            file: None,
            line: None,
            column: Some(self.heading(column)),
            value: None,
            message: format!(
                "dates were read as {}: {} only day first, {month_first} only month first, {both} either way",
                order.words(),
                counted(*day_first, "value")
            ),
            remedy: format!("put `date_order = \"{}\"` into `sources/{}.toml`", order.word(), self.plan.name),
            rows: day_first + month_first + both,
        })
    }

    fn survey_dates(&self) -> Result<Vec<Evidence>, IngestError> {
        let is_dated = |field_type| matches!(field_type, FieldType::Date | FieldType::Timestamp);
        self.survey_columns(is_dated, weigh)
    }

    fn ambiguous(&self, column: usize, evidence: &Evidence) -> IngestError {
        let (place, value) = evidence.example.clone().unwrap_or_default();
        IngestError::AmbiguousDates {
            name: self.plan.name.clone(),
            column: self.heading(column),
            value: printable(&value),
            place,
            evidence: (evidence.day_first, evidence.month_first),
            rows: evidence.both,
        }
    }
}

/// The order of the source's other columns, for a column that shows nothing itself.
fn sibling_order(evidence: &[Evidence], own: &Evidence) -> Option<DateOrder> {
    if own.day_first + own.month_first > 0 {
        return None;
    }
    let decided = |column: &&Evidence| column.day_first != column.month_first;
    let mut orders = evidence.iter().filter(decided).filter_map(Evidence::order);
    let first = orders.next()?;
    orders.all(|order| order == first).then_some(first)
}

/// Adds one value's evidence.
fn weigh(evidence: &mut Evidence, _type: FieldType, text: &str, place: &dyn Fn() -> Place) {
    let Ok(DateText::Ordered(parts)) = date::parse(text) else { return };
    let example = || Some((place(), text.to_owned()));
    match parts.fits() {
        (true, true) if parts.first != parts.second => {
            if evidence.both == 0 {
                evidence.example = example();
            }
            evidence.both += 1;
        }
        (true, false) => evidence.day_first += 1,
        (false, true) => evidence.month_first += 1,
        _ => {}
    }
    if evidence.example.is_none() {
        evidence.example = example();
    }
}
