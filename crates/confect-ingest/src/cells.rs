//! Stage 2, first half: a piece of whole records → the places of its rows and fields, and what is no row.
//!
//! Counts the records it finds; this is the tokenizer's side of the account.
//! Deliberately absent: types. A value is text here.

use std::borrow::Cow;

use encoding_rs::Encoding;
use memchr::memmem;

use crate::convert::Origin;
use crate::error::IngestError;
use crate::layout::{CellSource, FileLayout};
use crate::text::encoding::{Reading, decode_single_byte};
use crate::text::record::{Scanned, Span, has_plain_line_ends, scan_plain_record, scan_record};
use crate::text::{MAX_FIELD_BYTES, MAX_KEPT_BYTES};
use crate::values::Trouble;

/// The place of a record in its piece.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowPlace {
    pub(crate) start: u32,
    /// End without the line end.
    pub(crate) end: u32,
    /// Start of the next record.
    pub(crate) next: u32,
    /// Lines before it in the piece.
    pub(crate) line: u32,
    /// Line ends inside it.
    pub(crate) inner_lines: u32,
}

impl RowPlace {
    /// Bytes with the line end.
    pub(crate) fn bytes(self) -> u64 {
        u64::from(self.next - self.start)
    }
}

/// A record that is no row.
#[derive(Clone, Debug)]
pub(crate) struct Reject {
    pub(crate) place: RowPlace,
    pub(crate) trouble: Trouble,
    /// The field to blame.
    pub(crate) field: Option<usize>,
    /// Its text, with what is no text replaced.
    pub(crate) value: Option<String>,
}

/// The piece's bytes: text, or bytes some of whose rows have to be decoded.
enum Body {
    Text(String),
    Bytes(Vec<u8>),
}

/// A tokenised piece.
pub(crate) struct Cells {
    body: Body,
    /// `width` spans for each row.
    spans: Vec<Span>,
    width: usize,
    pub(crate) rows: Vec<RowPlace>,
    pub(crate) rejects: Vec<Reject>,
    /// Number of records found.
    pub(crate) found: u64,
    /// Bytes of blank lines and comments.
    pub(crate) blank_bytes: u64,
    /// Number of comments.
    pub(crate) comments: u64,
    /// How rows are decoded that are flagged in `decoded`.
    encoding: Option<&'static Encoding>,
    decoded: Vec<bool>,
    /// The first values that were taken for windows-1252 without a declaration, with their rows.
    pub(crate) assumed: Vec<(usize, String)>,
    /// How many rows were.
    pub(crate) assumed_rows: u64,
}

/// What holds for the whole piece, so that a record need not ask again.
struct Checks {
    text: bool,
    control: bool,
    replacement: bool,
    /// Decodes what is not UTF-8.
    fallback: Option<&'static Encoding>,
    /// Decodes everything that is not ASCII.
    declared: Option<&'static Encoding>,
}

/// Tokenises a piece. `fallback` is asked at most once, and only if some bytes are not UTF-8.
pub(crate) fn tokenise(
    layout: &FileLayout,
    bytes: Vec<u8>,
    fallback: impl FnOnce() -> Result<Option<&'static Encoding>, IngestError>,
) -> Result<Cells, IngestError> {
    let declared = match layout.reading {
        Reading::SingleByte(encoding) => Some(encoding),
        _ => None,
    };
    let body = match String::from_utf8(bytes) {
        Ok(text) if declared.is_none() || text.is_ascii() => Body::Text(text),
        Ok(text) => Body::Bytes(text.into_bytes()),
        Err(error) => Body::Bytes(error.into_bytes()),
    };
    let is_text = matches!(body, Body::Text(_));
    let undecided = !is_text && layout.reading == Reading::Undeclared;
    let mut cells = Cells::empty(body, layout.width);
    let raw = cells.raw();
    let checks = Checks {
        text: is_text,
        control: raw.iter().fold(false, |found, byte| found | is_control(*byte)),
        replacement: matches!(layout.reading, Reading::Converted(_))
            && memmem::find(raw, "\u{fffd}".as_bytes()).is_some(),
        fallback: if undecided { fallback()? } else { None },
        declared,
    };
    cells.encoding = checks.declared.or(checks.fallback);
    cells.scan(layout, &checks);
    Ok(cells)
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\n' && byte != b'\r' && byte != b'\t') || byte == 0x7f
}

impl Cells {
    fn empty(body: Body, width: usize) -> Self {
        Self {
            body,
            spans: Vec::new(),
            width,
            rows: Vec::new(),
            rejects: Vec::new(),
            found: 0,
            blank_bytes: 0,
            comments: 0,
            encoding: None,
            decoded: Vec::new(),
            assumed: Vec::new(),
            assumed_rows: 0,
        }
    }

