//! `calendar_days`: every day from the month of the first dated row to two years after the last, as the domain's
//! calendar sees it. `dim_date` is made from it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch};
use confect_domain::{Date, FiscalCalendar, retail_period};

use crate::error::WarehouseError;

/// One row per day; columns `date_key`, `date`, `year`, `quarter`, `month`, `day_of_month`,
/// `iso_year`, `iso_week`, `weekday` (Monday = 1), `week_start`, `month_start`, `fiscal_year`,
/// `fiscal_quarter`, `fiscal_period`, `retail_year`, `retail_week`, `retail_period` (4-4-5).
pub(super) fn days(
    span: Option<(Date, Date)>,
    calendar: FiscalCalendar,
) -> Result<RecordBatch, WarehouseError> {
    let days: Vec<Date> = match span {
        Some((from, to)) => {
            (from.month_start().days()..=to.plus_months(24).days()).map(Date::from_days).collect()
        }
        None => Vec::new(),
    };
    let numbers = |value: fn(Date) -> i64| -> ArrayRef {
        Arc::new(days.iter().map(|day| value(*day)).collect::<Int64Array>())
    };
    let by_calendar = |value: fn(Date, FiscalCalendar) -> i64| -> ArrayRef {
        Arc::new(days.iter().map(|day| value(*day, calendar)).collect::<Int64Array>())
    };
    let dates = |value: fn(Date) -> Date| -> ArrayRef {
        Arc::new(Date32Array::from(days.iter().map(|day| value(*day).days()).collect::<Vec<i32>>()))
    };
    Ok(RecordBatch::try_from_iter([
        ("date_key", numbers(Date::key)),
        ("date", dates(|day| day)),
        ("year", numbers(|day| i64::from(day.ymd().0))),
        ("quarter", numbers(|day| i64::from((day.ymd().1 - 1) / 3 + 1))),
        ("month", numbers(|day| i64::from(day.ymd().1))),
        ("day_of_month", numbers(|day| i64::from(day.ymd().2))),
        ("iso_year", numbers(|day| i64::from(iso_week(day).0))),
        ("iso_week", numbers(|day| i64::from(iso_week(day).1))),
        ("weekday", numbers(|day| i64::from(day.weekday()))),
        ("week_start", dates(Date::week_start)),
        ("month_start", dates(Date::month_start)),
        ("fiscal_year", by_calendar(|day, calendar| i64::from(calendar.fiscal_period(day).0))),
        (
            "fiscal_quarter",
            by_calendar(|day, calendar| i64::from((calendar.fiscal_period(day).1 - 1) / 3 + 1)),
        ),
        ("fiscal_period", by_calendar(|day, calendar| i64::from(calendar.fiscal_period(day).1))),
        ("retail_year", by_calendar(|day, calendar| i64::from(calendar.retail_week(day).0))),
        ("retail_week", by_calendar(|day, calendar| i64::from(calendar.retail_week(day).1))),
        ("retail_period", by_calendar(|day, calendar| i64::from(retail_period(calendar.retail_week(day).1)))),
    ])?)
}

/// ISO 8601: a week belongs to the year that holds its Thursday.
fn iso_week(day: Date) -> (i32, i32) {
    let thursday = day.week_start().plus_days(3);
    let year = thursday.ymd().0;
    (year, (thursday.days() - thursday.year_start().days()) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_weeks_follow_the_thursday() {
        for (day, expected) in [
            ("2010-12-31", (2010, 52)),
            ("2011-01-02", (2010, 52)),
            ("2011-01-03", (2011, 1)),
            ("2020-12-31", (2020, 53)),
            ("2024-12-30", (2025, 1)),
        ] {
            assert_eq!(iso_week(Date::parse(day).expect("a date")), expected, "{day}");
        }
    }

    #[test]
    fn the_calendar_reaches_two_years_past_the_last_sale() {
        let span = (Date::parse("2010-12-01").expect("a date"), Date::parse("2011-12-09").expect("a date"));
        let table = days(Some(span), FiscalCalendar::default()).expect("a table");
        assert_eq!(table.num_rows(), 31 + 365 + 366 + 343);
        assert_eq!(days(None, FiscalCalendar::default()).expect("a table").num_rows(), 0);
    }
}
