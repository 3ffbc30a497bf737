//! A file whose meaning nobody has said yet: delimiter, header row and rows as text.
//!
//! Without a mapping the header is the row, among the first 20, with the most cells that look like
//! headings: different words without digits or signs of an address. Deliberately absent: types.

use std::ops::ControlFlow;

use confect_domain::names;

use crate::convert::Opening;
use crate::error::IngestError;
use crate::files::{Identity, Input, open};
use crate::layout::header::{DELIMITERS, HEADER_ROWS, headings};
use crate::layout::sample::{self, Sample};
use crate::spec::InputFile;
use crate::stages::BLOCK_BYTES;
use crate::text::MAX_COLUMNS;
use crate::text::encoding::{Reading, decode_single_byte};
use crate::text::record::{Dialect, Span, count_line_ends, scan_record};
use crate::text::splitter::{FIELD_LIMIT, Splitter};

/// Records of the sample that are looked at for the delimiter.
const TRIAL_ROWS: usize = 200;
/// Share of the trial's records that should have the header's width.
const GOOD_SHARE: f64 = 0.8;

/// How a file is cut.
pub(crate) struct RawFile {
    pub(crate) input: InputFile,
    opening: Opening,
    identity: Identity,
    pub(crate) reading: Reading,
    pub(crate) dialect: Dialect,
    /// Headings, trimmed.
    pub(crate) header: Vec<String>,
    /// Physical line of the header.
    pub(crate) header_line: u64,
    /// Lines above the header that are not blank.
    pub(crate) titles: Vec<String>,
    pub(crate) width: usize,
    start: usize,
}

/// One record.
pub(crate) struct RawRow<'a> {
    pub(crate) cells: &'a [String],
}

struct Trial {
    delimiter: u8,
    /// Cells and place of the first rows.
    heads: Vec<(Vec<String>, usize, usize)>,
    best: usize,
    width: usize,
    score: (usize, bool, usize),
}

impl RawFile {
    /// Finds out how a file is cut; a row with all of `wanted` is the header.
    ///
    /// # Errors
    /// As reading a source: no file, no text, empty, damaged, too wide.
    pub(crate) fn open(input: &InputFile, wanted: &[&str]) -> Result<Self, IngestError> {
        let opening = Opening::alone(&input.label);
        let sample = sample::read(None, &opening, input)?;
        let mut best: Option<Trial> = None;
        for delimiter in DELIMITERS {
            let trial = attempt(&sample, delimiter, wanted);
            if best.as_ref().is_none_or(|held| trial.score > held.score) {
                best = Some(trial);
            }
        }
        let empty = || IngestError::EmptyFile { file: input.label.clone(), bytes: sample.bytes.len() as u64 };
        let trial = best.ok_or_else(empty)?;
        let (header, start, next) = trial.heads.get(trial.best).cloned().ok_or_else(empty)?;
        if header.len() > MAX_COLUMNS {
            return Err(IngestError::TooWide { file: input.label.clone(), limit: MAX_COLUMNS });
        }
        let above = sample.bytes.get(..start).unwrap_or_default();
        let titles =
            trial.heads.iter().take(trial.best).map(|(cells, _, _)| cells.join(" ").trim().to_owned());
        Ok(Self {
            input: input.clone(),
            opening,
            identity: sample.identity,
            reading: sample.reading,
            dialect: Dialect::of(trial.delimiter, None, sample.origin),
            header_line: 1 + count_line_ends(above),
            titles: titles.collect(),
            width: trial.width,
            start: next,
            header,
        })
    }

