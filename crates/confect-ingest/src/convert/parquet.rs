//! Parquet → records, value by value and exactly: decimals as they are, floats in their shortest form.
//!
//! The types are those that the file itself declares; the Arrow schema that some writers embed is left
//! alone. A column that holds lists or structures has no place in a table and refuses the file.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray, Float16Array, Float32Array, Float64Array,
    RecordBatch, make_array,
};
use arrow::datatypes::{DataType, Field, Float16Type, Float32Type, Float64Type, Schema, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::file::metadata::ParquetMetaData;

use super::Failure;
use super::child::{Task, tell, tell_types};
use super::writer::Records;
use crate::text::MAX_COLUMNS;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 4_096;
/// Values that a file may hold for each of its bytes; runs of one value take next to none.
const VALUES_PER_BYTE: u64 = 1_000;
const VALUES_FLOOR: u64 = 10_000_000;

/// Writes a file's rows, after a record of its column names.
pub(super) fn convert<W: Write>(file: File, task: &Task, records: &mut Records<W>) -> Result<(), Failure> {
    let file_bytes = file.metadata()?.len();
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = ArrowReaderMetadata::load(&file, options.clone()).map_err(Failure::parquet)?;
    check_columns(metadata.schema())?;
    check_size(metadata.metadata(), metadata.schema().fields().len(), file_bytes)?;
    let schema = in_micros(&metadata);
    let uuids = uuids(metadata.metadata());
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options.with_schema(schema))
        .map_err(Failure::parquet)?;
    let fields = metadata.schema().fields();
    let metadata_types: String = fields.iter().map(|field| type_letter(field.data_type())).collect();
    let names: Vec<String> = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(Failure::parquet)?;
    tell_types(&metadata_types);
    tell(&[]);
    names.iter().for_each(|name| records.text(name.as_bytes()));
    records.end()?;
    for batch in reader {
        write_batch(&batch.map_err(Failure::parquet)?, &uuids, task, records)?;
    }
    Ok(())
}

fn check_columns(schema: &Schema) -> Result<(), Failure> {
    let fields = schema.fields();
    if fields.is_empty() {
        return Err(Failure::parquet("it has no columns"));
    }
    if fields.len() > MAX_COLUMNS {
        let message = format!("has more than {MAX_COLUMNS} columns");
        let remedy = "check that this is the right file; a shop's export has a line per row";
        return Err(Failure::new("file-too-wide", message, remedy));
    }
    let Some(field) = fields.iter().find(|field| !is_flat(field.data_type())) else { return Ok(()) };
    Err(Failure::new(
        "parquet-nested",
        format!(
            "has the column `{}` of type {}, which is no single value",
            confect_domain::problem::printable(field.name()),
            kind(field.data_type())
        ),
        "write the file without the column, or with one column for each of its parts",
    ))
}

fn is_flat(data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::Interval(_) | T::Duration(_) => false,
        T::Dictionary(_, values) => is_flat(values),
        other => !other.is_nested(),
    }
}

fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Struct(_) => "structure",
        DataType::Map(..) => "map",
        DataType::Interval(_) | DataType::Duration(_) => "interval",
        _ => "list",
    }
}

/// What a column declares to hold: whole numbers, numbers, dates, times, yes or no, or text.
fn type_letter(data_type: &DataType) -> char {
    use DataType as T;
    match data_type {
        T::Dictionary(_, values) => type_letter(values),
        T::Decimal32(_, scale)
        | T::Decimal64(_, scale)
        | T::Decimal128(_, scale)
        | T::Decimal256(_, scale)
            if *scale <= 0 =>
        {
            'i'
        }
        other if other.is_integer() => 'i',
        other if other.is_numeric() => 'n',
        T::Date32 | T::Date64 => 'd',
        T::Timestamp(..) | T::Time32(_) | T::Time64(_) => 't',
        T::Boolean => 'b',
        _ => 's',
    }
}

/// Refuses a file that promises more values than any file of its size holds.
fn check_size(metadata: &ParquetMetaData, columns: usize, file_bytes: u64) -> Result<(), Failure> {
    let rows: i64 = metadata.row_groups().iter().fold(0, |sum, group| sum.saturating_add(group.num_rows()));
    let rows = u64::try_from(rows).map_err(|_| Failure::parquet("it has a negative number of rows"))?;
    let values = rows.saturating_mul(columns as u64);
    if values <= file_bytes.saturating_mul(VALUES_PER_BYTE).max(VALUES_FLOOR) {
        return Ok(());
    }
    Err(Failure::new(
        "file-bomb",
        format!("promises {values} values in {file_bytes} bytes"),
        "convert it to CSV yourself if it is meant to be that big",
    ))
}

