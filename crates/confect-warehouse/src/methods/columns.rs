//! The rows that a method reads, as plain values by column name, and the table that it makes.
//!
//! A method's code should not know Arrow's many forms of a text or a number: whatever the SQL
//! delivers is cast to one form here, once per column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, Schema, SchemaRef,
};

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

    fn column(&self, name: &str, wanted: &DataType) -> Result<ArrayRef, MethodError> {
        let Some(column) = self.batch.column_by_name(name) else {
            let fields = self.batch.schema();
            let given: Vec<&str> = fields.fields().iter().map(|field| field.name().as_str()).collect();
            let message =
                format!("the method reads a column `{name}`; the SQL delivers {}", given.join(", "));
            return Err(MethodError::Input(message));
        };
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

fn failed(error: arrow::error::ArrowError) -> MethodError {
    MethodError::Input(error.to_string())
}
