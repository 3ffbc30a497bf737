//! Decisions that need a whole file or column, taken only when a value turns up that depends on them.
//!
//! Encoding: bytes that are not UTF-8 are windows-1252, unless the file has at least as many lines with
//! valid UTF-8 letters as lines with broken ones. Dates: a number above 12 shows which place the day has;
//! the majority of such values in a column decides, over all files; the minority is set aside.
//! Reads the files once more. Deliberately absent: guesses from a sample.

use std::sync::OnceLock;

use confect_domain::problem::printable;
use confect_domain::{FieldType, Finding, Severity};
use encoding_rs::{Encoding, WINDOWS_1252};

use crate::cells::trim;
use crate::columns::Plan;
use crate::error::{IngestError, counted};
use crate::files::{Input, open};
use crate::layout::{CellSource, FileLayout};
use crate::pipeline::BLOCK_BYTES;
use crate::spec::{DateOrder, Progress};
use crate::text::record::scan_record;
use crate::text::splitter::{Blocks, Splitter};
use crate::values::date::{self, DateText};

type Fallback = Result<Option<&'static Encoding>, IngestError>;

/// What a column's dates show about their order.
#[derive(Clone, Debug, Default)]
struct Evidence {
    /// Values that only fit day first.
    day_first: u64,
    /// Values that only fit month first.
    month_first: u64,
    /// Values that fit both and mean different days.
    both: u64,
    /// The first of these: label, line, value; or of any value if there is none.
    example: Option<(String, u64, String)>,
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

/// The decisions of one source.
pub(crate) struct Decisions<'a> {
    plan: &'a Plan,
    layouts: &'a [FileLayout],
    progress: &'a dyn Progress,
    fallbacks: Vec<OnceLock<Fallback>>,
    /// By column of the entity.
    evidence: OnceLock<Result<Vec<Evidence>, IngestError>>,
}

impl<'a> Decisions<'a> {
    pub(crate) fn new(plan: &'a Plan, layouts: &'a [FileLayout], progress: &'a dyn Progress) -> Self {
        let fallbacks = layouts.iter().map(|_| OnceLock::new()).collect();
        Self { plan, layouts, progress, fallbacks, evidence: OnceLock::new() }
    }

    /// How bytes of a file that are not UTF-8 are decoded; `None`: not at all.
    pub(crate) fn fallback(&self, file: usize) -> Fallback {
        let (Some(cell), Some(layout)) = (self.fallbacks.get(file), self.layouts.get(file)) else {
            return Ok(None);
        };
        cell.get_or_init(|| self.survey_encoding(layout)).clone()
    }

    /// Whether a file's undeclared encoding was taken to be windows-1252.
    pub(crate) fn fell_back(&self, file: usize) -> bool {
        let decided = self.fallbacks.get(file).and_then(OnceLock::get);
        matches!(decided, Some(Ok(Some(_))))
    }

    /// The order of a column's dates.
    ///
    /// # Errors
    /// [`IngestError::AmbiguousDates`] if nothing decides, or as much speaks for either order.
    pub(crate) fn date_order(&self, column: usize) -> Result<DateOrder, IngestError> {
        if let Some(order) = self.plan.date_order() {
            return Ok(order);
        }
        let evidence = self.evidence.get_or_init(|| self.survey_dates()).as_ref().map_err(Clone::clone)?;
        let own = evidence.get(column).cloned().unwrap_or_default();
        own.order().or_else(|| sibling_order(evidence, &own)).ok_or_else(|| self.ambiguous(column, &own))
    }

