//! One record → the places of its fields, without copying.
//!
//! Our own tokeniser rather than csv-core: csv-core copies every field, and it tells neither a stray quote
//! nor where a record stands. `tests/tokeniser.rs` compares the two on random records.

use memchr::{memchr, memchr2, memchr2_iter, memchr3_iter, memrchr2};

use crate::convert::Origin;

/// The bytes that structure a text.
#[derive(Clone)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    /// A line that starts with this byte is no record.
    comment: Option<u8>,
    /// Whether a byte ends a run of plain bytes: delimiter, quote, CR, LF.
    special: [bool; 256],
    /// Number of the first line.
    first_line: u64,
    /// Whether a record is one line whatever its quotes hold, because it stands for a row of something else.
    counts_records: bool,
}

impl Dialect {
    pub(crate) fn new(delimiter: u8, comment: Option<u8>) -> Self {
        let mut special = [false; 256];
        for byte in [delimiter, b'"', b'\r', b'\n'] {
            special[usize::from(byte)] = true;
        }
        Self { delimiter, comment, special, first_line: 1, counts_records: false }
    }

    /// That of a file; one that was converted counts the rows of the original and has no comments.
    pub(crate) fn of(delimiter: u8, comment: Option<u8>, origin: Option<Origin>) -> Self {
        match origin {
            Some(origin) => {
                Self { first_line: origin.first_line(), counts_records: true, ..Self::new(delimiter, None) }
            }
            None => Self::new(delimiter, comment),
        }
    }

    /// Whether there may be comments.
    pub(crate) fn has_comments(&self) -> bool {
        self.comment.is_some()
    }

    /// Whether the line that starts at `start` is a comment.
    #[inline]
    pub(crate) fn is_comment(&self, bytes: &[u8], start: usize) -> bool {
        self.comment.is_some() && bytes.get(start).copied() == self.comment
    }

    /// The number of the first line.
    pub(crate) fn first_line(&self) -> u64 {
        self.first_line
    }

    /// Number of lines in whole records.
    pub(crate) fn lines(&self, records: &[u8]) -> u64 {
        if !self.counts_records || memchr(b'"', records).is_none() {
            return count_line_ends(records);
        }
        // What was converted quotes only whole fields, so quotes come in pairs and records end with LF.
        let (mut lines, mut in_quotes) = (0, false);
        for position in memchr2_iter(b'"', b'\n', records) {
            match records.get(position) {
                Some(b'"') => in_quotes = !in_quotes,
                _ => lines += u64::from(!in_quotes),
            }
        }
        lines
    }

    /// Lines that the line ends inside a record add.
    pub(crate) fn inner_lines(&self, found: &Scanned) -> u64 {
        if self.counts_records { 0 } else { found.inner_lines }
    }
}

/// The place of a field's content in its chunk, quotes excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Chunks stay far below 2 GiB, so that the top bit is free for a flag.
    const ESCAPED: u32 = 1 << 31;

    fn new(start: usize, end: usize, escaped: bool) -> Self {
        Self { start: start as u32, end: end as u32 | if escaped { Self::ESCAPED } else { 0 } }
    }

    /// The raw bytes.
    #[inline]
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..(self.end & !Self::ESCAPED) as usize).unwrap_or_default()
    }

    /// The raw text.
    #[inline]
    pub(crate) fn of_text(self, text: &str) -> &str {
        text.get(self.start as usize..(self.end & !Self::ESCAPED) as usize).unwrap_or_default()
    }

    /// Whether doubled quotes have to be replaced.
    #[inline]
    pub(crate) fn is_escaped(self) -> bool {
        self.end & Self::ESCAPED != 0
    }
}

/// What was found of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scanned {
    /// End of the record, line end excluded.
    pub(crate) end: usize,
    /// Start of the next record.
    pub(crate) next: usize,
    /// Number of fields, also of those beyond the limit.
    pub(crate) fields: usize,
    /// Line ends inside quoted fields.
    pub(crate) inner_lines: u64,
    /// The first field with a quote where none may be.
    pub(crate) stray_quote: Option<usize>,
    /// Whether a quoted field reaches the end of the bytes.
    pub(crate) unclosed: bool,
    /// Whether the record ends with a line end rather than with the bytes.
    pub(crate) terminated: bool,
}

/// Scans the record that starts at `start` and appends the places of at most `limit` fields.
pub(crate) fn scan_record(
    bytes: &[u8],
    start: usize,
    dialect: &Dialect,
    spans: &mut Vec<Span>,
    limit: usize,
) -> Scanned {
    let mut found = Scanned {
        end: start,
        next: start,
        fields: 0,
        inner_lines: 0,
        stray_quote: None,
        unclosed: false,
        terminated: false,
    };
    if dialect.is_comment(bytes, start) {
        return comment_line(bytes, start, found);
    }
    let mut position = start;
    loop {
        let (span, stop) = if bytes.get(position) == Some(&b'"') {
            scan_quoted(bytes, position, dialect, &mut found)
        } else {
            let stop = scan_plain(bytes, position, dialect, &mut found);
            (Span::new(position, stop, false), stop)
        };
        if found.fields < limit {
            spans.push(span);
        }
        found.fields += 1;
        position = stop;
        match bytes.get(stop) {
            Some(&byte) if byte == dialect.delimiter => position += 1,
            _ => break,
        }
    }
    found.end = position;
    found.terminated = position < bytes.len();
    found.next = position + line_end_length(bytes, position);
    found
}

