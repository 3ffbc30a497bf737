//! Rows as CSV (RFC 4180), written from the batches of an answer without a text for each cell.
//!
//! Null is the empty field, the empty text is `""`; decimals are exact and without trailing zeros, dates ISO. The
//! cells read as [`crate::answer::cell_text`] writes them; a test holds the two together.

use std::fmt::Write;

use arrow::array::{
    Array, AsArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, StringViewArray,
};
use arrow::datatypes::{DataType, Schema};
use confect_domain::Date;

use crate::answer::cell_text;

/// Appends one field, in quotes where it needs them.
pub fn write_field(field: &str, out: &mut String) {
    let bytes = field.as_bytes();
    let quoted = match bytes {
        [] | [b' ', ..] | [.., b' '] => true,
        _ => bytes.iter().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r')),
    };
    if !quoted {
        out.push_str(field);
        return;
    }
    out.push('"');
    for (place, piece) in field.split('"').enumerate() {
        if place > 0 {
            out.push_str("\"\"");
        }
        out.push_str(piece);
    }
    out.push('"');
}

/// The record of column names.
pub(crate) fn heading(schema: &Schema) -> String {
    let mut out = String::new();
    for (place, field) in schema.fields().iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_field(field.name(), &mut out);
    }
    out.push_str("\r\n");
    out
}

/// A record for each row.
pub(crate) fn records(batch: &RecordBatch) -> String {
    let columns: Vec<Cells<'_>> = batch.columns().iter().map(|column| Cells::of(column.as_ref())).collect();
    let mut out = String::with_capacity(batch.num_rows() * columns.len() * 8);
    for row in 0..batch.num_rows() {
        for (place, (cells, column)) in columns.iter().zip(batch.columns()).enumerate() {
            if place > 0 {
                out.push(',');
            }
            if column.is_valid(row) {
                cells.write(row, &mut out);
            }
        }
        out.push_str("\r\n");
    }
    out
}

/// One column, its kind known.
enum Cells<'a> {
    Integers(&'a Int64Array),
    Texts(&'a StringArray),
    Views(&'a StringViewArray),
    Decimals(&'a Decimal128Array, u32),
    Dates(&'a Date32Array),
    Others(&'a dyn Array),
}

impl<'a> Cells<'a> {
    fn of(column: &'a dyn Array) -> Self {
        match column.data_type() {
            DataType::Int64 => Self::Integers(column.as_primitive()),
            DataType::Utf8 => Self::Texts(column.as_string()),
            DataType::Utf8View => Self::Views(column.as_string_view()),
            DataType::Decimal128(_, scale @ 0..=18) => {
                Self::Decimals(column.as_primitive(), u32::from(scale.unsigned_abs()))
            }
            DataType::Date32 => Self::Dates(column.as_primitive()),
            _ => Self::Others(column),
        }
    }

    fn write(&self, row: usize, out: &mut String) {
        match self {
            Self::Integers(numbers) => {
                let value = numbers.value(row);
                if value < 0 {
                    out.push('-');
                }
                write_whole(value.unsigned_abs(), out);
            }
            Self::Texts(texts) => write_field(texts.value(row), out),
            Self::Views(texts) => write_field(texts.value(row), out),
            Self::Decimals(decimals, scale) => write_decimal(decimals.value(row), *scale, out),
            // Writing to memory does not fail.
            Self::Dates(dates) => drop(write!(out, "{}", Date::from_days(dates.value(row)))),
            Self::Others(column) => write_field(&cell_text(*column, row).unwrap_or_default(), out),
        }
    }
}

fn write_whole(value: u64, out: &mut String) {
    let (mut digits, mut start, mut rest) = ([b'0'; 20], 20, value);
    loop {
        start -= 1;
        digits[start] += (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    push_digits(&digits[start..], out);
}

/// `10^-scale` units without trailing zeros.
fn write_decimal(value: i128, scale: u32, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let (Ok(magnitude), unit) = (u64::try_from(value.unsigned_abs()), 10_u64.pow(scale)) else {
        let text = confect_domain::decimal::format_scaled(value, scale);
        out.push_str(text.trim_start_matches('-'));
        return;
    };
    let (whole, mut rest) = (magnitude / unit, magnitude % unit);
    write_whole(whole, out);
    if rest == 0 {
        return;
    }
    let mut places = scale as usize;
    while rest.is_multiple_of(10) {
        rest /= 10;
        places -= 1;
    }
    let mut digits = [b'0'; 18];
    for digit in digits[..places].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    out.push('.');
    push_digits(&digits[..places], out);
}

fn push_digits(digits: &[u8], out: &mut String) {
    out.extend(digits.iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Float64Array, TimestampMicrosecondArray};

    use super::*;

    fn decimals(precision: u8, scale: i8, values: Vec<Option<i128>>) -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(precision, scale).expect("decimals"))
    }

    #[test]
    fn each_kind_of_cell_reads_as_everywhere_else() {
        let texts = vec![Some("plain"), Some(""), None, Some("a \"b\", c"), Some(" x"), Some("Zoë\r\n")];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![
                Some(0),
                Some(i64::MIN),
                Some(i64::MAX),
                None,
                Some(-7),
                Some(100),
            ])),
            Arc::new(StringArray::from(texts.clone())),
            Arc::new(StringViewArray::from(texts)),
            decimals(
                18,
                4,
                vec![Some(0), Some(-1), Some(25_500), Some(-10_000), None, Some(i128::from(i64::MAX))],
            ),
            decimals(
                38,
                4,
                vec![
                    Some(10_i128.pow(30) + 10),
                    Some(-(10_i128.pow(30))),
                    Some(1),
                    None,
                    Some(9),
                    Some(-12_345),
                ],
            ),
            decimals(
                38,
                18,
                vec![Some(1), Some(10_i128.pow(18)), Some(-5 * 10_i128.pow(17)), None, Some(0), Some(7)],
            ),
            decimals(20, 0, vec![Some(12), Some(-120), None, Some(0), Some(1), Some(2)]),
            Arc::new(Date32Array::from(vec![
                Some(0),
                Some(-1),
                Some(20_000),
                None,
                Some(11_016),
                Some(2_932_896),
            ])),
            Arc::new(Float64Array::from(vec![
                Some(0.1),
                Some(1e-9),
                Some(-1e20),
                None,
                Some(3.0),
                Some(0.0),
            ])),
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true), None, None])),
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(0),
                Some(1),
                Some(-1),
                None,
                Some(1_700_000_000_000_000),
                Some(5),
            ])),
        ];
        let named =
            columns.iter().enumerate().map(|(place, column)| (format!("c{place}"), Arc::clone(column)));
        let batch =
            RecordBatch::try_from_iter_with_nullable(named.map(|(name, column)| (name, column, true)))
                .expect("a batch");
        let mut expected = String::new();
        for row in 0..batch.num_rows() {
            for (place, column) in columns.iter().enumerate() {
                if place > 0 {
                    expected.push(',');
                }
                if let Some(text) = cell_text(column.as_ref(), row) {
                    write_field(&text, &mut expected);
                }
            }
            expected.push_str("\r\n");
        }
        let written = records(&batch);
        assert_eq!(written, expected);
        assert!(written.starts_with("0,plain,plain,0,100000000000000000000000000.001,"), "{written}");
        assert_eq!(heading(&batch.schema()), "c0,c1,c2,c3,c4,c5,c6,c7,c8,c9,c10\r\n");
    }
}
