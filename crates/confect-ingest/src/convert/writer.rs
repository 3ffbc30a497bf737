//! Rows of cells → the one delimited text that the tokeniser reads: comma, RFC 4180 quotes, UTF-8, LF.
//!
//! Numbers are written as exact decimal text, never in scientific notation. Counts what it writes, and
//! stops a file that unpacks beyond all measure.

use std::io::{self, Write};

use super::Failure;
use crate::text::{MAX_FIELD_BYTES, MAX_FIELD_LINES};

/// Below so much text no ratio is suspicious.
const BOMB_FLOOR_BYTES: u64 = 64 << 20;
/// Text may be at most so many times as big as the file; dictionaries and repeated rows reach hundreds.
const RATIO_MAX: u64 = 1_000;

/// Writes records.
pub(super) struct Records<W: Write> {
    output: W,
    line: Vec<u8>,
    fields: usize,
    written: u64,
    allowed: u64,
}

impl<W: Write> Records<W> {
    /// A writer for a file of `file_bytes` bytes.
    pub(super) fn new(output: W, file_bytes: u64) -> Self {
        let allowed = file_bytes.saturating_mul(RATIO_MAX).max(BOMB_FLOOR_BYTES);
        Self { output, line: Vec::with_capacity(512), fields: 0, written: 0, allowed }
    }

    /// Appends a field that needs no quotes: a number, a date.
    pub(super) fn plain(&mut self, text: &str) {
        self.separate();
        self.line.extend_from_slice(text.as_bytes());
    }

    /// Appends a field, in quotes where it needs them.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.separate();
        let lines = memchr::memchr2_iter(b'\n', b'\r', text).take(MAX_FIELD_LINES).count();
        if lines < MAX_FIELD_LINES && text.len() <= MAX_FIELD_BYTES {
            return quote_into(text, &mut self.line);
        }
        // The splitter would take such a quote for one that is never closed; on one line it is a long field.
        let flat: Vec<u8> =
            text.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
        quote_into(&flat, &mut self.line);
    }

    /// Appends a number, with the decimal sign that the source declares.
    pub(super) fn number(&mut self, text: &str, decimal_comma: bool) {
        match decimal_comma && text.contains('.') {
            true => self.text(text.replace('.', ",").as_bytes()),
            false => self.plain(text),
        }
    }

    /// Appends fields without text.
    pub(super) fn empty(&mut self, count: usize) {
        for _ in 0..count {
            self.separate();
        }
    }

    fn separate(&mut self) {
        if self.fields > 0 {
            self.line.push(b',');
        }
        self.fields += 1;
    }

    /// Ends the record.
    ///
    /// # Errors
    /// The reader is gone, or the text outgrew the file.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        // A record whose only field is empty would pass for a blank line.
        if self.line.is_empty() && self.fields == 1 {
            self.line.extend_from_slice(b"\"\"");
        }
        self.line.push(b'\n');
        self.output.write_all(&self.line)?;
        self.written += self.line.len() as u64;
        self.line.clear();
        self.fields = 0;
        if self.written > self.allowed {
            return Err(Failure::bomb(self.written));
        }
        Ok(())
    }

    /// Writes blank lines: rows of a sheet that are no records.
    ///
    /// # Errors
    /// As [`Self::end`].
    pub(super) fn blank(&mut self, rows: u64) -> Result<(), Failure> {
        for _ in 0..rows {
            self.end()?;
        }
        Ok(())
    }

    /// Hands on what is buffered.
    ///
    /// # Errors
    /// The reader is gone.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.output.flush()
    }
}

impl Records<Vec<u8>> {
    /// Takes what was written so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }
}

/// Appends one field, in quotes if it holds a delimiter, a quote or a line end.
pub(super) fn quote_into(text: &[u8], line: &mut Vec<u8>) {
    if !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        line.extend_from_slice(text);
        return;
    }
    line.push(b'"');
    for byte in text {
        if *byte == b'"' {
            line.push(b'"');
        }
        line.push(*byte);
    }
    line.push(b'"');
}

/// A number of a spreadsheet: whole numbers exactly, others with at most the 15 digits that spreadsheets
/// show, so that `0.1 + 0.2` is `0.3` as on the screen.
pub(super) fn sheet_number(value: f64) -> String {
    let exact = value.to_string();
    let digits = exact.bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 || value.fract() == 0.0 || !value.is_finite() {
        return exact;
    }
    match format!("{value:.14e}").parse::<f64>() {
        Ok(rounded) => rounded.to_string(),
        Err(_) => exact,
    }
}

/// A JSON number without its exponent, exact; `None` if it has too many digits to be meant.
pub(super) fn without_exponent(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    if exponent.abs() > 60 {
        return None;
    }
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{places}");
    let point = whole.len() as i32 + exponent;
    let text = if point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point as usize >= digits.len() {
        format!("{digits}{}", "0".repeat(point as usize - digits.len()))
    } else {
        let (left, right) = digits.split_at(point as usize);
        format!("{left}.{right}")
    };
    Some(format!("{sign}{}", trimmed(&text)))
}

/// Without zeros that say nothing.
fn trimmed(number: &str) -> &str {
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    let start = number.bytes().take_while(|byte| *byte == b'0').count();
    match number.get(start..) {
        Some("") => "0",
        Some(rest) if rest.starts_with('.') => number.get(start.saturating_sub(1)..).unwrap_or(number),
        Some(rest) => rest,
        None => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_decimals() {
        let cases = [
            (12345.0, "12345"),
            (1e16, "10000000000000000"),
            (2.55, "2.55"),
            (7.649_999_999_999_999, "7.65"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (1e-7, "0.0000001"),
            (-4.5, "-4.5"),
        ];
        for (value, text) in cases {
            assert_eq!(sheet_number(value), text);
        }
    }

    #[test]
    fn exponents_are_written_out() {
        let cases = [
            ("1.5e3", Some("1500")),
            ("1E-2", Some("0.01")),
            ("-12.50e0", Some("-12.5")),
            ("120e-1", Some("12")),
            ("0e5", Some("0")),
            ("1e16", Some("10000000000000000")),
            ("1e400", None),
            ("12", None),
        ];
        for (given, text) in cases {
            assert_eq!(without_exponent(given).as_deref(), text, "{given}");
        }
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let mut bytes = Vec::new();
        let mut records = Records::new(&mut bytes, 0);
        records.text(b"a\"b");
        records.text(b"c,d");
        records.plain("1.5");
        records.empty(2);
        assert!(records.end().is_ok());
        records.empty(1);
        assert!(records.end().is_ok());
        assert!(records.blank(1).is_ok());
        assert!(records.finish().is_ok());
        assert_eq!(String::from_utf8_lossy(&bytes), "\"a\"\"b\",\"c,d\",1.5,,\n\"\"\n\n");
    }
}
