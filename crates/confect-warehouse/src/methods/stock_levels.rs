//! `stock_levels`: movements and counts → what was on hand at the end of each day, one row per day.
//!
//! Reads `stock_code`, `store_id` (may be null), `day`, `moved_qty` (null for a count), `counted_qty`,
//! `on_order_qty`, and `last_day`, the same in every row; rows of one day in the order of their counts.
//! Makes `stock_code`, `store_id`, `stock_date`, `on_hand_qty`, `on_order_qty`,
//! `count_difference_qty`, `count_opening_qty`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, StringViewArray, UInt32Array};
use arrow::compute::take;
use confect_analytics::stock::{StockEvent, StockLevels, What};
use confect_domain::{Finding, Parameters, Problem, Severity};
use hashbrown::HashMap;

use super::columns::{amounts, table};
use super::{Method, MethodError, MethodOutput, Rows, Run};

pub(super) const METHOD: Method = Method { name: "stock_levels", parts: &[""], check, run: Run::Whole(run) };

fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&[])
}

fn run(rows: &Rows, _parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let (codes, stores) = (rows.texts("stock_code")?, rows.texts("store_id")?);
    let (series, firsts) = series(&codes, &stores);
    let (days, moved, counted) =
        (rows.days("day")?, rows.amounts("moved_qty")?, rows.amounts("counted_qty")?);
    let ordered = rows.amounts("on_order_qty")?;
    let last_day = rows.days("last_day")?.into_iter().flatten().next().unwrap_or_default();
    let what = |row: usize| match (moved.get(row).copied().flatten(), counted.get(row).copied().flatten()) {
        (Some(quantity), _) => Some(What::Moved(quantity)),
        (None, Some(on_hand)) => {
            Some(What::Counted { on_hand, on_order: ordered.get(row).copied().flatten() })
        }
        (None, None) => None,
    };
    let event = |(row, series): (usize, &u32)| {
        Some(StockEvent { series: *series, day: days.get(row).copied().flatten()?, what: what(row)? })
    };
    let events = series.iter().enumerate().filter_map(event).collect();
    let levels = StockLevels::of(events, last_day);
    let mut output = MethodOutput::single(daily(&levels, &firsts, &codes, &stores)?);
    output.findings.extend(disagreement(&levels));
    Ok(output)
}

/// The series of each row, and the first row of each series.
fn series(codes: &StringViewArray, stores: &StringViewArray) -> (Vec<u32>, Vec<u32>) {
    let mut known: HashMap<(&str, Option<&str>), u32> = HashMap::new();
    let mut firsts = Vec::new();
    let of_row = |row: usize| {
        let store = stores.is_valid(row).then(|| stores.value(row));
        *known.entry((codes.value(row), store)).or_insert_with(|| {
            firsts.push(u32::try_from(row).unwrap_or(u32::MAX));
            u32::try_from(firsts.len() - 1).unwrap_or(u32::MAX)
        })
    };
    ((0..codes.len()).map(of_row).collect(), firsts)
}

/// One row per day of each span.
fn daily(
    levels: &StockLevels,
    firsts: &[u32],
    codes: &StringViewArray,
    stores: &StringViewArray,
) -> Result<arrow::array::RecordBatch, MethodError> {
    let rows = || levels.spans.iter().flat_map(|span| (span.from..span.to).map(move |day| (span, day)));
    let places: UInt32Array = rows().map(|(span, _)| firsts.get(span.series as usize).copied()).collect();
    let days: Date32Array = rows().map(|(_, day)| Some(day)).collect();
    let failed = |error: arrow::error::ArrowError| MethodError::Input(error.to_string());
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("stock_code", take(codes, &places, None).map_err(failed)?),
        ("store_id", take(stores, &places, None).map_err(failed)?),
        ("stock_date", Arc::new(days)),
        ("on_hand_qty", amounts(rows().map(|(span, _)| Some(span.on_hand)))?),
        ("on_order_qty", amounts(rows().map(|(span, _)| span.on_order))?),
        (
            "count_difference_qty",
            amounts(rows().map(|(span, day)| span.difference.filter(|_| day == span.from)))?,
        ),
        ("count_opening_qty", amounts(rows().map(|(span, day)| span.opening.filter(|_| day == span.from)))?),
    ];
    table(columns)
}

/// Counts that the movements do not add up to: the books begin late, or something is missing in them.
fn disagreement(levels: &StockLevels) -> Option<Finding> {
    let differing = levels.counted - levels.agreeing;
    (differing > 0).then(|| Finding {
        code: "stock-books-differ",
        severity: Severity::Note,
        source: "stock_levels".to_owned(),
        file: None,
        line: None,
        column: Some("on_hand_qty".to_owned()),
        value: None,
        message: format!(
            "the counts of {differing} of {} articles differ from the sum of their movements",
            levels.counted
        ),
        remedy: "counts lead; look whether movements are missing, or begin after the first stock".to_owned(),
        rows: u64::from(differing),
    })
}
