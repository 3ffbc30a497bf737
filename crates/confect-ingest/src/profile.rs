//! What a file that nobody has described yet looks like: layout, and for each column what its values show.
//!
//! The first 3 MiB are looked at whole, so most files are; then some records of every later MiB and the end,
//! so that the latest day and late surprises show. All bytes are read, because the number of records is worth
//! knowing. The same file always gives the same profile.
//! Deliberately absent: what a column means, which is the proposal's (`confect-project`).

mod column;
pub(crate) mod raw;
mod sketch;

use std::ops::ControlFlow;

pub use column::{ColumnProfile, DateEvidence, NumberEvidence, Words};
pub use sketch::Sketch;

use crate::error::IngestError;
use crate::spec::InputFile;
use crate::text::record::count_line_ends;
use column::Tally;
use raw::RawFile;

/// Pieces (MiB) that are looked at whole.
const HEAD_PIECES: usize = 3;
/// Records of every later piece.
const SPREAD_RECORDS: usize = 200;
/// Records of the last piece.
const TAIL_RECORDS: usize = 2_000;
/// Rows that are kept as text, to compare columns with each other.
const SAMPLE_ROWS: usize = 4_000;

/// What a file looks like.
#[derive(Clone, Debug)]
pub struct FileProfile {
    /// The file.
    pub input: InputFile,
    /// Name of its encoding; `windows-1252` where it is neither declared nor UTF-8.
    pub encoding: String,
    /// What stands between its fields.
    pub delimiter: u8,
    /// Physical line of the headings, counted from 1.
    pub header_line: u64,
    /// Lines above the headings.
    pub titles: Vec<String>,
    /// Unpacked size.
    pub bytes: u64,
    /// About how many records there are; exact if `records_seen` is as many.
    pub records: u64,
    /// Records that were looked at.
    pub records_seen: u64,
    /// Records with another number of fields than there are headings, or with a stray quotation mark.
    pub odd_records: u64,
    /// One per heading.
    pub columns: Vec<ColumnProfile>,
    /// Some rows as text.
    pub sample: SampleRows,
}

impl FileProfile {
    /// Whether every record was looked at.
    pub fn is_whole(&self) -> bool {
        self.records == self.records_seen
    }

    /// The headings.
    pub fn headings(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.heading.as_str()).collect()
    }
}

/// Rows as text, held tightly.
#[derive(Clone, Debug, Default)]
pub struct SampleRows {
    text: String,
    ends: Vec<u32>,
    width: usize,
}

impl SampleRows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The trimmed value of a row and column; empty beyond the end.
    pub fn value(&self, row: usize, column: usize) -> &str {
        if column >= self.width {
            return "";
        }
        let index = row * self.width + column;
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.text.get(start..end(index)).unwrap_or_default()
    }

    fn push(&mut self, cells: &[String]) {
        for cell in cells {
            self.text.push_str(cell.trim());
            self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        }
    }
}

/// Looks at a file.
///
/// # Errors
/// As reading a source: no file, no text, empty, damaged, too wide.
pub fn profile_file(input: &InputFile) -> Result<FileProfile, IngestError> {
    let file = RawFile::open(input, &[])?;
    let mut survey = Survey::new(&file);
    let mut held: Option<(Vec<u8>, usize)> = None;
    file.pieces(|bytes, piece| {
        if let Some((before, number)) = held.replace((bytes.to_vec(), piece)) {
            survey.piece(&before, number, false);
        }
        ControlFlow::Continue(())
    })?;
    if let Some((last, number)) = held {
        survey.piece(&last, number, true);
    }
    Ok(survey.finish())
}

/// A look at a file under way.
struct Survey<'a> {
    file: &'a RawFile,
    tallies: Vec<Tally>,
    bytes: u64,
    records: u64,
    seen: u64,
    odd: u64,
    legacy: bool,
    sample: SampleRows,
    cells: Vec<String>,
    spans: Vec<crate::text::record::Span>,
}

impl<'a> Survey<'a> {
    fn new(file: &'a RawFile) -> Self {
        Self {
            file,
            tallies: file.header.iter().take(file.width).map(|heading| Tally::new(heading)).collect(),
            bytes: 0,
            records: 0,
            seen: 0,
            odd: 0,
            legacy: false,
            sample: SampleRows { width: file.width, ..SampleRows::default() },
            cells: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Looks at a piece, or at a part of it.
    fn piece(&mut self, bytes: &[u8], number: usize, is_last: bool) {
        self.legacy |= std::str::from_utf8(bytes).is_err();
        let limit = match () {
            () if number < HEAD_PIECES => usize::MAX,
            () if is_last => 0,
            () => SPREAD_RECORDS,
        };
        let before = self.seen + self.odd;
        let end = self.look(bytes, 0, limit);
        let rest = bytes.get(end..).unwrap_or_default();
        let mut records = self.seen + self.odd - before;
        if is_last && !rest.is_empty() {
            let tail = tail_of(rest);
            records += count_line_ends(rest.get(..tail).unwrap_or_default());
            let before = self.seen + self.odd;
            self.look(rest, tail, usize::MAX);
            records += self.seen + self.odd - before;
        } else {
            records += count_line_ends(rest);
        }
        self.bytes += bytes.len() as u64;
        self.records += records;
    }

    /// Looks at up to `limit` records; where the next one starts.
    fn look(&mut self, bytes: &[u8], start: usize, limit: usize) -> usize {
        let (mut position, mut taken) = (start, 0);
        while position < bytes.len() && taken < limit {
            let (next, is_broken) = self.file.cut(bytes, position, &mut self.spans, &mut self.cells);
            position = next;
            if self.cells.len() == 1 && self.cells.first().is_some_and(|cell| cell.trim().is_empty()) {
                continue;
            }
            taken += 1;
            if is_broken || self.cells.len() != self.tallies.len() {
                self.odd += 1;
                continue;
            }
            self.seen += 1;
            if self.sample.len() < SAMPLE_ROWS {
                self.sample.push(&self.cells);
            }
            for (tally, cell) in self.tallies.iter_mut().zip(&self.cells) {
                tally.add(cell);
            }
        }
        position
    }

    fn finish(self) -> FileProfile {
        let undeclared = self.file.reading == crate::text::encoding::Reading::Undeclared;
        let encoding = match undeclared && self.legacy {
            true => "windows-1252",
            false => self.file.reading.name(),
        };
        FileProfile {
            input: self.file.input.clone(),
            encoding: encoding.to_owned(),
            delimiter: self.file.dialect.delimiter,
            header_line: self.file.header_line,
            titles: self.file.titles.clone(),
            bytes: self.bytes,
            records: self.records,
            records_seen: self.seen + self.odd,
            odd_records: self.odd,
            columns: self.tallies.into_iter().map(Tally::finish).collect(),
            sample: self.sample,
        }
    }
}

/// Where the last records of a piece start: after a line end that is not inside quotes, as far as an even
/// number of quotes before it shows.
fn tail_of(bytes: &[u8]) -> usize {
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', bytes).collect();
    let from = ends.len().saturating_sub(TAIL_RECORDS + 1);
    let mut quotes = 0;
    let mut last = 0;
    for (index, end) in ends.iter().enumerate() {
        quotes += memchr::memchr_iter(b'"', bytes.get(last..*end).unwrap_or_default()).count();
        last = *end;
        if index >= from && quotes % 2 == 0 {
            return end + 1;
        }
    }
    bytes.len()
}