/// Old timestamps of 12 bytes reach beyond what nanoseconds can hold, so they are read in microseconds.
fn in_micros(metadata: &ArrowReaderMetadata) -> Arc<Schema> {
    let columns = metadata.parquet_schema().columns();
    let fields: Vec<Field> = metadata
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let is_old =
                columns.get(index).is_some_and(|column| column.physical_type() == PhysicalType::INT96);
            match field.data_type() {
                DataType::Timestamp(_, zone) if is_old => {
                    let data_type = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                    field.as_ref().clone().with_data_type(data_type)
                }
                _ => field.as_ref().clone(),
            }
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// Which columns hold universal identifiers in 16 bytes.
fn uuids(metadata: &ParquetMetaData) -> Vec<bool> {
    let columns = metadata.file_metadata().schema_descr().columns();
    columns.iter().map(|column| column.logical_type_ref() == Some(&LogicalType::Uuid)).collect()
}

/// How the values of one column become text.
enum Column<'a> {
    Bytes(BinaryArray),
    Fixed(&'a FixedSizeBinaryArray, bool),
    Half(&'a Float16Array),
    Single(&'a Float32Array),
    Double(&'a Float64Array),
    /// Numbers and what never needs quotes.
    Plain(ArrayFormatter<'a>, &'a ArrayRef, bool),
    /// Moments that the calendar cannot hold are written as the number that they are.
    Moment(ArrayFormatter<'a>, ArrayRef),
}

fn column(array: &ArrayRef, is_uuid: bool) -> Result<Column<'_>, Failure> {
    let options = FormatOptions::new().with_display_error(false);
    let formatter = |options| ArrayFormatter::try_new(array.as_ref(), options).map_err(Failure::parquet);
    let cast = |to: &DataType| arrow::compute::cast(array, to).map_err(Failure::parquet);
    Ok(match array.data_type() {
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::Dictionary(..) => Column::Bytes(cast(&DataType::Binary)?.as_binary().clone()),
        DataType::FixedSizeBinary(_) => Column::Fixed(array.as_fixed_size_binary(), is_uuid),
        DataType::Float16 => Column::Half(array.as_primitive::<Float16Type>()),
        DataType::Float32 => Column::Single(array.as_primitive::<Float32Type>()),
        DataType::Float64 => Column::Double(array.as_primitive::<Float64Type>()),
        DataType::Timestamp(..) | DataType::Date64 => {
            Column::Moment(formatter(&options)?, cast(&DataType::Int64)?)
        }
        DataType::Date32 => Column::Moment(formatter(&options)?, cast(&DataType::Int32)?),
        other => Column::Plain(formatter(&options)?, array, other.is_numeric()),
    })
}

/// Moments in UTC are named by their offset, because names of zones are unknown here.
fn in_utc(array: &ArrayRef) -> Result<ArrayRef, Failure> {
    let DataType::Timestamp(unit, Some(_)) = array.data_type() else { return Ok(Arc::clone(array)) };
    let data_type = DataType::Timestamp(*unit, Some("+00:00".into()));
    let data = array.to_data().into_builder().data_type(data_type).build().map_err(Failure::parquet)?;
    Ok(make_array(data))
}

fn write_batch<W: Write>(
    batch: &RecordBatch,
    uuids: &[bool],
    task: &Task,
    records: &mut Records<W>,
) -> Result<(), Failure> {
    let is_uuid = |index: usize| uuids.get(index).copied().unwrap_or(false);
    let arrays = batch.columns().iter().map(in_utc).collect::<Result<Vec<_>, _>>()?;
    let columns = arrays.iter().enumerate().map(|(index, array)| column(array, is_uuid(index)));
    let columns: Vec<Column<'_>> = columns.collect::<Result<_, _>>()?;
    let mut scratch = String::new();
    for row in 0..batch.num_rows() {
        for (array, column) in arrays.iter().zip(&columns) {
            if array.is_null(row) {
                records.empty(1);
            } else {
                write_value(column, row, task, records, &mut scratch)?;
            }
        }
        records.end()?;
    }
    Ok(())
}

fn write_value<W: Write>(
    column: &Column<'_>,
    row: usize,
    task: &Task,
    records: &mut Records<W>,
    scratch: &mut String,
) -> Result<(), Failure> {
    use std::fmt::Write as _;
    scratch.clear();
    let comma = task.decimal_comma;
    match column {
        Column::Bytes(array) => records.text(array.value(row)),
        Column::Fixed(array, true) if array.value_length() == 16 => {
            for (index, byte) in array.value(row).iter().enumerate() {
                let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
                let _ = write!(scratch, "{dash}{byte:02x}");
            }
            records.plain(scratch);
        }
        Column::Fixed(array, _) => records.text(array.value(row)),
        Column::Half(array) => records.number(&array.value(row).to_f32().to_string(), comma),
        Column::Single(array) => records.number(&array.value(row).to_string(), comma),
        Column::Double(array) => records.number(&array.value(row).to_string(), comma),
        Column::Plain(formatter, array, is_number) => {
            write!(scratch, "{}", formatter.value(row))
                .map_err(|_| Failure::parquet(format!("a value of type {} is none", array.data_type())))?;
            match is_number {
                true => records.number(scratch, comma),
                false => records.text(scratch.as_bytes()),
            }
        }
        Column::Moment(formatter, numbers) => {
            if write!(scratch, "{}", formatter.value(row)).is_err() {
                scratch.clear();
                let number = ArrayFormatter::try_new(numbers.as_ref(), &FormatOptions::new())
                    .map_err(Failure::parquet)?;
                let _ = write!(scratch, "{}", number.value(row));
            }
            records.plain(scratch);
        }
    }
    Ok(())
}
