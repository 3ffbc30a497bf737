//! Whether a list that growing tables look things up in has changed for a row that is there already.
//!
//! Growing tables keep their old rows, which were made with the old list. So the lists are stored,
//! compared row by row, and what changed is searched for in the old rows: only a change that
//! concerns one of them makes everything be built again.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion::prelude::{SessionContext, col, lit};

use super::base::Base;
use super::growth::LookedUp;
use crate::error::WarehouseError;

/// More changed keys than this are not searched for.
const MOST_KEYS: usize = 20_000;

/// What has to be known to compare one list.
pub(super) struct Comparison<'a> {
    pub(super) base: &'a Base,
    pub(super) context: &'a SessionContext,
    pub(super) table: &'a str,
    pub(super) users: &'a BTreeSet<LookedUp>,
    /// The stored tables that hold rows made by a growing model.
    pub(super) holders: &'a BTreeMap<String, BTreeSet<String>>,
}

impl Comparison<'_> {
    /// Fails with the reason if an old row would be made differently now.
    pub(super) async fn check(&self, now: &[RecordBatch]) -> Result<(), WarehouseError> {
        let before = self.base.rows(self.context, self.table).await?;
        let changed = changed_rows(&before, now)?;
        if changed.is_empty() {
            return Ok(());
        }
        for user in self.users {
            let Some(column) = &user.column else {
                return Err(WarehouseError::MustRebuild(format!("`{}` has changed", self.table)));
            };
            let keys = keys_of(&changed, column)?;
            for holder in self.holders.get(&user.by).into_iter().flatten() {
                if self.holds_any(holder, column, &keys).await? {
                    let table = self.table;
                    let reason = format!("`{table}` has changed for a `{column}` that `{holder}` holds");
                    return Err(WarehouseError::MustRebuild(reason));
                }
            }
        }
        Ok(())
    }

    async fn holds_any(&self, holder: &str, column: &str, keys: &Keys) -> Result<bool, WarehouseError> {
        let published = self.base.table(holder)?;
        if !published.contract.columns.iter().any(|known| known.name == *column) || keys.is_empty() {
            return Ok(false);
        }
        if keys.len() > MOST_KEYS {
            return Ok(true);
        }
        let values = match keys {
            Keys::Texts(texts) => texts.iter().map(|text| lit(text.as_str())).collect(),
            Keys::Numbers(numbers) => numbers.iter().map(|number| lit(*number)).collect(),
        };
        let frame = self.base.frame(self.context, holder).await?;
        let found = frame.select(vec![col(column)])?.filter(col(column).in_list(values, false))?;
        Ok(found.limit(0, Some(1))?.collect().await?.iter().any(|batch| batch.num_rows() > 0))
    }
}

enum Keys {
    Texts(BTreeSet<String>),
    Numbers(BTreeSet<i64>),
}

impl Keys {
    fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether one of the rows before is not there any more.
pub(super) fn rows_gone(before: &[RecordBatch], now: &[RecordBatch]) -> Result<bool, WarehouseError> {
    Ok(!only_in(before, &row_set(now)?)?.is_empty())
}

/// The rows that only one of both has.
fn changed_rows(before: &[RecordBatch], now: &[RecordBatch]) -> Result<Vec<RecordBatch>, WarehouseError> {
    let (old, new) = (row_set(before)?, row_set(now)?);
    let mut changed = only_in(before, &new)?;
    changed.extend(only_in(now, &old)?);
    Ok(changed)
}

fn row_set(batches: &[RecordBatch]) -> Result<hashbrown::HashSet<OwnedRow>, WarehouseError> {
    let mut rows = hashbrown::HashSet::new();
    for batch in batches {
        let converted = converter(batch)?.convert_columns(batch.columns())?;
        rows.extend(converted.iter().map(|row| row.owned()));
    }
    Ok(rows)
}

fn only_in(
    batches: &[RecordBatch],
    other: &hashbrown::HashSet<OwnedRow>,
) -> Result<Vec<RecordBatch>, WarehouseError> {
    let only = |batch: &RecordBatch| -> Result<RecordBatch, WarehouseError> {
        let rows = converter(batch)?.convert_columns(batch.columns())?;
        let differs = rows.iter().map(|row| !other.contains(&row.owned()));
        let differs = arrow::array::BooleanArray::from(differs.collect::<Vec<_>>());
        Ok(arrow::compute::filter_record_batch(batch, &differs)?)
    };
    let differing = batches.iter().map(only).collect::<Result<Vec<_>, _>>()?;
    Ok(differing.into_iter().filter(|batch| batch.num_rows() > 0).collect())
}

fn converter(batch: &RecordBatch) -> Result<RowConverter, WarehouseError> {
    let fields = batch.columns().iter().map(|column| SortField::new(column.data_type().clone()));
    Ok(RowConverter::new(fields.collect())?)
}

fn keys_of(changed: &[RecordBatch], column: &str) -> Result<Keys, WarehouseError> {
    let columns: Vec<ArrayRef> =
        changed.iter().filter_map(|batch| batch.column_by_name(column)).cloned().collect();
    if columns.len() != changed.len() {
        let message = format!("`looks_up` names a column `{column}` that the list does not have");
        return Err(WarehouseError::Internal(message));
    }
    let mut texts = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for column in &columns {
        if let Some(column) = column.as_primitive_opt::<Int64Type>() {
            numbers.extend(column.iter().flatten());
        } else if let Some(column) = column.as_string_view_opt() {
            texts.extend(column.iter().flatten().map(str::to_owned));
        }
    }
    Ok(if numbers.is_empty() { Keys::Texts(texts) } else { Keys::Numbers(numbers) })
}
