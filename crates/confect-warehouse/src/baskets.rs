//! Sold lines from rows of the engine: what the marts' SQL delivers, and what a viewer may see.
//!
//! Lines go into numbers as they come, batch by batch, so that ten million of them take two small numbers each
//! and never stand in memory as text.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::Array;
use confect_analytics::basket::{SoldLine, SoldLines};
use confect_domain::Date;
use confect_metrics::AuthorisedQuery;

use crate::error::WarehouseError;
use crate::methods::{MethodError, Rows};
use crate::publish::Publication;
use crate::warehouse::Warehouse;

/// Lines that one question may take.
const MAX_LINES: usize = 50_000_000;

/// The sold lines of a scope.
#[derive(Default)]
pub struct ScopeLines {
    /// The lines.
    pub lines: SoldLines,
    /// Whether lines beyond the limit of 50 million were left out.
    pub truncated: bool,
}

impl Warehouse {
    /// Reads the sold lines of a query with the columns `basket`, `item`, `day`, `revenue`, `margin`;
    /// dropping the future stops it.
    ///
    /// # Errors
    /// As [`Warehouse::query`].
    pub async fn sold_lines(
        &self,
        publication: Arc<Publication>,
        query: AuthorisedQuery,
    ) -> Result<ScopeLines, WarehouseError> {
        self.consume(publication, query, ScopeLines::default(), |found, batch| {
            let schema = batch.schema();
            let rows = Rows::new(&schema, &[batch]).map_err(inner)?;
            take_lines(&rows, "item", &mut found.lines).map_err(inner)?;
            found.truncated = found.lines.len() > MAX_LINES;
            Ok(if found.truncated { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .await
    }
}

fn inner(error: MethodError) -> WarehouseError {
    WarehouseError::Internal(error.to_string())
}

/// Adds rows with the columns `basket`, `day`, `revenue`, `margin` and that of the item.
pub(crate) fn take_lines(rows: &Rows, item: &str, lines: &mut SoldLines) -> Result<(), MethodError> {
    let (baskets, items, days) = (rows.texts("basket")?, rows.texts(item)?, rows.days("day")?);
    let (revenue, margin) = (rows.amounts("revenue")?, rows.amounts("margin")?);
    for row in 0..rows.count() {
        if items.is_null(row) || baskets.is_null(row) {
            continue;
        }
        lines.push(SoldLine {
            basket: baskets.value(row),
            item: items.value(row),
            period: month(days.get(row).copied().flatten()),
            revenue: revenue.get(row).copied().flatten(),
            margin: margin.get(row).copied().flatten(),
        });
    }
    Ok(())
}

/// Months since the year 0; 0 without a day.
fn month(day: Option<i32>) -> u32 {
    let Some(day) = day else { return 0 };
    let (year, month, _) = Date::from_days(day).ymd();
    u32::try_from(i64::from(year) * 12 + i64::from(month) - 1).unwrap_or(0)
}