    /// The piece's bytes.
    pub(crate) fn raw(&self) -> &[u8] {
        match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Bytes(bytes) => bytes,
        }
    }

    /// The bytes of a record without its line end.
    pub(crate) fn record(&self, place: RowPlace) -> &[u8] {
        self.raw().get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    fn scan(&mut self, layout: &FileLayout, checks: &Checks) {
        // Taken out while rows are added, because the scan reads from the body.
        let body = std::mem::replace(&mut self.body, Body::Bytes(Vec::new()));
        let bytes = match &body {
            Body::Text(text) => text.as_bytes(),
            Body::Bytes(bytes) => bytes,
        };
        self.spans.reserve(bytes.len() / 8);
        self.rows.reserve(bytes.len() / 64);
        let is_plain = !layout.dialect.has_comments() && has_plain_line_ends(bytes);
        let (mut position, mut line) = (0, 0);
        while position < bytes.len() {
            let held = self.spans.len();
            let (dialect, limit) = (&layout.dialect, self.width + 1);
            let found = is_plain
                .then(|| scan_plain_record(bytes, position, dialect.delimiter, &mut self.spans, limit))
                .flatten()
                .unwrap_or_else(|| scan_record(bytes, position, dialect, &mut self.spans, limit));
            let place = RowPlace {
                start: position as u32,
                end: found.end as u32,
                next: found.next as u32,
                line,
                inner_lines: layout.dialect.inner_lines(&found) as u32,
            };
            self.add(layout, checks, bytes, &found, place, held);
            position = found.next;
            line += 1 + place.inner_lines;
        }
        self.body = body;
    }

    /// Adds a record as a row, a reject or a blank line.
    fn add(
        &mut self,
        layout: &FileLayout,
        checks: &Checks,
        bytes: &[u8],
        found: &Scanned,
        place: RowPlace,
        held: usize,
    ) {
        let record = bytes.get(place.start as usize..place.end as usize).unwrap_or_default();
        let is_comment = layout.dialect.is_comment(bytes, place.start as usize);
        if is_comment || (found.fields == 1 && record.iter().all(u8::is_ascii_whitespace)) {
            self.spans.truncate(held);
            self.blank_bytes += place.bytes();
            self.comments += u64::from(is_comment);
            return;
        }
        self.found += 1;
        let fields = self.spans.get(held..).unwrap_or_default();
        match examine(layout, checks, bytes, record, found, fields) {
            Ok(decode) => {
                self.spans.truncate(held + self.width);
                if !checks.text {
                    self.decoded.push(decode);
                    self.note_assumed(layout, checks, bytes, decode, held);
                }
                self.rows.push(place);
            }
            Err((trouble, field)) => {
                let span = field.and_then(|field| self.spans.get(held + field));
                let value = span.map(|span| text_start(span.of(bytes)));
                self.spans.truncate(held);
                self.rejects.push(Reject { place, trouble, field, value });
            }
        }
    }

    fn note_assumed(
        &mut self,
        layout: &FileLayout,
        checks: &Checks,
        bytes: &[u8],
        decode: bool,
        held: usize,
    ) {
        let Some(encoding) = checks.fallback.filter(|_| decode) else { return };
        self.assumed_rows += 1;
        if self.assumed.len() >= 3 {
            return;
        }
        let fields =
            self.spans[held..].iter().enumerate().filter(|(field, _)| !layout.personal.contains(field));
        let odd = fields.map(|(_, span)| span.of(bytes)).find(|raw| std::str::from_utf8(raw).is_err());
        if let Some(text) = odd.and_then(|raw| decode_single_byte(encoding, raw)) {
            self.assumed.push((self.rows.len(), text.trim().to_owned()));
        }
    }

    /// Whether a value has blanks around it.
    #[inline]
    pub(crate) fn is_padded(&self, row: usize, field: usize) -> bool {
        let Some(span) = self.spans.get(row * self.width + field) else { return false };
        let raw = span.of(self.raw());
        let blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
        (blank(raw.first()) || blank(raw.last())) && !raw.trim_ascii().is_empty()
    }

    /// A trimmed value; `scratch` is used where quotes or letters have to be replaced.
    #[inline]
    pub(crate) fn value<'a>(&'a self, row: usize, field: usize, scratch: &'a mut String) -> &'a str {
        let Some(span) = self.spans.get(row * self.width + field) else { return "" };
        match &self.body {
            Body::Text(text) if !span.is_escaped() => trim(span.of_text(text)),
            _ => self.rewritten(row, *span, scratch),
        }
    }

    #[cold]
    fn rewritten<'a>(&self, row: usize, span: Span, scratch: &'a mut String) -> &'a str {
        let raw = span.of(self.raw());
        let decode = self.decoded.get(row).copied().unwrap_or(false);
        let text = match self.encoding {
            Some(encoding) if decode => decode_single_byte(encoding, raw).unwrap_or_default(),
            _ => Cow::Borrowed(std::str::from_utf8(raw).unwrap_or_default()),
        };
        scratch.clear();
        if span.is_escaped() {
            scratch.push_str(&text.replace("\"\"", "\""));
        } else {
            scratch.push_str(&text);
        }
        trim(scratch)
    }
}

