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
    let mut places: Vec<(u128, Place)> = keys
        .iter()
        .zip(0_u32..)
        .flat_map(|(rows, batch)| {
            rows.iter().zip(0_u32..).map(move |(key, row)| (beginning(key.data()), (batch, row)))
        })
        .collect();
    let order = |left: &(u128, Place), right: &(u128, Place)| {
        left.0.cmp(&right.0).then_with(|| key(left.1).cmp(&key(right.1)))
    };
    if places.is_sorted_by(|left, right| order(left, right).is_le()) {
        return Ok(batches);
    }
    places.sort_by(order);
    drop(keys);
    let places: Vec<Place> = places.into_iter().map(|(_, place)| place).collect();
    in_parallel(&places.chunks(ROWS_PER_BATCH).collect::<Vec<_>>(), |chunk| gather(&batches, chunk))
}

/// The first bytes of a key as a number: most comparisons end there, without a look into another batch.
fn beginning(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let length = key.len().min(bytes.len());
    bytes[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(bytes)
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

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, StringViewArray};

    use super::*;
    use crate::refresh::schedule::tests::model;

    #[test]
    fn keys_that_begin_alike_are_told_apart_by_their_ends() {
        let long = "the same sixteen bytes and more, then ";
        let texts: Vec<String> = (0..2_000_u32)
            .map(|number| match number % 4 {
                0 => format!("{long}{}", number.wrapping_mul(2_654_435_761) % 977),
                1 => long[..(number as usize / 4) % long.len()].to_owned(),
                2 => String::new(),
                _ => format!("{}", number.wrapping_mul(40_503) % 1_009),
            })
            .collect();
        let batches: Vec<RecordBatch> = texts
            .chunks(300)
            .map(|some| {
                let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(some));
                RecordBatch::try_from_iter([("k", column)]).expect("a batch")
            })
            .collect();
        let contract = TableContract { key: vec!["k".to_owned()], ..model("t", "select 1").contract };
        let arranged = arrange(&contract, batches).expect("arranged");
        let texts_of = |batch: &RecordBatch| -> Vec<String> {
            batch.column(0).as_string_view().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
        };
        let arranged: Vec<String> = arranged.iter().flat_map(texts_of).collect();
        let mut expected = texts;
        expected.sort();
        assert!(arranged == expected);
    }
}
