//! Tables whose rows go by month: those of months that are over keep their files, the month in progress is made anew.
//!
//! The rows of the last month of a table are written as files of their own, after the files of the months before;
//! a publication remembers how many those are. Whether they may stay is said by [`super::keep`].

use std::collections::BTreeMap;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Date32Type;
use confect_domain::{Growth, Model, Parameter, ParameterValue, Parameters, TableContract};
use serde::{Deserialize, Serialize};

use super::base::Base;
use super::schedule::Waiting;
use crate::error::WarehouseError;
use crate::publish::PublishedTable;

/// The parameter that says how many months a method tells of.
const MONTHS: &str = "history_months";

/// Which of a table's files hold months that are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedMonths {
    /// So many of the first files.
    pub files: usize,
    /// The month of all other rows, in days since 1970.
    pub open: i32,
}

/// The tables that go by month, with the column that names it.
pub(super) fn columns(models: &[Waiting<'_>]) -> BTreeMap<String, String> {
    let by_month = models.iter().filter(|next| next.model.growth == Growth::ByMonth);
    by_month.filter_map(|next| Some((next.model.contract.name.clone(), next.model.by_key.clone()?))).collect()
}

/// The model told to make the last month only; `None` if its method cannot be told so.
pub(super) fn of_last_month(model: &Model) -> Option<Model> {
    let mut model = model.clone();
    let call = model.method.as_mut()?;
    let last = Parameter { value: ParameterValue::Integer(1), place: call.place.clone() };
    let own = call.parameters.clone();
    let own = own.values().filter_map(|(name, _)| Some((name.to_owned(), own.get(name)?.clone())));
    call.parameters = Parameters::new(own.chain([(MONTHS.to_owned(), last)]));
    Some(model)
}

/// The published rows of months that are over, if the publication tells them apart.
pub(super) fn closed_part(base: &Base, table: &str) -> Option<PublishedTable> {
    let closed = base.publication.memory.months.get(table)?;
    let mut part = base.publication.table(table)?.clone();
    part.files.truncate(closed.files);
    part.rows = part.files.iter().map(|file| file.rows).sum();
    Some(part)
}

/// The last month of rows, in days since 1970, and how many of them are of it.
pub(super) fn last_month(
    contract: &TableContract,
    column: &str,
    batches: &[RecordBatch],
) -> Result<Option<i32>, WarehouseError> {
    let index = place_of(contract, column)?;
    Ok(batches.iter().filter_map(|batch| months_of(batch, index)).filter_map(arrow::compute::max).max())
}

/// Whether all rows are of one month.
pub(super) fn is_one_month(
    contract: &TableContract,
    column: &str,
    batches: &[RecordBatch],
    month: i32,
) -> Result<bool, WarehouseError> {
    let index = place_of(contract, column)?;
    Ok(batches.iter().filter_map(|batch| months_of(batch, index)).flatten().all(|own| own == Some(month)))
}

/// Rows of months before `open`, and the others.
pub(super) fn split(
    contract: &TableContract,
    column: &str,
    batches: &[RecordBatch],
    open: i32,
) -> Result<(Vec<RecordBatch>, Vec<RecordBatch>), WarehouseError> {
    let index = place_of(contract, column)?;
    let (mut closed, mut last) = (Vec::new(), Vec::new());
    for batch in batches {
        let Some(months) = months_of(batch, index) else { continue };
        let is_open: BooleanArray = months.iter().map(|month| Some(month >= Some(open))).collect();
        match is_open.true_count() {
            0 => closed.push(batch.clone()),
            all if all == batch.num_rows() => last.push(batch.clone()),
            _ => {
                closed.push(filter_record_batch(batch, &arrow::compute::not(&is_open)?)?);
                last.push(filter_record_batch(batch, &is_open)?);
            }
        }
    }
    Ok((closed, last))
}

fn place_of(contract: &TableContract, column: &str) -> Result<usize, WarehouseError> {
    let place = contract.columns.iter().position(|known| known.name == column);
    place.ok_or_else(|| WarehouseError::Internal(format!("`{}` has no column `{column}`", contract.name)))
}

fn months_of(batch: &RecordBatch, index: usize) -> Option<&arrow::array::PrimitiveArray<Date32Type>> {
    batch.column(index).as_primitive_opt::<Date32Type>()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Date32Array;
    use arrow::datatypes::{DataType, Field, Schema};
    use confect_domain::{ColumnContract, ColumnType, Layer, TableAccess};

    use super::*;

    #[test]
    fn months_that_are_over_are_told_from_the_last_one() {
        let name = "as_of_month";
        let column = ColumnContract {
            name: name.to_owned(),
            column_type: ColumnType::Date,
            nullable: false,
            about: String::new(),
        };
        let contract = TableContract {
            name: "scores".to_owned(),
            layer: Layer::Marts,
            grain: String::new(),
            key: Vec::new(),
            order: Vec::new(),
            access: TableAccess::Private,
            columns: vec![column],
            foreign_keys: Vec::new(),
            accepted: Vec::new(),
        };
        let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Date32, false)]));
        let batch = |months: &[i32]| {
            RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Date32Array::from(months.to_vec()))])
                .expect("a batch")
        };
        let batches = [batch(&[1, 1, 2]), batch(&[2, 3, 3]), batch(&[3])];
        let open = last_month(&contract, name, &batches).expect("a column");
        assert_eq!(open, Some(3));
        let (closed, last) = split(&contract, name, &batches, 3).expect("two sides");
        let rows = |side: &[RecordBatch]| side.iter().map(RecordBatch::num_rows).sum::<usize>();
        assert_eq!((rows(&closed), rows(&last)), (4, 3));
        assert!(is_one_month(&contract, name, &last, 3).expect("a column"));
        assert!(!is_one_month(&contract, name, &batches, 3).expect("a column"));
        assert_eq!(last_month(&contract, name, &[]).expect("a column"), None);
    }
}
