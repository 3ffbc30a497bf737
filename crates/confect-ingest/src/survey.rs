//! Decisions that need a whole file or column, taken only when a value turns up that depends on them.
//!
//! Encoding: bytes that are not UTF-8 are windows-1252, unless the file has at least as many lines with
//! valid UTF-8 letters as lines with broken ones. Dates: a number above 12 shows which place the day has;
//! the majority of such values in a column decides, over all files; the minority is set aside. Numbers:
//! `12,5` shows that the comma is the decimal sign, `12.5` that the point is.
//! Reads the files once more. Deliberately absent: guesses from a sample.

mod dates;
mod numbers;

use std::sync::OnceLock;

use confect_domain::{FieldType, Finding};
use encoding_rs::{Encoding, WINDOWS_1252};

use crate::cells::trim;
use crate::columns::Plan;
use crate::error::IngestError;
use crate::files::{Input, open};
use crate::layout::{CellSource, FileLayout};
use crate::spec::Progress;
use crate::stages::BLOCK_BYTES;
use crate::text::encoding::decode_single_byte;
use crate::text::record::scan_record;
use crate::text::splitter::{Blocks, Splitter};
pub(crate) use numbers::NumberStyle;

/// What the columns of the entity show.
type Surveyed<E> = Result<Vec<E>, IngestError>;
type Fallback = Result<Option<&'static Encoding>, IngestError>;

/// Label and line.
type Place = (String, u64);
/// Takes a value of a column; asks for its place only if that matters.
type Weigh<'a> = dyn FnMut(usize, &str, &dyn Fn() -> Place) + 'a;

/// The decisions of one source.
pub(crate) struct Decisions<'a> {
    plan: &'a Plan,
    layouts: &'a [FileLayout],
    progress: &'a dyn Progress,
    fallbacks: Vec<OnceLock<Fallback>>,
    /// By column of the entity.
    dates: OnceLock<Surveyed<dates::Evidence>>,
    numbers: OnceLock<Surveyed<numbers::Evidence>>,
}

impl<'a> Decisions<'a> {
    pub(crate) fn new(plan: &'a Plan, layouts: &'a [FileLayout], progress: &'a dyn Progress) -> Self {
        let fallbacks = layouts.iter().map(|_| OnceLock::new()).collect();
        Self { plan, layouts, progress, fallbacks, dates: OnceLock::new(), numbers: OnceLock::new() }
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

    /// Findings that show the proof of what was inferred.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.date_findings();
        findings.extend(self.number_findings());
        findings
    }

    fn heading(&self, column: usize) -> String {
        let field = self.layouts.iter().find_map(|layout| match layout.sources.get(column) {
            Some(CellSource::Field(index)) => Some(layout.heading(*index)),
            _ => None,
        });
        field.unwrap_or_default()
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

    /// Weighs every value of the columns of some types, in all files.
    fn survey_columns<E: Clone + Default>(
        &self,
        is_asked: impl Fn(FieldType) -> bool,
        weigh: impl Fn(&mut E, FieldType, &str, &dyn Fn() -> Place),
    ) -> Surveyed<E> {
        let mut evidence = vec![E::default(); self.plan.columns.len()];
        for layout in self.layouts {
            let fields: Vec<(usize, usize)> = (0..self.plan.columns.len())
                .filter(|column| is_asked(self.plan.columns[*column].entity.field_type))
                .filter_map(|column| match layout.sources.get(column) {
                    Some(CellSource::Field(field)) => Some((column, *field)),
                    _ => None,
                })
                .collect();
            if !fields.is_empty() {
                self.survey_file(layout, &fields, &mut |column, text, place| {
                    weigh(&mut evidence[column], self.plan.columns[column].entity.field_type, text, place);
                })?;
            }
        }
        Ok(evidence)
    }

    fn survey_file(
        &self,
        layout: &FileLayout,
        fields: &[(usize, usize)],
        weigh: &mut Weigh<'_>,
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
                let line = || piece.line + layout.dialect.lines(&piece.bytes[..start]);
                let place = || (layout.input.label.clone(), line());
                for (column, field) in fields {
                    let raw = spans.get(*field).map(|span| span.of(&piece.bytes)).unwrap_or_default();
                    let text = match std::str::from_utf8(raw) {
                        Ok(text) => Some(text.into()),
                        Err(_) => decode_single_byte(WINDOWS_1252, raw),
                    };
                    if let Some(text) = text {
                        weigh(*column, trim(&text), &place);
                    }
                }
            }
        }
        Ok(())
    }
}
