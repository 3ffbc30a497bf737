//! Files of the warehouse: Parquet data files named by their content, and the Delta log of a table.

pub(crate) mod delta;
pub(crate) mod draft;
mod entry;
pub(crate) mod log;
pub(crate) mod parquet;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use confect_domain::{ColumnType, TableContract};

use crate::error::WarehouseError;

/// The Arrow type in which a column is held and read.
pub(crate) fn arrow_type(column: ColumnType) -> DataType {
    match column {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Text => DataType::Utf8View,
        ColumnType::Decimal => DataType::Decimal128(confect_domain::decimal::PRECISION, 4),
        ColumnType::Number => DataType::Float64,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnType::Boolean => DataType::Boolean,
    }
}

/// The Arrow schema that a contract promises.
pub(crate) fn arrow_schema(contract: &TableContract) -> SchemaRef {
    let field = |column: &confect_domain::ColumnContract| {
        Field::new(&column.name, arrow_type(column.column_type), column.nullable)
    };
    Arc::new(Schema::new(contract.columns.iter().map(field).collect::<Vec<_>>()))
}

/// Makes a folder's entries durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), WarehouseError> {
    File::open(folder)
        .and_then(|handle| handle.sync_all())
        .map_err(|error| WarehouseError::file("sync", folder, error))
}

/// Creates a folder and its parents. Their names are durable once the folders that hold them are synced,
/// which `publish` does before it publishes.
pub(crate) fn create_folder(folder: &Path) -> Result<(), WarehouseError> {
    std::fs::create_dir_all(folder).map_err(|error| WarehouseError::file("create", folder, error))
}
