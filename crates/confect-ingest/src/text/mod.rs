//! Text of a file → records → fields: the dialect, the record splitter and the encodings.
//!
//! A quote opens a field only at the field's start, doubled quotes stand for one, and LF, CRLF and a lone
//! CR each end a record (RFC 4180 with the line ends that occur in practice). Both the splitter (stage 1)
//! and the tokeniser (stage 2) follow these rules, so they agree on where a record ends.

pub(crate) mod encoding;
pub(crate) mod record;
pub(crate) mod splitter;

/// Largest record; longer ones are set aside without being held in memory.
pub(crate) const MAX_RECORD_BYTES: usize = 16 << 20;
/// Largest field, and how far a quoted field may reach before its quote counts as unclosed.
pub(crate) const MAX_FIELD_BYTES: usize = 1 << 20;
/// Lines that a quoted field may span before its quote counts as unclosed.
pub(crate) const MAX_FIELD_LINES: usize = 1_000;
/// Largest number of columns.
pub(crate) const MAX_COLUMNS: usize = 4_096;
/// How much of a bad record is kept.
pub(crate) const MAX_KEPT_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests;