/// Whether [`scan_plain_record`] may be used on these bytes: no line ends with a CR alone.
pub(crate) fn has_plain_line_ends(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', bytes).all(|at| bytes.get(at + 1) == Some(&b'\n'))
}

/// The same as [`scan_record`] for a record without quotes, in half the time; `None` for any other, and then
/// no place is appended. Comments are not told apart.
#[inline]
pub(crate) fn scan_plain_record(
    bytes: &[u8],
    start: usize,
    delimiter: u8,
    spans: &mut Vec<Span>,
    limit: usize,
) -> Option<Scanned> {
    let rest = bytes.get(start..)?;
    let (held, mut field, mut fields) = (spans.len(), start, 0);
    let mut end = bytes.len();
    for at in memchr3_iter(delimiter, b'\n', b'"', rest) {
        match rest.get(at) {
            Some(b'\n') => {
                end = start + at;
                break;
            }
            Some(b'"') => {
                spans.truncate(held);
                return None;
            }
            _ => {
                if fields < limit {
                    spans.push(Span::new(field, start + at, false));
                }
                fields += 1;
                field = start + at + 1;
            }
        }
    }
    let terminated = end < bytes.len();
    let next = end + usize::from(terminated);
    // Where CRs are, they come before the line ends.
    let end = if terminated && end > field && bytes.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
    if fields < limit {
        spans.push(Span::new(field, end, false));
    }
    let fields = fields + 1;
    Some(Scanned { end, next, fields, inner_lines: 0, stray_quote: None, unclosed: false, terminated })
}

/// A comment is its physical line, whatever quotes and delimiters are in it; it counts as one field.
fn comment_line(bytes: &[u8], start: usize, mut found: Scanned) -> Scanned {
    let rest = bytes.get(start..).unwrap_or_default();
    found.end = memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |length| start + length);
    found.fields = 1;
    found.terminated = found.end < bytes.len();
    found.next = found.end + line_end_length(bytes, found.end);
    found
}

/// The end of an unquoted run; a quote in it is stray.
#[inline]
fn scan_plain(bytes: &[u8], start: usize, dialect: &Dialect, found: &mut Scanned) -> usize {
    let mut position = start;
    loop {
        let rest = bytes.get(position..).unwrap_or_default();
        match rest.iter().position(|byte| dialect.special[usize::from(*byte)]) {
            None => return bytes.len(),
            Some(length) if rest[length] == b'"' => {
                found.stray_quote.get_or_insert(found.fields);
                position += length + 1;
            }
            Some(length) => return position + length,
        }
    }
}

/// A quoted field that starts at `quote`: its content and where the field ends.
fn scan_quoted(bytes: &[u8], quote: usize, dialect: &Dialect, found: &mut Scanned) -> (Span, usize) {
    let inner = quote + 1;
    let (close, escaped) = closing_quote(bytes, inner);
    let end = close.unwrap_or(bytes.len());
    found.inner_lines += count_line_ends(bytes.get(inner..end).unwrap_or_default());
    let span = Span::new(inner, end, escaped);
    let Some(close) = close else {
        found.unclosed = true;
        return (span, bytes.len());
    };
    match bytes.get(close + 1) {
        Some(&byte) if byte != dialect.delimiter && byte != b'\n' && byte != b'\r' => {
            found.stray_quote.get_or_insert(found.fields);
            (span, scan_plain(bytes, close + 1, dialect, found))
        }
        _ => (span, close + 1),
    }
}

/// The quote that closes a field whose content starts at `inner`, and whether doubled quotes come before.
pub(crate) fn closing_quote(bytes: &[u8], inner: usize) -> (Option<usize>, bool) {
    let (mut position, mut escaped) = (inner, false);
    while let Some(length) = memchr(b'"', bytes.get(position..).unwrap_or_default()) {
        let quote = position + length;
        if bytes.get(quote + 1) != Some(&b'"') {
            return (Some(quote), escaped);
        }
        escaped = true;
        position = quote + 2;
    }
    (None, escaped)
}

/// Bytes of the line end at `position`: 0, 1 or 2.
pub(crate) fn line_end_length(bytes: &[u8], position: usize) -> usize {
    match (bytes.get(position), bytes.get(position + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\r' | b'\n'), _) => 1,
        _ => 0,
    }
}

/// Number of line ends: LF, CRLF and lone CR.
pub(crate) fn count_line_ends(bytes: &[u8]) -> u64 {
    let line_feeds = memchr::memchr_iter(b'\n', bytes).count();
    let lone_returns =
        memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
    (line_feeds + lone_returns) as u64
}

/// Start of the line after the one that holds `from`; `None` if that line does not end, or ends with a CR
/// that may be half of a CRLF.
pub(crate) fn next_line(bytes: &[u8], from: usize, at_end: bool) -> Option<usize> {
    let position = from + memchr2(b'\n', b'\r', bytes.get(from..)?)?;
    let next = position + line_end_length(bytes, position);
    (next < bytes.len() || at_end || bytes.get(position) == Some(&b'\n') || next == position + 2)
        .then_some(next)
}

/// Start of the line after the last line end in `bytes`; a CR at the very end does not count unless `at_end`.
pub(crate) fn after_last_line_end(bytes: &[u8], at_end: bool) -> Option<usize> {
    let last = memrchr2(b'\n', b'\r', bytes)?;
    if bytes[last] == b'\r' && last + 1 == bytes.len() && !at_end {
        return memrchr2(b'\n', b'\r', &bytes[..last]).map(|position| position + 1);
    }
    Some(last + 1)
}
