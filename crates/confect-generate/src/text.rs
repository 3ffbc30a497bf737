//! Numbers and days as bytes, appended to a buffer that is used again and again.
//!
//! Formatting is what a generator spends its time on; `format!` costs ten times as much.

use confect_domain::Date;

/// Appends a whole number.
#[inline]
pub(crate) fn number(out: &mut Vec<u8>, mut value: u64) {
    if value < 10 {
        out.push(b'0' + value as u8);
        return;
    }
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a whole number with its sign.
#[inline]
pub(crate) fn signed(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    number(out, value.unsigned_abs());
}

/// Appends at least `width` digits.
#[inline]
pub(crate) fn padded(out: &mut Vec<u8>, value: u64, width: usize) {
    let mut least = 10_u64;
    for _ in 1..width {
        if value < least {
            out.push(b'0');
        }
        least = least.saturating_mul(10);
    }
    // Zeros stand before the digits: as many as there are powers of ten that the value does not reach.
    number(out, value);
}

/// Appends two digits.
#[inline]
pub(crate) fn two(out: &mut Vec<u8>, value: u8) {
    out.extend_from_slice(&[b'0' + value / 10 % 10, b'0' + value % 10]);
}

/// Appends hundredths as an amount: `12.50`.
#[inline]
pub(crate) fn cents(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    let value = value.unsigned_abs();
    number(out, value / 100);
    let rest = (value % 100) as u8;
    out.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10]);
}

/// Appends text as a field; quoted only if it has to be.
pub(crate) fn field(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Ends a line whose fields were written as text.
pub(crate) fn line(out: &mut Vec<u8>, fields: &[&str]) {
    for (index, text) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        field(out, text);
    }
    out.push(b'\n');
}

/// Hundredths as text.
pub(crate) fn amount(value: i64) -> String {
    let mut out = Vec::new();
    cents(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

/// A day in the two ways it is written.
#[derive(Clone, Copy)]
pub(crate) struct DayText {
    /// `2026-10-31`
    pub(crate) iso: [u8; 10],
    /// `261031`: what numbers of receipts start with.
    pub(crate) code: [u8; 6],
}

impl DayText {
    pub(crate) fn of(day: Date) -> Self {
        let (year, month, date) = day.ymd();
        let digit = |value: u32| b'0' + (value % 10) as u8;
        let year = year.unsigned_abs();
        let (y, m, d) = ([year / 1000, year / 100, year / 10, year], [month / 10, month], [date / 10, date]);
        let [y1, y2, y3, y4] = y.map(digit);
        let ([m1, m2], [d1, d2]) = (m.map(digit), d.map(digit));
        Self { iso: [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], code: [y3, y4, m1, m2, d1, d2] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_rust_writes_them() {
        for value in [0_i64, 1, -1, 9, 10, 99, 100, -100, 105, 12_345, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            signed(&mut out, value);
            assert_eq!(out, value.to_string().into_bytes());
            let hundredths = format!(
                "{}{}.{:02}",
                if value < 0 { "-" } else { "" },
                value.unsigned_abs() / 100,
                value.unsigned_abs() % 100
            );
            assert_eq!(amount(value), hundredths);
        }
        for value in [0_u64, 7, 10, 99_999, 100_000, 1_234_567] {
            let mut out = Vec::new();
            padded(&mut out, value, 5);
            assert_eq!(out, format!("{value:05}").into_bytes());
        }
        let mut out = Vec::new();
        line(&mut out, &["plain", "a, \"b\"", ""]);
        assert_eq!(out, b"plain,\"a, \"\"b\"\"\",\n");
        let text = DayText::of(Date::from_ymd(2026, 4, 9).expect("a day"));
        assert_eq!((&text.iso, &text.code), (b"2026-04-09", b"260409"));
    }
}
