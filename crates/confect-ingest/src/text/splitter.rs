//! Stage 1: a stream of bytes → pieces of whole records, without holding the file.
//!
//! A piece of records ends after a line end that is outside quotes. What is no record comes as a rejected
//! piece: the first physical line of a record whose quote is never closed, or a record beyond 16 MiB.
//! The result does not depend on how the stream happens to be cut into blocks.
//! Deliberately absent: fields, which are stage 2's.

use memchr::{memchr, memchr2};
use xxhash_rust::xxh3::Xxh3;

use super::record::{
    Dialect, Span, after_last_line_end, closing_quote, count_line_ends, next_line, scan_record,
};
use super::{MAX_COLUMNS, MAX_FIELD_BYTES, MAX_FIELD_LINES, MAX_KEPT_BYTES, MAX_RECORD_BYTES};
use crate::error::IngestError;

/// Where bytes come from.
pub(crate) trait Blocks {
    /// Appends about `want` bytes (a converted text may be somewhat longer); 0 only at the end.
    fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError>;
}

/// Why a piece is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    UnclosedQuote,
    RecordTooLong,
}

/// Some bytes of a file.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Whole records with their line ends, or at most 64 KiB of a rejected line.
    pub(crate) bytes: Vec<u8>,
    /// Offset of the first byte.
    pub(crate) offset: u64,
    /// Physical line of the first byte, counted from 1.
    pub(crate) line: u64,
    /// Length in the file, with line ends.
    pub(crate) length: u64,
    /// Length of the line end of a rejected line.
    pub(crate) line_end: u64,
    /// Set if this is no record.
    pub(crate) rejection: Option<Rejection>,
}

/// Cuts a stream into pieces.
pub(crate) struct Splitter<B> {
    blocks: B,
    dialect: Dialect,
    /// Number of fields that a record should have.
    width: usize,
    block_bytes: usize,
    buffer: Vec<u8>,
    /// Start of what has not been handed on.
    start: usize,
    at_end: bool,
    offset: u64,
    line: u64,
    /// Of all bytes read so far.
    hash: Box<Xxh3>,
}

/// What to do with the bytes at hand.
enum Cut {
    /// Hand on this many bytes as records.
    Records(usize),
    /// The first line, which ends there, is rejected.
    Reject(usize),
    /// Read on.
    More,
}

impl<B: Blocks> Splitter<B> {
    pub(crate) fn new(blocks: B, dialect: Dialect, width: usize, block_bytes: usize) -> Self {
        let line = dialect.first_line();
        Self {
            blocks,
            dialect,
            width,
            block_bytes,
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            offset: 0,
            line,
            hash: Box::new(Xxh3::new()),
        }
    }

    /// The stream, for what it knows at the end.
    pub(crate) fn blocks(&self) -> &B {
        &self.blocks
    }

    /// The hash of all bytes read so far; at the end, of the file's content.
    pub(crate) fn content_hash(&self) -> u128 {
        self.hash.digest128()
    }

    /// Passes over the first `bytes` bytes: byte order mark, title lines and header.
    pub(crate) fn skip(&mut self, bytes: usize) -> Result<(), IngestError> {
        while self.buffer.len() < bytes && !self.at_end {
            self.fill()?;
        }
        let end = bytes.min(self.buffer.len());
        self.line += self.dialect.lines(&self.buffer[..end]);
        self.offset += end as u64;
        self.start = end;
        Ok(())
    }