    /// Findings that show the proof of each order that was inferred.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let Some(Ok(evidence)) = self.evidence.get() else { return Vec::new() };
        let inferred = evidence.iter().enumerate().filter(|(_, evidence)| evidence.example.is_some());
        inferred.filter_map(|(column, evidence)| self.proof(column, evidence)).collect()
    }

    fn proof(&self, column: usize, evidence: &Evidence) -> Option<Finding> {
        let order = evidence.order().or_else(|| sibling_order(evidence_slice(&self.evidence), evidence))?;
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

    fn heading(&self, column: usize) -> String {
        let field = self.layouts.iter().find_map(|layout| match layout.sources.get(column) {
            Some(CellSource::Field(index)) => Some(layout.heading(*index)),
            _ => None,
        });
        field.unwrap_or_default()
    }

    fn ambiguous(&self, column: usize, evidence: &Evidence) -> IngestError {
        let (file, line, value) = evidence.example.clone().unwrap_or_default();
        IngestError::AmbiguousDates {
            name: self.plan.name.clone(),
            column: self.heading(column),
            value: printable(&value),
            place: (file, line),
            evidence: (evidence.day_first, evidence.month_first),
            rows: evidence.both,
        }
    }

    fn check_cancelled(&self) -> Result<(), IngestError> {
        if self.progress.cancelled() {
            return Err(IngestError::Cancelled { name: self.plan.name.clone() });
        }
        Ok(())
    }

    fn survey_encoding(&self, layout: &FileLayout) -> Fallback {
        let mut file = open(&layout.input, &self.plan.opening)?;
        let (mut good, mut bad) = (0_u64, 0_u64);
        let mut buffer = Vec::new();
        loop {
            self.check_cancelled()?;
            let read = file.read_into(&mut buffer, BLOCK_BYTES)?;
            let end = match memchr::memrchr(b'\n', &buffer) {
                Some(last) if read > 0 => last + 1,
                // A line without end is judged as it is; it is cut off anyway.
                None if read > 0 && buffer.len() < 16 * BLOCK_BYTES => continue,
                _ => buffer.len(),
            };
            for line in buffer[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
                match std::str::from_utf8(line) {
                    Ok(_) => good += 1,
                    Err(_) => bad += 1,
                }
            }
            buffer.drain(..end);
            if read == 0 {
                return Ok(if good >= bad { None } else { Some(WINDOWS_1252) });
            }
        }
    }

    fn survey_dates(&self) -> Result<Vec<Evidence>, IngestError> {
        let mut evidence = vec![Evidence::default(); self.plan.columns.len()];
        for layout in self.layouts {
            let fields: Vec<(usize, usize)> = (0..self.plan.columns.len())
                .filter(|column| is_dated(self.plan.columns[*column].entity.field_type))
                .filter_map(|column| match layout.sources.get(column) {
                    Some(CellSource::Field(field)) => Some((column, *field)),
                    _ => None,
                })
                .collect();
            if !fields.is_empty() {
                self.survey_file(layout, &fields, &mut evidence)?;
            }
        }
        Ok(evidence)
    }

    fn survey_file(
        &self,
        layout: &FileLayout,
        fields: &[(usize, usize)],
        evidence: &mut [Evidence],
    ) -> Result<(), IngestError> {
        let input = Input::new(open(&layout.input, &self.plan.opening)?, layout.reading);
        let mut splitter = Splitter::new(input, layout.dialect.clone(), layout.width, BLOCK_BYTES);
        splitter.skip(layout.skip)?;
        let mut spans = Vec::new();
        while let Some(piece) = splitter.next_piece()? {
            self.check_cancelled()?;
            let mut position = 0;
            while position < piece.bytes.len() && piece.rejection.is_none() {
                spans.clear();
                let start = position;
                let found = scan_record(&piece.bytes, start, &layout.dialect, &mut spans, layout.width);
                position = found.next.max(start + 1);
                if found.fields < layout.width || found.stray_quote.is_some() {
                    continue;
                }
                for (column, field) in fields {
                    let raw = spans.get(*field).map(|span| span.of(&piece.bytes)).unwrap_or_default();
                    let line = || piece.line + layout.dialect.lines(&piece.bytes[..start]);
                    weigh(&mut evidence[*column], raw, &layout.input.label, line);
                }
            }
        }
        Ok(())
    }
}

fn evidence_slice(cell: &OnceLock<Result<Vec<Evidence>, IngestError>>) -> &[Evidence] {
    match cell.get() {
        Some(Ok(evidence)) => evidence,
        _ => &[],
    }
}

fn is_dated(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Date | FieldType::Timestamp)
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
fn weigh(evidence: &mut Evidence, raw: &[u8], label: &str, line: impl Fn() -> u64) {
    let Some(text) = std::str::from_utf8(raw).ok().map(trim) else { return };
    let Ok(DateText::Ordered(parts)) = date::parse(text) else { return };
    let example = || Some((label.to_owned(), line(), text.to_owned()));
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
