//! The days that anything happened on: what the calendar has to reach.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use confect_domain::{Date, Entity, Period};

use super::growth::Growing;
use super::increment::Start;
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

/// First and last days by entity.
pub(super) type Spans = BTreeMap<Entity, (Date, Date)>;

/// The first and the last day of the facts that were read, by entity.
pub(super) fn by_entity(inputs: &Inputs) -> Spans {
    let mut spans = Spans::new();
    for (entity, column) in DAYS {
        let span = joined(spans.get(&entity).copied(), of_entity(inputs, entity, column));
        spans.extend(span.map(|span| (entity, span)));
    }
    spans
}

/// Adds the days of old rows that were not read again.
pub(super) fn join_old(spans: &mut Spans, start: &Start, growing: &Growing) {
    let old = &start.base.publication.memory.spans;
    for entity in Entity::ALL {
        let is_kept = growing.entities.contains(&entity) || start.unread.contains(&entity);
        let Some((from, to)) = old.get(entity.name()).filter(|_| is_kept) else { continue };
        let known = (Date::from_days(*from), Date::from_days(*to));
        spans.extend(joined(spans.get(&entity).copied(), Some(known)).map(|span| (entity, span)));
    }
}

/// As a publication keeps them: days since 1970, by name of the entity.
pub(super) fn remembered(spans: &Spans) -> BTreeMap<String, (i32, i32)> {
    let days =
        |(entity, (from, to)): (&Entity, &(Date, Date))| (entity.name().to_owned(), (from.days(), to.days()));
    spans.iter().map(days).collect()
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