    /// The next piece; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Option<Piece>, IngestError> {
        loop {
            if self.buffer.len() - self.start < self.block_bytes && !self.at_end {
                self.fill()?;
            }
            if self.start == self.buffer.len() && self.at_end {
                return Ok(None);
            }
            match self.scan() {
                Cut::Records(end) => return Ok(Some(self.take_records(end))),
                Cut::Reject(end) => return Ok(Some(self.take_rejected(end))),
                Cut::More if self.buffer.len() - self.start >= MAX_RECORD_BYTES => {
                    return self.skip_long_record().map(Some);
                }
                Cut::More => self.fill()?,
            }
        }
    }

    /// Reads one more block.
    fn fill(&mut self) -> Result<(), IngestError> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let wanted = self.block_bytes;
        self.buffer.reserve(wanted);
        let (before, mut read) = (self.buffer.len(), 0);
        while read < wanted && !self.at_end {
            let got = self.blocks.read_into(&mut self.buffer, wanted - read)?;
            self.at_end = got == 0;
            read += got;
        }
        self.hash.update(self.buffer.get(before..).unwrap_or_default());
        Ok(())
    }

    /// Decides on the bytes at hand, quote by quote; between quotes only line ends matter.
    fn scan(&self) -> Cut {
        let bytes = &self.buffer[self.start..];
        let (mut record, mut position) = (0, 0);
        while let Some(length) = memchr(b'"', &bytes[position..]) {
            let quote = position + length;
            if let Some(end) = after_last_line_end(&bytes[position..quote], true) {
                record = position + end;
            }
            let opens = (quote == record || bytes[quote - 1] == self.dialect.delimiter)
                && !self.dialect.is_comment(bytes, record);
            if !opens {
                position = quote + 1;
                continue;
            }
            let (close, _) = closing_quote(bytes, quote + 1);
            // A quote that is the last byte at hand may turn out to be the first of two.
            match close.filter(|close| close + 1 < bytes.len() || self.at_end) {
                Some(close) if is_one_line(&bytes[quote + 1..close]) => position = close + 1,
                Some(close) => match self.is_plausible(bytes, record, quote, close) {
                    Some(true) => position = close + 1,
                    Some(false) => return self.reject(bytes, record),
                    None => return before(record),
                },
                None if self.at_end || is_too_long(&bytes[quote + 1..]) => return self.reject(bytes, record),
                None => return before(record),
            }
        }
        if self.at_end {
            return Cut::Records(bytes.len());
        }
        let end = after_last_line_end(&bytes[position..], false);
        before(end.map_or(record, |end| position + end))
    }

    /// Whether a quoted field that spans lines is meant; `None` if more bytes are needed to tell.
    ///
    /// It is not if it is too long, if something else than a delimiter follows its closing quote, or if
    /// the record has the wrong number of fields while its second line alone has the right one.
    fn is_plausible(&self, bytes: &[u8], record: usize, quote: usize, close: usize) -> Option<bool> {
        let follower = bytes.get(close + 1).copied().unwrap_or(b'\n');
        let closes_field = follower == self.dialect.delimiter || matches!(follower, b'\r' | b'\n');
        if !closes_field || is_too_long(&bytes[quote + 1..close]) {
            return Some(false);
        }
        let mut spans: Vec<Span> = Vec::new();
        let whole = scan_record(bytes, record, &self.dialect, &mut spans, 0);
        let fits = |fields: usize| fields == self.width || fields == self.width + 1;
        if !whole.terminated && !self.at_end {
            return None;
        }
        if fits(whole.fields) {
            return Some(true);
        }
        let second = next_line(bytes, record, self.at_end)?;
        let alone = scan_record(bytes, second, &self.dialect, &mut spans, 0);
        Some(!fits(alone.fields) || alone.inner_lines > 0 || alone.unclosed)
    }

    /// Rejects the first line of the record at `record`, after what comes before it was handed on.
    fn reject(&self, bytes: &[u8], record: usize) -> Cut {
        if record > 0 {
            return Cut::Records(record);
        }
        match next_line(bytes, 0, self.at_end) {
            Some(end) => Cut::Reject(end),
            None if self.at_end => Cut::Reject(bytes.len()),
            None => Cut::More,
        }
    }

    fn take_records(&mut self, end: usize) -> Piece {
        let rest = self.buffer.len() - self.start - end;
        let bytes = if self.start == 0 && rest < end {
            // The usual case: the buffer itself is handed on, and only the start of the next record copied.
            let mut next = Vec::with_capacity(self.block_bytes + rest);
            next.extend_from_slice(&self.buffer[end..]);
            let mut bytes = std::mem::replace(&mut self.buffer, next);
            bytes.truncate(end);
            bytes
        } else {
            let bytes = self.buffer[self.start..self.start + end].to_vec();
            self.start += end;
            bytes
        };
        let lines = self.dialect.lines(&bytes);
        self.advance(bytes, end as u64, 0, lines, None)
    }

    fn take_rejected(&mut self, end: usize) -> Piece {
        let line = &self.buffer[self.start..self.start + end];
        let content = memchr2(b'\n', b'\r', line).unwrap_or(end);
        let kept = line[..content.min(MAX_KEPT_BYTES)].to_vec();
        self.start += end;
        self.advance(kept, end as u64, (end - content) as u64, 1, Some(Rejection::UnclosedQuote))
    }

    /// Drops bytes up to the next line end; memory stays at one block.
    fn skip_long_record(&mut self) -> Result<Piece, IngestError> {
        let kept = self.buffer[self.start..self.start + MAX_KEPT_BYTES].to_vec();
        let mut length = 0_u64;
        loop {
            let bytes = &self.buffer[self.start..];
            if let Some(next) = next_line(bytes, 0, self.at_end) {
                let content = memchr2(b'\n', b'\r', bytes).unwrap_or(next);
                self.start += next;
                length += next as u64;
                return Ok(self.advance(
                    kept,
                    length,
                    (next - content) as u64,
                    1,
                    Some(Rejection::RecordTooLong),
                ));
            }
            // A CR that ends the block stays, because an LF may follow.
            let keep = usize::from(bytes.last() == Some(&b'\r') && !self.at_end);
            length += (bytes.len() - keep) as u64;
            self.start = self.buffer.len() - keep;
            if self.at_end {
                return Ok(self.advance(kept, length, 0, 1, Some(Rejection::RecordTooLong)));
            }
            self.fill()?;
            self.buffer.shrink_to(2 * self.block_bytes);
        }
    }

    fn advance(
        &mut self,
        bytes: Vec<u8>,
        length: u64,
        line_end: u64,
        lines: u64,
        rejection: Option<Rejection>,
    ) -> Piece {
        let piece = Piece { bytes, offset: self.offset, line: self.line, length, line_end, rejection };
        self.offset += length;
        self.line += lines;
        piece
    }
}

/// Hands on what comes before `end`, if anything.
fn before(end: usize) -> Cut {
    if end > 0 { Cut::Records(end) } else { Cut::More }
}

fn is_one_line(field: &[u8]) -> bool {
    field.len() <= MAX_FIELD_BYTES && memchr2(b'\n', b'\r', field).is_none()
}

fn is_too_long(field: &[u8]) -> bool {
    field.len() > MAX_FIELD_BYTES || count_line_ends(field) > MAX_FIELD_LINES as u64
}

/// Number of fields that are worth looking at: one beyond what is allowed.
pub(crate) const FIELD_LIMIT: usize = MAX_COLUMNS + 1;
