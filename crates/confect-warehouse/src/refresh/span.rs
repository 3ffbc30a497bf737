//! The days that anything happened on: what the calendar has to reach.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use confect_domain::{Date, Entity, Period};

use super::inputs::Inputs;
use super::models::joined;

/// The columns that say when a fact's rows happened, or for when they are.
const DAYS: [(Entity, &str); 7] = [
    (Entity::SaleLines, "sold_at"),
    (Entity::StockMovements, "moved_at"),
    (Entity::StockLevels, "as_of"),
    (Entity::LedgerEntries, "posted_date"),
    (Entity::LoyaltyEvents, "occurred_at"),
    (Entity::Targets, "period"),
    (Entity::StockLevels, "source_file"),
];

/// The first and the last day of all facts; `None` without any.
pub(super) fn of(inputs: &Inputs) -> Option<(Date, Date)> {
    DAYS.iter().fold(None, |span, (entity, column)| joined(span, of_entity(inputs, *entity, column)))
}

/// The first and the last day in a column of an entity.
pub(super) fn of_entity(inputs: &Inputs, entity: Entity, column: &str) -> Option<(Date, Date)> {
    let (schema, batches) = inputs.tables.get(&entity)?;
    let index = schema.index_of(column).ok()?;
    batches.iter().fold(None, |span, batch| joined(span, of_column(batch, index)))
}

fn of_column(batch: &RecordBatch, index: usize) -> Option<(Date, Date)> {
    let column = batch.column(index);
    if let Some(moments) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        let day = |micros: i64| i32::try_from(micros.div_euclid(86_400_000_000)).ok().map(Date::from_days);
        return arrow::compute::min(moments).and_then(day).zip(arrow::compute::max(moments).and_then(day));
    }
    if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        return arrow::compute::min(days)
            .map(Date::from_days)
            .zip(arrow::compute::max(days).map(Date::from_days));
    }
    // Names of periods, or of files with a day in them: few different ones, one after the other.
    let (mut span, mut last) = (None, None);
    for text in column.as_string_view_opt()?.iter().flatten() {
        if last == Some(text) {
            continue;
        }
        last = Some(text);
        let named = Period::named(text).map(|period| (period.from, period.to.plus_days(-1)));
        let Some((from, to)) = named.or_else(|| Date::in_name(text).map(|day| (day, day))) else { continue };
        span = Some(span.map_or((from, to), |(first, end): (Date, Date)| (first.min(from), end.max(to))));
    }
    span
}
