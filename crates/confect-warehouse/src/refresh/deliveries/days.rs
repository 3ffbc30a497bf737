//! Rows by day, and which of them came after later days had been published (F78).
//!
//! Counts are compared, not rows: a day that has more rows than it had when it was published got late ones.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use confect_domain::{Date, Finding, Severity};

use super::past::Past;
use super::{LateRows, SourceDelivery};

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Months that a finding names.
const MONTHS_TOLD: usize = 12;

/// Rows by the day of a moment.
pub(super) fn count(batches: &[RecordBatch], column: &str) -> BTreeMap<Date, u64> {
    let mut days: BTreeMap<i64, u64> = BTreeMap::new();
    for batch in batches {
        let moments = batch.column_by_name(column);
        let moments = moments.and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>());
        let Some(moments) = moments else { continue };
        // Exports come almost in order: count runs of one day.
        let mut run: Option<(i64, u64)> = None;
        for moment in moments.iter().flatten() {
            let day = moment.div_euclid(MICROS_PER_DAY);
            match &mut run {
                Some((of, rows)) if *of == day => *rows += 1,
                _ => {
                    if let Some((of, rows)) = run.replace((day, 1)) {
                        *days.entry(of).or_default() += rows;
                    }
                }
            }
        }
        if let Some((of, rows)) = run {
            *days.entry(of).or_default() += rows;
        }
    }
    let date = |(day, rows): (i64, u64)| Some((Date::from_days(i32::try_from(day).ok()?), rows));
    days.into_iter().filter_map(date).collect()
}

/// Late rows of sources that were published before, by month.
pub(super) fn late(deliveries: &[SourceDelivery], past: &Past) -> Vec<LateRows> {
    let mut late: BTreeMap<(&str, Date), u64> = BTreeMap::new();
    for delivery in deliveries {
        let Some(before) = past.days.get(&delivery.source) else { continue };
        let Some(newest) = before.keys().next_back() else { continue };
        for (day, rows) in delivery.days.range(..*newest) {
            let more = rows.saturating_sub(before.get(day).copied().unwrap_or(0));
            if more > 0 {
                *late.entry((&delivery.source, day.month_start())).or_default() += more;
            }
        }
    }
    let row =
        |((source, month), rows): ((&str, Date), u64)| LateRows { source: source.to_owned(), month, rows };
    late.into_iter().map(row).collect()
}

/// One warning per source with late rows.
pub(super) fn findings(late: &[LateRows], past: &Past) -> Vec<Finding> {
    let mut findings = Vec::new();
    for group in late.chunk_by(|left, right| left.source == right.source) {
        let Some(first) = group.first() else { continue };
        let newest = past.days.get(&first.source).and_then(|days| days.keys().next_back());
        let newest = newest.map(Date::to_string).unwrap_or_default();
        let month = |late: &LateRows| {
            let day = late.month.to_string();
            format!("{} in {}", late.rows, day.get(..7).unwrap_or(&day))
        };
        let mut months: Vec<String> = group.iter().rev().take(MONTHS_TOLD).map(month).collect();
        months.reverse();
        findings.push(Finding {
            code: "late-rows",
            severity: Severity::Warning,
            source: first.source.clone(),
            file: None,
            line: None,
            column: None,
            value: None,
            message: format!(
                "rows came late, dated before {newest}, up to which was published already: {}",
                months.join(", ")
            ),
            remedy: "nothing has to be done; figures of these months changed, reports drawn before did not"
                .to_owned(),
            rows: group.iter().map(|late| late.rows).sum(),
        });
    }
    findings
}
