//! The small private tables that one refresh keeps for the next.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringViewArray};
use confect_domain::ColumnType::{self, Date as Day, Integer, Text};
use confect_domain::{ColumnContract, Date, Layer, TableAccess, TableContract};

use super::SourceDelivery;
use super::members::MemberRow;
use crate::error::WarehouseError;
use crate::publish::PublishedTable;
use crate::storage::arrow_schema;
use crate::storage::parquet::{ReadAs, write_table};

pub(super) const DELIVERY_DAYS: &str = "delivery_days";
pub(super) const SNAPSHOT_MEMBERS: &str = "snapshot_members";
pub(super) const SUPERSEDED_ROWS: &str = "superseded_rows";

/// Name, type, whether it may be empty, and what it is.
pub(super) type About = (&'static str, ColumnType, bool, &'static str);

/// Rows by source and day.
pub(super) fn delivery_days(
    folder: &Path,
    deliveries: &[SourceDelivery],
) -> Result<PublishedTable, WarehouseError> {
    let mut rows: Vec<(&str, Date, u64)> = deliveries
        .iter()
        .flat_map(|delivery| {
            delivery.days.iter().map(move |(day, rows)| (delivery.source.as_str(), *day, *rows))
        })
        .collect();
    rows.sort_unstable();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.0)).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|row| Some(row.1.days())).collect::<Date32Array>()),
        Arc::new(rows.iter().map(|row| i64::try_from(row.2).ok()).collect::<Int64Array>()),
    ];
    let about = [
        ("source", Text, false, "Source that the rows came from."),
        ("day", Day, false, "Day that the rows are dated, in UTC."),
        ("rows", Integer, false, "Number of rows."),
    ];
    let grain = "one row per source and day that it has rows of";
    written(folder, (DELIVERY_DAYS, grain), &["source", "day"], &about, columns)
}

/// Who was delivered by sources that deliver everybody each time.
pub(super) fn snapshot_members(
    folder: &Path,
    members: &[MemberRow],
) -> Result<PublishedTable, WarehouseError> {
    let mut rows: Vec<&MemberRow> = members.iter().collect();
    rows.sort_by_key(|row| (&row.source, &row.member));
    let text = |value: fn(&MemberRow) -> &str| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(value(row))).collect::<StringViewArray>())
    };
    let columns = vec![
        text(|row| &row.source),
        text(|row| &row.member),
        Arc::new(rows.iter().map(|row| row.deleted_on.map(Date::days)).collect::<Date32Array>()) as ArrayRef,
    ];
    let about = [
        ("source", Text, false, "Source that delivers all members each time."),
        ("member", Text, false, "Key of the member as it stands in the file."),
        ("deleted_on", Day, true, "First delivery without it; empty while it is delivered."),
    ];
    let grain = "one row per source and member that it ever delivered";
    written(folder, (SNAPSHOT_MEMBERS, grain), &["source", "member"], &about, columns)
}

/// Writes a private table.
pub(super) fn written(
    folder: &Path,
    (name, grain): (&str, &str),
    key: &[&str],
    about: &[About],
    columns: Vec<ArrayRef>,
) -> Result<PublishedTable, WarehouseError> {
    let contract = TableContract {
        name: name.to_owned(),
        layer: Layer::Staging,
        grain: grain.to_owned(),
        key: key.iter().map(|column| (*column).to_owned()).collect(),
        order: Vec::new(),
        access: TableAccess::Private,
        columns: about
            .iter()
            .map(|(name, column_type, nullable, about)| ColumnContract {
                name: (*name).to_owned(),
                column_type: *column_type,
                nullable: *nullable,
                about: (*about).to_owned(),
            })
            .collect(),
        foreign_keys: Vec::new(),
        accepted: Vec::new(),
    };
    let schema = arrow_schema(&contract);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let files = write_table(&folder.join("tables").join(name), name, &schema, &[batch], ReadAs::Runs)?;
    let (rows, bytes) = (files.iter().map(|file| file.rows).sum(), files.iter().map(|file| file.bytes).sum());
    Ok(PublishedTable { name: name.to_owned(), rows, bytes, version: 0, log: None, files, contract })
}
