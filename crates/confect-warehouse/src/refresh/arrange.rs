//! Puts the rows of a table into the order in which they are stored: the contract's `order`, then its key.
//!
//! The key is unique, so the order is total: the same rows give the same files, whatever order files,
//! joins and threads delivered them in. Exports come almost in order, so only a sort key per row is
//! sorted, by a method that is quick on runs, and the wide rows are moved once, on all cores.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::row::{RowConverter, Rows, SortField};
use confect_domain::TableContract;

use crate::engine::partitions;
use crate::error::WarehouseError;

/// Rows that are moved and handed on together.
const ROWS_PER_BATCH: usize = 8_192;

/// A row: its batch, and its place there.
type Place = (u32, u32);

/// Arranges conformed batches.
///
/// # Errors
/// An order column that the rows do not have, or of a type that has no order.
pub(super) fn arrange(
    contract: &TableContract,
    batches: Vec<RecordBatch>,
) -> Result<Vec<RecordBatch>, WarehouseError> {
    let batches: Vec<RecordBatch> = batches.into_iter().filter(|batch| batch.num_rows() > 0).collect();
    let Some(first) = batches.first() else { return Ok(batches) };
    let mut columns: Vec<usize> = Vec::new();
    for name in contract.order.iter().chain(&contract.key) {
        let index = first.schema().index_of(name)?;
        if !columns.contains(&index) {
            columns.push(index);
        }
    }
    let keys = sort_keys(&columns, &batches)?;
    let key = |place: Place| keys[place.0 as usize].row(place.1 as usize);
    let mut places: Vec<Place> = keys
        .iter()
        .zip(0_u32..)
        .flat_map(|(rows, batch)| (0_u32..).take(rows.num_rows()).map(move |row| (batch, row)))
        .collect();
    if places.is_sorted_by(|left, right| key(*left) <= key(*right)) {
        return Ok(batches);
    }
    places.sort_by(|left, right| key(*left).cmp(&key(*right)));
    drop(keys);
    in_parallel(&places.chunks(ROWS_PER_BATCH).collect::<Vec<_>>(), |chunk| gather(&batches, chunk))
}

/// One comparable key per row of each batch.
fn sort_keys(columns: &[usize], batches: &[RecordBatch]) -> Result<Vec<Rows>, WarehouseError> {
    in_parallel(&batches.iter().collect::<Vec<_>>(), |batch| {
        let schema = batch.schema();
        let fields = columns.iter().map(|index| SortField::new(schema.field(*index).data_type().clone()));
        let arrays: Vec<ArrayRef> = columns.iter().map(|index| Arc::clone(batch.column(*index))).collect();
        Ok(RowConverter::new(fields.collect())?.convert_columns(&arrays)?)
    })
}

/// The rows at `places`, as one batch. Looks only at the batches between the first and the last that are needed.
fn gather(batches: &[RecordBatch], places: &[Place]) -> Result<RecordBatch, WarehouseError> {
    let first = places.iter().map(|place| place.0).min().unwrap_or(0) as usize;
    let last = places.iter().map(|place| place.0).max().unwrap_or(0) as usize;
    let used: Vec<&RecordBatch> = batches[first..=last].iter().collect();
    let indices: Vec<(usize, usize)> =
        places.iter().map(|(batch, row)| (*batch as usize - first, *row as usize)).collect();
    Ok(interleave_record_batch(&used, &indices)?)
}

/// Does `work` on every item with as many threads as there are cores, results in the order of the items.
fn in_parallel<I: Sync, R: Send>(
    items: &[I],
    work: impl Fn(&I) -> Result<R, WarehouseError> + Sync,
) -> Result<Vec<R>, WarehouseError> {
    let share = items.len().div_ceil(partitions()).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(share)
            .map(|items| scope.spawn(move || items.iter().map(work).collect::<Result<Vec<R>, _>>()))
            .collect();
        let mut results = Vec::with_capacity(items.len());
        for worker in workers {
            let part =
                worker.join().map_err(|_| WarehouseError::Internal("arranging rows panicked".to_owned()))?;
            results.extend(part?);
        }
        Ok(results)
    })
}