/// Whether a record is a row, and whether it has to be decoded; else what is wrong, and with which field.
fn examine(
    layout: &FileLayout,
    checks: &Checks,
    bytes: &[u8],
    record: &[u8],
    found: &Scanned,
    spans: &[Span],
) -> Result<bool, (Trouble, Option<usize>)> {
    let mut decode = false;
    if !checks.text && !record.is_ascii() {
        decode = check_encoding(checks, record).ok_or_else(|| {
            let odd = |span: &Span| std::str::from_utf8(span.of(bytes)).is_err();
            (Trouble::BadEncoding, spans.iter().position(odd))
        })?;
    }
    if checks.replacement && memmem::find(record, "\u{fffd}".as_bytes()).is_some() {
        return Err((Trouble::BadEncoding, None));
    }
    if checks.control && record.iter().any(|byte| is_control(*byte)) {
        let place = spans.iter().position(|span| span.of(bytes).iter().any(|byte| is_control(*byte)));
        return Err((Trouble::ControlByte, place));
    }
    if found.stray_quote.is_some() {
        return Err((Trouble::StrayQuote, found.stray_quote));
    }
    if found.unclosed {
        return Err((Trouble::UnclosedQuote, None));
    }
    if layout.footer.is_footer(bytes, record, spans) {
        return Err((Trouble::Footer, None));
    }
    if found.fields != layout.width {
        check_width(layout, bytes, found, spans)?;
    }
    if !layout.error_words.is_empty() && memchr::memchr(b'#', record).is_some() {
        check_results(layout, bytes, spans)?;
    }
    if record.len() > MAX_FIELD_BYTES
        && let Some(field) = spans.iter().position(|span| span.of(bytes).len() > MAX_FIELD_BYTES)
    {
        return Err((Trouble::FieldTooLong, Some(field)));
    }
    Ok(decode)
}

/// Whether a record that is not ASCII has to be decoded; `None` if it cannot be.
fn check_encoding(checks: &Checks, record: &[u8]) -> Option<bool> {
    match (checks.declared, checks.fallback) {
        (Some(encoding), _) => decode_single_byte(encoding, record).map(|_| true),
        (None, _) if std::str::from_utf8(record).is_ok() => Some(false),
        (None, Some(encoding)) => decode_single_byte(encoding, record).map(|_| true),
        (None, None) => None,
    }
}

fn check_width(
    layout: &FileLayout,
    bytes: &[u8],
    found: &Scanned,
    spans: &[Span],
) -> Result<(), (Trouble, Option<usize>)> {
    if layout.origin == Some(Origin::Json) {
        return Err((Trouble::NotAnObject, None));
    }
    if found.fields < layout.width {
        return Err((Trouble::TooFewFields, None));
    }
    let last_empty = spans.last().is_some_and(|span| span.of(bytes).trim_ascii().is_empty());
    if layout.trailing && found.fields == layout.width + 1 && last_empty {
        return Ok(());
    }
    Err((Trouble::TooManyFields, None))
}

/// Whether a mapped field holds what a workbook shows for a formula that failed.
fn check_results(layout: &FileLayout, bytes: &[u8], spans: &[Span]) -> Result<(), (Trouble, Option<usize>)> {
    for source in &layout.sources {
        let CellSource::Field(field) = source else { continue };
        let text = spans.get(*field).map(|span| span.of(bytes)).unwrap_or_default();
        if layout.error_words.iter().any(|word| word.as_bytes() == text) {
            return Err((Trouble::NoResult, Some(*field)));
        }
    }
    Ok(())
}

/// At most 64 KiB of a field, for a person to look at.
fn text_start(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_KEPT_BYTES)]).into_owned()
}

/// Cuts blanks off both ends; most values have none.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_none_or(|byte| *byte > b' ' && *byte < 0x80);
    if plain(text.as_bytes().first()) && plain(text.as_bytes().last()) { text } else { text.trim() }
}
