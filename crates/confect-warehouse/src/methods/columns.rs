//! The rows that a method reads, as plain values by column name, and the table that it makes.
//!
//! A method's code should not know Arrow's many forms of a text or a number: whatever the SQL
//! delivers is cast to one form here, once per column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, Schema, SchemaRef,
};
use confect_domain::Date;

use super::MethodError;

/// Digits after the point of every decimal that a method is given: money is a whole number of
/// ten-thousandths.
pub(crate) const SCALE: i8 = 4;

/// All rows that a model's SQL delivered.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    batch: RecordBatch,
}

impl Rows {
    /// Rows in the order of the batches.
    pub(crate) fn new(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Self, MethodError> {
        Ok(Self { batch: concat_batches(schema, batches).map_err(failed)? })
    }

    /// Some of the rows, with texts of their own.
    pub(crate) fn some(&self, rows: &[u32]) -> Result<RecordBatch, MethodError> {
        let picked = take_record_batch(&self.batch, &UInt32Array::from(rows.to_vec())).map_err(failed)?;
        // A view would keep all the texts that the other rows point to.
        let own = |column: &ArrayRef| -> ArrayRef {
            column.as_string_view_opt().map_or_else(|| Arc::clone(column), |texts| Arc::new(texts.gc()))
        };
        RecordBatch::try_new(picked.schema(), picked.columns().iter().map(own).collect()).map_err(failed)
    }

    /// How many rows.
    pub(crate) fn count(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether the SQL delivers such a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.batch.column_by_name(name).is_some()
    }

    /// Whole numbers, null where there is none.
    pub(crate) fn integers(&self, name: &str) -> Result<Vec<Option<i64>>, MethodError> {
        Ok(self.column(name, &DataType::Int64)?.as_primitive::<Int64Type>().iter().collect())
    }

    /// Numbers.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, MethodError> {
        Ok(self.column(name, &DataType::Float64)?.as_primitive::<Float64Type>().iter().collect())
    }

    /// Amounts and quantities in ten-thousandths.
    pub(crate) fn amounts(&self, name: &str) -> Result<Vec<Option<i128>>, MethodError> {
        let column = self.column(name, &DataType::Decimal128(38, SCALE))?;
        Ok(column.as_primitive::<Decimal128Type>().iter().collect())
    }

    /// Days since 1970-01-01.
    pub(crate) fn days(&self, name: &str) -> Result<Vec<Option<i32>>, MethodError> {
        Ok(self.column(name, &DataType::Date32)?.as_primitive::<Date32Type>().iter().collect())
    }

    /// Yes or no.
    pub(crate) fn flags(&self, name: &str) -> Result<Vec<Option<bool>>, MethodError> {
        Ok(self.column(name, &DataType::Boolean)?.as_boolean().iter().collect())
    }

    /// Texts.
    pub(crate) fn texts(&self, name: &str) -> Result<StringViewArray, MethodError> {
        Ok(self.column(name, &DataType::Utf8View)?.as_string_view().clone())
    }

    /// A column as the SQL delivers it, to hand rows on.
    pub(crate) fn column_as_it_is(&self, name: &str) -> Result<&ArrayRef, MethodError> {
        self.batch.column_by_name(name).ok_or_else(|| {
            let fields = self.batch.schema();
            let given: Vec<&str> = fields.fields().iter().map(|field| field.name().as_str()).collect();
            let message =
                format!("the method reads a column `{name}`; the SQL delivers {}", given.join(", "));
            MethodError::Input(message)
        })
    }

    fn column(&self, name: &str, wanted: &DataType) -> Result<ArrayRef, MethodError> {
        let column = self.column_as_it_is(name)?;
        let refused = |_| {
            let given = column.data_type();
            MethodError::Input(format!("the method reads `{name}` as {wanted}; the SQL delivers {given}"))
        };
        cast(column, wanted).map_err(refused)
    }
}

/// A table of columns by name; all nullable, the contract decides.
pub(crate) fn table(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, MethodError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(failed)
}

/// A decimal column of ten-thousandths.
pub(crate) fn amounts(values: impl IntoIterator<Item = Option<i128>>) -> Result<ArrayRef, MethodError> {
    let column: arrow::array::Decimal128Array = values.into_iter().collect();
    Ok(Arc::new(column.with_precision_and_scale(38, SCALE).map_err(failed)?))
}

/// Largest amount that a decimal column of a contract holds, in ten-thousandths.
const MOST: f64 = 9e17;

/// A decimal column of numbers; what is no number or too large for it is null.
pub(crate) fn decimals(values: impl IntoIterator<Item = Option<f64>>) -> Result<ArrayRef, MethodError> {
    let scaled = |value: f64| {
        let scaled = (value * 10f64.powi(SCALE.into())).round();
        (scaled.abs() < MOST).then_some(scaled as i128)
    };
    amounts(values.into_iter().map(|value| value.and_then(scaled)))
}

/// A column of numbers; what is no number or without bound is null.
pub(crate) fn numbers(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    let finite = values.into_iter().map(|value| value.filter(|value| value.is_finite()));
    Arc::new(finite.collect::<arrow::array::Float64Array>())
}

/// A column of whole numbers.
pub(crate) fn integers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<arrow::array::Int64Array>())
}

/// A column of texts.
pub(crate) fn texts<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringViewArray>())
}

/// A column of days.
pub(crate) fn days(values: impl IntoIterator<Item = Option<Date>>) -> ArrayRef {
    let days = values.into_iter().map(|day| day.map(Date::days));
    Arc::new(days.collect::<arrow::array::Date32Array>())
}

/// A column of yes and no.
pub(crate) fn flags(values: impl IntoIterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<arrow::array::BooleanArray>())
}

fn failed(error: arrow::error::ArrowError) -> MethodError {
    MethodError::Input(error.to_string())
}
