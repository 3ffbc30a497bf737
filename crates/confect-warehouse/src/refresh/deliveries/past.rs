//! What the publication before this refresh says about deliveries.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use confect_domain::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::tables;
use crate::error::WarehouseError;
use crate::publish::Publication;

/// Empty before the first publication, and after one by a program that kept nothing of it.
#[derive(Default)]
pub(super) struct Past {
    /// Rows by source and day.
    pub(super) days: BTreeMap<String, BTreeMap<Date, u64>>,
    /// Members by source, with the day since which they are gone.
    pub(super) members: BTreeMap<String, BTreeMap<String, Option<Date>>>,
    /// Loaded rows by source.
    pub(super) rows: BTreeMap<String, u64>,
}

impl Past {
    pub(super) fn read(folder: &Path, latest: Option<&Publication>) -> Result<Self, WarehouseError> {
        let mut past = Self::default();
        let Some(latest) = latest else { return Ok(past) };
        for batch in read(folder, latest, tables::DELIVERY_DAYS)? {
            let (sources, days, rows) =
                (Texts::of(&batch, "source")?, dates(&batch, "day")?, numbers(&batch, "rows")?);
            for row in 0..batch.num_rows() {
                let (Some(source), Some(day)) = (sources.get(row), days.get(row).copied().flatten()) else {
                    continue;
                };
                past.days.entry(source).or_default().insert(day, rows.get(row).copied().unwrap_or(0));
            }
        }
        for batch in read(folder, latest, tables::SNAPSHOT_MEMBERS)? {
            let (sources, members) = (Texts::of(&batch, "source")?, Texts::of(&batch, "member")?);
            let gone = dates(&batch, "deleted_on")?;
            for row in 0..batch.num_rows() {
                let (Some(source), Some(member)) = (sources.get(row), members.get(row)) else { continue };
                past.members.entry(source).or_default().insert(member, gone.get(row).copied().flatten());
            }
        }
        for batch in read(folder, latest, "fact_reconciliation")? {
            let (sources, buckets) = (Texts::of(&batch, "source")?, Texts::of(&batch, "bucket")?);
            let rows = numbers(&batch, "rows")?;
            for row in 0..batch.num_rows() {
                let (Some(source), Some(bucket)) = (sources.get(row), buckets.get(row)) else { continue };
                if !matches!(bucket.as_str(), "duplicates" | "quarantine") {
                    *past.rows.entry(source).or_default() += rows.get(row).copied().unwrap_or(0);
                }
            }
        }
        Ok(past)
    }
}

/// The rows of a private table; none if the publication has none, or another program wrote it differently.
fn read(folder: &Path, publication: &Publication, name: &str) -> Result<Vec<RecordBatch>, WarehouseError> {
    let mut batches = Vec::new();
    let Some(table) = publication.table(name) else { return Ok(batches) };
    for file in &table.files {
        let path = folder.join("tables").join(name).join(&file.path);
        let opened = File::open(&path).map_err(|error| WarehouseError::file("read", &path, error))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(opened)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| WarehouseError::storage(name, error))?;
        for batch in reader {
            batches.push(batch?);
        }
    }
    Ok(batches)
}

/// A column of text, whatever form it is stored in.
struct Texts(arrow::array::ArrayRef);

impl Texts {
    fn of(batch: &RecordBatch, name: &str) -> Result<Self, WarehouseError> {
        let column = batch.column(batch.schema().index_of(name)?);
        Ok(Self(cast(column, &DataType::Utf8View)?))
    }

    fn get(&self, row: usize) -> Option<String> {
        let texts = self.0.as_string_view_opt()?;
        (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row).to_owned())
    }
}

fn dates(batch: &RecordBatch, name: &str) -> Result<Vec<Option<Date>>, WarehouseError> {
    let column = cast(batch.column(batch.schema().index_of(name)?), &DataType::Date32)?;
    Ok(column.as_primitive::<Date32Type>().iter().map(|day| day.map(Date::from_days)).collect())
}

fn numbers(batch: &RecordBatch, name: &str) -> Result<Vec<u64>, WarehouseError> {
    let column = cast(batch.column(batch.schema().index_of(name)?), &DataType::Int64)?;
    let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
    Ok(column.as_primitive::<Int64Type>().iter().map(number).collect())
}
