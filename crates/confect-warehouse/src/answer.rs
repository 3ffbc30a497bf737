//! The answer to a query: Arrow batches, and their cells as plain text for any surface.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, SchemaRef, TimeUnit,
    TimestampMicrosecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use confect_domain::Date;
use confect_domain::decimal::format_scaled;

/// Rows of one answer.
#[derive(Clone, Debug)]
pub struct QueryResult {
    /// Columns of the answer.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
    /// Whether rows beyond the limit were left out.
    pub truncated: bool,
}

impl QueryResult {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Column names.
    pub fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Whether a column holds numbers.
    pub fn is_numeric(&self, column: usize) -> bool {
        self.schema.fields().get(column).is_some_and(|field| field.data_type().is_numeric())
    }

    /// One cell as plain text: exact decimals without trailing zeros, ISO dates, `None` for null
    /// and for a place outside the answer.
    pub fn cell(&self, row: usize, column: usize) -> Option<String> {
        let mut row = row;
        for batch in &self.batches {
            if row < batch.num_rows() {
                return batch.columns().get(column).and_then(|array| cell_text(array.as_ref(), row));
            }
            row -= batch.num_rows();
        }
        None
    }

    /// Every row as texts.
    pub fn to_rows(&self) -> Vec<Vec<Option<String>>> {
        let rows_of = |batch: &RecordBatch| -> Vec<Vec<Option<String>>> {
            (0..batch.num_rows())
                .map(|row| batch.columns().iter().map(|array| cell_text(array.as_ref(), row)).collect())
                .collect()
        };
        self.batches.iter().flat_map(rows_of).collect()
    }
}

/// One value as plain text.
pub(crate) fn cell_text(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Int64 => Some(array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Utf8 => Some(array.as_string::<i32>().value(row).to_owned()),
        DataType::Utf8View => Some(array.as_string_view().value(row).to_owned()),
        DataType::Decimal128(_, scale) => {
            let scale = u32::try_from(*scale).unwrap_or(0);
            Some(format_scaled(array.as_primitive::<Decimal128Type>().value(row), scale))
        }
        DataType::Float64 => Some(number_text(array.as_primitive::<Float64Type>().value(row))),
        DataType::Date32 => Some(Date::from_days(array.as_primitive::<Date32Type>().value(row)).to_string()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(timestamp_text(array.as_primitive::<TimestampMicrosecondType>().value(row)))
        }
        _ => {
            let options = FormatOptions::default();
            ArrayFormatter::try_new(array, &options).ok().map(|formatter| formatter.value(row).to_string())
        }
    }
}

/// A number with all its digits; very small and very large ones by their power of ten, not a row of zeros.
fn number_text(value: f64) -> String {
    let plain = value == 0.0 || (1e-5..1e15).contains(&value.abs()) || !value.is_finite();
    if plain { value.to_string() } else { format!("{value:e}") }
}

/// `YYYY-MM-DD HH:MM:SS`, with a fraction only where there is one.
fn timestamp_text(micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let date = Date::from_days(i32::try_from(micros.div_euclid(DAY)).unwrap_or(i32::MAX));
    let rest = micros.rem_euclid(DAY);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}.{fraction:06}")
    }
}