    /// Hands on every record below the header, until `visit` breaks off.
    ///
    /// # Errors
    /// A file that is damaged further on, or changed meanwhile.
    pub(crate) fn rows(
        &self,
        mut visit: impl FnMut(RawRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), IngestError> {
        self.pieces(|bytes, _| {
            let mut cells = Vec::new();
            let (mut position, mut spans) = (0, Vec::new());
            while position < bytes.len() {
                position = self.cut(bytes, position, &mut spans, &mut cells).0;
                if cells.len() == 1 && cells.first().is_some_and(|cell| cell.trim().is_empty()) {
                    continue;
                }
                if visit(RawRow { cells: &cells }).is_break() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })
    }

    /// Hands on pieces of whole records.
    pub(crate) fn pieces(
        &self,
        mut visit: impl FnMut(&[u8], usize) -> ControlFlow<()>,
    ) -> Result<(), IngestError> {
        let opened = open(&self.input, &self.opening)?;
        if *opened.identity() != self.identity {
            return Err(IngestError::FileChanged { file: self.input.label.clone() });
        }
        let input = Input::new(opened, self.reading);
        let mut splitter = Splitter::new(input, self.dialect.clone(), self.header.len(), BLOCK_BYTES);
        splitter.skip(self.start)?;
        let mut number = 0;
        while let Some(piece) = splitter.next_piece()? {
            if piece.rejection.is_none() {
                if visit(&piece.bytes, number).is_break() {
                    return Ok(());
                }
                number += 1;
            }
        }
        Ok(())
    }

    /// Cuts one record into `cells`; where the next one starts, and whether a quote is out of place.
    pub(crate) fn cut(
        &self,
        bytes: &[u8],
        start: usize,
        spans: &mut Vec<Span>,
        cells: &mut Vec<String>,
    ) -> (usize, bool) {
        spans.clear();
        let found = scan_record(bytes, start, &self.dialect, spans, FIELD_LIMIT);
        let surplus = spans.len() == self.width + 1
            && spans.last().is_some_and(|span| span.of(bytes).trim_ascii().is_empty());
        if surplus {
            spans.truncate(self.width);
        }
        cells.resize_with(spans.len(), String::new);
        for (cell, span) in cells.iter_mut().zip(spans.iter()) {
            cell.clear();
            match std::str::from_utf8(span.of(bytes)) {
                Ok(text) if matches!(self.reading, Reading::SingleByte(_)) && !text.is_ascii() => {
                    decode_into(cell, self.reading, span.of(bytes));
                }
                Ok(text) => cell.push_str(text),
                Err(_) => decode_into(cell, self.reading, span.of(bytes)),
            }
            if span.is_escaped() {
                *cell = cell.replace("\"\"", "\"");
            }
        }
        (found.next.max(start + 1), found.stray_quote.is_some() || found.unclosed)
    }
}

fn decode_into(cell: &mut String, reading: Reading, raw: &[u8]) {
    let encoding = match reading {
        Reading::SingleByte(encoding) => encoding,
        _ => encoding_rs::WINDOWS_1252,
    };
    match decode_single_byte(encoding, raw) {
        Some(text) => cell.push_str(&text),
        None => cell.push_str(&String::from_utf8_lossy(raw)),
    }
}

/// Cuts the sample with one delimiter and finds the likeliest header.
fn attempt(sample: &Sample, delimiter: u8, wanted: &[&str]) -> Trial {
    let dialect = Dialect::of(delimiter, None, sample.origin);
    let bytes = &sample.bytes;
    let mut trial = Trial { delimiter, heads: Vec::new(), best: 0, width: 0, score: (0, false, 0) };
    let (mut position, mut spans, mut widths) = (sample.mark, Vec::new(), Vec::new());
    while position < bytes.len() && widths.len() < TRIAL_ROWS {
        spans.clear();
        let start = position;
        let scanned = scan_record(bytes, start, &dialect, &mut spans, FIELD_LIMIT);
        let whole = (scanned.terminated || sample.complete) && !scanned.unclosed;
        if !whole && !widths.is_empty() {
            break;
        }
        position = scanned.next.max(start + 1);
        let record = bytes.get(start..scanned.end).unwrap_or_default();
        if scanned.fields == 1 && record.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        widths.push(scanned.fields);
        if trial.heads.len() < HEADER_ROWS {
            trial.heads.push((headings(bytes, &spans, sample.reading), start, position));
        }
    }
    let usual = modal(&widths);
    trial.best = likeliest(&trial.heads, usual, wanted);
    let header = trial.heads.get(trial.best).map(|head| head.0.clone()).unwrap_or_default();
    let trailing = header.len() > 1
        && header.last().is_some_and(String::is_empty)
        && trial.heads.iter().all(|(cells, _, _)| cells.get(header.len() - 1).is_none_or(String::is_empty));
    trial.width = header.len() - usize::from(trailing && !header.is_empty());
    let below = widths.get(trial.best..).unwrap_or_default();
    let fitting = below.iter().filter(|width| **width == header.len()).count();
    let good = fitting as f64 >= GOOD_SHARE * below.len() as f64;
    let hits = matches_of(&header, wanted);
    trial.score = (hits, good && trial.width > 1, trial.width * fitting / below.len().max(1));
    trial
}

/// The most frequent width; of several the largest.
fn modal(widths: &[usize]) -> usize {
    let count = |width: &usize| widths.iter().filter(|other| *other == width).count();
    widths.iter().max_by_key(|width| (count(width), **width)).copied().unwrap_or(0)
}

/// Which row is the header.
fn likeliest(heads: &[(Vec<String>, usize, usize)], usual: usize, wanted: &[&str]) -> usize {
    let score = |cells: &[String]| {
        let fits = cells.len() == usual || cells.len() == usual + 1 || usual == cells.len() + 1;
        let mut words: Vec<String> =
            cells.iter().filter(|cell| is_heading(cell)).map(|cell| names::normalise(cell)).collect();
        words.sort_unstable();
        words.dedup();
        (matches_of(cells, wanted), fits, words.len())
    };
    let mut best = 0;
    for (index, (cells, _, _)) in heads.iter().enumerate() {
        let held = heads.get(best).map(|head| score(&head.0));
        if held.is_some_and(|held| score(cells) > held) {
            best = index;
        }
    }
    best
}

fn matches_of(cells: &[String], wanted: &[&str]) -> usize {
    let normal: Vec<String> = cells.iter().map(|cell| names::normalise(cell)).collect();
    wanted.iter().filter(|wanted| normal.contains(&names::normalise(wanted))).count()
}

/// Whether a cell may be a heading: short, with letters, and neither an amount nor an address.
fn is_heading(cell: &str) -> bool {
    let letters = cell.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let word = letters > 1 && digits * 2 <= letters && cell.chars().count() <= 60;
    word && !cell.contains(['@', '\n'])
        && !matches!(cell, "null" | "NULL" | "None" | "nan" | "true" | "false")
}
