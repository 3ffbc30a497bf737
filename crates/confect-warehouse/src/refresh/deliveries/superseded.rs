//! The table of rows that a later delivery replaced (F76): private, because it holds records of everybody.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use confect_domain::ColumnType::{Integer, Text};
use confect_ingest::SupersededRow;

use super::SourceDelivery;
use super::tables::{self, written};
use crate::error::WarehouseError;
use crate::publish::PublishedTable;

/// Writes the table: one row per row that was replaced.
pub(super) fn table(folder: &Path, deliveries: &[SourceDelivery]) -> Result<PublishedTable, WarehouseError> {
    let mut rows: Vec<(&SourceDelivery, &SupersededRow)> = deliveries
        .iter()
        .flat_map(|delivery| delivery.superseded.iter().map(move |row| (delivery, row)))
        .collect();
    rows.sort_by_key(|(delivery, row)| (&delivery.source, &row.file, row.line));
    let text = |value: &dyn Fn(&SourceDelivery, &SupersededRow) -> String| -> ArrayRef {
        Arc::new(rows.iter().map(|(delivery, row)| Some(value(delivery, row))).collect::<StringViewArray>())
    };
    let line = |value: fn(&SupersededRow) -> u64| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, row)| i64::try_from(value(row)).ok()).collect::<Int64Array>())
    };
    let columns = vec![
        text(&|delivery, _| delivery.source.clone()),
        text(&|delivery, _| delivery.entity.name().to_owned()),
        text(&|_, row| row.member.clone()),
        text(&|_, row| row.file.clone()),
        line(|row| row.line),
        text(&|_, row| row.by_file.clone()),
        line(|row| row.by_line),
        text(&|_, row| changes(row)),
    ];
    let about = [
        ("source", Text, false, "Source that the row came from."),
        ("entity", Text, false, "What one row of the source is."),
        ("member", Text, false, "Key of the member as it stands in the file."),
        ("file", Text, false, "File of the row that was replaced."),
        ("line", Integer, false, "Line of that row."),
        ("replaced_by_file", Text, false, "File of the later row."),
        ("replaced_by_line", Integer, false, "Line of the later row."),
        ("changes", Text, false, "What the later row says differently: column, old and new value."),
    ];
    let grain = "one row per row of a member that a later delivery replaced";
    written(folder, (tables::SUPERSEDED_ROWS, grain), &["source", "file", "line"], &about, columns)
}

/// `city: Kiel → Bonn; country: → Germany`.
fn changes(row: &SupersededRow) -> String {
    let one = |change: &confect_ingest::Change| format!("{}: {} → {}", change.column, change.from, change.to);
    row.changes.iter().map(one).collect::<Vec<_>>().join("; ")
}
