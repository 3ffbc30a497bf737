//! What models start from: the rows of the sources, who is whom, small lists, days and settings, as tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use confect_domain::{Date, Seed};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use super::growth::source_table;
use super::inputs::{Inputs, spread};
use super::models::Days;
use super::sizes::Sizes;
use super::{RefreshPlan, calendar, identity};
use crate::engine::{empty_table, partitions};
use crate::error::WarehouseError;

/// Makes a table known by its name.
pub(super) fn register(
    context: &SessionContext,
    name: &str,
    schema: SchemaRef,
    parts: Vec<Vec<RecordBatch>>,
) -> Result<(), WarehouseError> {
    let table =
        if rows_of(&parts) == 0 { empty_table(schema)? } else { Arc::new(MemTable::try_new(schema, parts)?) };
    context.register_table(name, table)?;
    Ok(())
}

pub(super) fn rows_of(parts: &[Vec<RecordBatch>]) -> u64 {
    parts.iter().flatten().map(|batch| batch.num_rows() as u64).sum()
}

/// Columns that may be empty: what a contract forbids is checked, not assumed.
pub(super) fn nullable(schema: &SchemaRef) -> SchemaRef {
    Arc::new(Schema::new(
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>(),
    ))
}

/// Registers what the models start from.
pub(super) fn register_inputs(
    whole: &SessionContext,
    fresh: Option<&SessionContext>,
    plan: &RefreshPlan,
    inputs: Inputs,
    days: Days,
    identities: RecordBatch,
    sizes: &mut Sizes,
) -> Result<(), WarehouseError> {
    let mut tables = vec![(identity::TABLE.to_owned(), identities.schema(), vec![vec![identities]])];
    for (entity, (schema, batches)) in inputs.into_tables()? {
        let parts = spread(&schema, batches, partitions())?;
        tables.push((source_table(entity), schema, parts));
    }
    for seed in &plan.seeds {
        let batch = seed_batch(seed)?;
        tables.push((format!("seed_{}", seed.name), batch.schema(), vec![vec![batch]]));
    }
    for (name, batch) in
        [("calendar_days", calendar::days(days.span, plan.calendar)?), ("settings", settings(plan, days)?)]
    {
        tables.push((name.to_owned(), batch.schema(), vec![vec![batch]]));
    }
    for (name, schema, parts) in tables {
        sizes.note(&name, rows_of(&parts));
        if let Some(fresh) = fresh {
            register(fresh, &name, Arc::clone(&schema), parts.clone())?;
        }
        register(whole, &name, schema, parts)?;
    }
    Ok(())
}

/// One row: the shop's currency, the day that recency counts from (null for the default), and the one from which
/// on tables of whole months leave out what happened.
fn settings(plan: &RefreshPlan, days: Days) -> Result<RecordBatch, WarehouseError> {
    let currency: ArrayRef = Arc::new(StringViewArray::from(vec![plan.currency.as_str()]));
    let as_of: ArrayRef = Arc::new(Date32Array::from(vec![plan.as_of.map(Date::days)]));
    let schema = Schema::new(vec![
        Field::new("currency", DataType::Utf8View, false),
        Field::new("as_of", DataType::Date32, true),
        Field::new("whole_months_to", DataType::Date32, true),
    ]);
    let months: ArrayRef = Arc::new(Date32Array::from(vec![days.whole_months_to.map(Date::days)]));
    Ok(RecordBatch::try_new(Arc::new(schema), vec![currency, as_of, months])?)
}

fn seed_batch(seed: &Seed) -> Result<RecordBatch, WarehouseError> {
    let fields: Vec<Field> =
        seed.columns.iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
    let columns: Vec<ArrayRef> = (0..seed.columns.len())
        .map(|index| -> ArrayRef {
            Arc::new(
                seed.rows.iter().map(|row| row.get(index).cloned().flatten()).collect::<StringViewArray>(),
            )
        })
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
