//! The table of rows that were set aside: private, one row per record, with place and remedy.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray};
use confect_domain::{ColumnContract, ColumnType, Layer, TableAccess, TableContract};
use confect_ingest::QuarantinedRow;
use hashbrown::HashMap;

use super::arrange::arrange;
use crate::contract::conform;
use crate::error::WarehouseError;
use crate::publish::PublishedTable;
use crate::storage::arrow_schema;
use crate::storage::parquet::{ReadAs, write_table};

pub(super) const NAME: &str = "quarantine";

/// Writes the quarantine of this refresh, sorted by place; `old` are rows of files that were not read again.
pub(super) fn table(
    folder: &Path,
    rows: &[QuarantinedRow],
    old: Vec<RecordBatch>,
) -> Result<PublishedTable, WarehouseError> {
    let mut rows: Vec<&QuarantinedRow> = rows.iter().collect();
    rows.sort_by_key(|row| (row.source.as_str(), row.file.as_str(), row.line_first, row.byte_first));
    let text = |value: fn(&QuarantinedRow) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| value(row)).collect::<StringViewArray>())
    };
    let number = |value: fn(&QuarantinedRow) -> u64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| i64::try_from(value(row)).ok()).collect::<Int64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids(&rows).into_iter().map(Some).collect::<StringViewArray>()),
        text(|row| Some(row.source.as_str())),
        text(|row| Some(row.file.as_str())),
        number(|row| row.line_first),
        number(|row| row.line_last),
        number(|row| row.byte_first),
        number(|row| row.byte_last),
        text(|row| row.column.as_deref()),
        text(|row| row.value.as_deref()),
        text(|row| Some(row.code)),
        text(|row| Some(row.message.as_str())),
        text(|row| Some(row.remedy.as_str())),
        text(|row| Some(row.record.as_str())),
        Arc::new(rows.iter().map(|row| Some(row.is_cut)).collect::<BooleanArray>()),
        text(|row| Some(row.content_hash.as_str())),
    ];
    let contract = contract();
    let schema = arrow_schema(&contract);
    let mut batches = conform(&contract, NAME, &schema, old)?;
    batches.push(RecordBatch::try_new(
        batches.first().map_or(Arc::clone(&schema), RecordBatch::schema),
        columns,
    )?);
    let batches = arrange(&contract, batches)?;
    let files = write_table(&folder.join("tables").join(NAME), NAME, &schema, &batches, ReadAs::Runs)?;
    let (rows, bytes) = (files.iter().map(|file| file.rows).sum(), files.iter().map(|file| file.bytes).sum());
    Ok(PublishedTable { name: NAME.to_owned(), rows, bytes, version: 0, log: None, files, contract })
}

/// A name for each record that outlives refreshes: made of source, file and what the record says, and
/// for equal records of a file of their order, not of places, which move when a file grows at its top.
fn ids(rows: &[&QuarantinedRow]) -> Vec<String> {
    let mut seen: HashMap<[u8; 32], u64> = HashMap::new();
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows {
        let mut hash = blake3::Hasher::new();
        for part in [&row.source, &row.file, &row.record] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let place = seen.entry(*hash.finalize().as_bytes()).or_insert(0);
        hash.update(&place.to_le_bytes());
        *place += 1;
        ids.push(hash.finalize().to_hex()[..16].to_owned());
    }
    ids
}

fn contract() -> TableContract {
    let columns = [
        ("row_id", ColumnType::Text, false, "Stays the same as long as the record stands in its file."),
        ("source", ColumnType::Text, false, "Source that the record came from."),
        ("file", ColumnType::Text, false, "File, relative to the project."),
        ("line_first", ColumnType::Integer, false, "First line of the record; the header is line 1."),
        ("line_last", ColumnType::Integer, false, "Last line of the record."),
        ("byte_first", ColumnType::Integer, false, "Offset of the record's first byte."),
        ("byte_last", ColumnType::Integer, false, "Offset of the record's last byte."),
        ("column", ColumnType::Text, true, "Heading of the column that is at fault."),
        ("value", ColumnType::Text, true, "The value as it stands in the file."),
        ("code", ColumnType::Text, false, "Stable code of the reason."),
        ("message", ColumnType::Text, false, "What is wrong."),
        ("remedy", ColumnType::Text, false, "What to do."),
        ("record", ColumnType::Text, false, "The record, as text."),
        ("is_cut", ColumnType::Boolean, false, "Whether only the start of the record was kept."),
        (
            "content_hash",
            ColumnType::Text,
            false,
            "Hash of the file's unpacked bytes, so that it can be told again.",
        ),
    ];
    TableContract {
        name: NAME.to_owned(),
        layer: Layer::Staging,
        grain: "one row per record that was set aside".to_owned(),
        key: vec!["source".to_owned(), "file".to_owned(), "byte_first".to_owned()],
        order: Vec::new(),
        access: TableAccess::Private,
        columns: columns
            .into_iter()
            .map(|(name, column_type, nullable, about)| ColumnContract {
                name: name.to_owned(),
                column_type,
                nullable,
                about: about.to_owned(),
            })
            .collect(),
        foreign_keys: Vec::new(),
        accepted: Vec::new(),
    }
}
