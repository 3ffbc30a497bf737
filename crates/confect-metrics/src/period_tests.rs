//! Ranges and baselines, worked out by hand on a calendar.

use super::*;

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn period(from: &str, to: &str) -> Period {
    Period::new(date(from), date(to)).expect("a period")
}

fn shown(period: Period) -> String {
    format!("{}..{}", period.from, period.to)
}

#[test]
fn ranges_end_with_the_latest_sale_and_never_ask_the_clock() {
    let data = period("2010-12-01", "2011-12-10");
    let cases = [
        ("last-12-months", "2011-12-10", "2010-12-10..2011-12-10"),
        ("last-12-months", "2024-02-29", "2023-02-28..2024-02-29"),
        ("last-90-days", "2011-12-10", "2011-09-11..2011-12-10"),
        ("last-28-days", "2011-12-10", "2011-11-12..2011-12-10"),
        ("last-7-days", "2011-12-10", "2011-12-03..2011-12-10"),
        ("last-3-days", "2011-12-10", "2011-12-07..2011-12-10"),
        ("month-to-date", "2011-12-10", "2011-12-01..2011-12-10"),
        // The latest sale is on 31 August: the month to date is all of August, the one before it July.
        ("month-to-date", "2025-09-01", "2025-08-01..2025-09-01"),
        ("previous-month", "2025-09-01", "2025-07-01..2025-08-01"),
        ("previous-month", "2011-01-15", "2010-12-01..2011-01-01"),
        ("quarter-to-date", "2011-12-10", "2011-10-01..2011-12-10"),
        ("year-to-date", "2011-12-10", "2011-01-01..2011-12-10"),
        ("year-to-date", "2012-01-01", "2011-01-01..2012-01-01"),
        ("all", "2011-12-10", "2010-12-01..2011-12-10"),
    ];
    for (name, as_of, expected) in cases {
        let range = Range::from_name(name, None).expect("a range");
        assert_eq!(shown(range.resolve(date(as_of), data)), expected, "{name} as of {as_of}");
        assert_eq!(range.name(), name);
    }
    let custom = period("2011-03-01", "2011-03-05");
    let range = Range::from_name("custom", Some(custom)).expect("a range");
    assert_eq!(range.resolve(date("2011-12-10"), data), custom);
}

#[test]
fn ranges_that_are_not_known_are_refused() {
    for name in
        ["", "last-0-days", "last--1-days", "last-99999999999-days", "last-40000-days", "yesterday", "ALL"]
    {
        assert!(Range::from_name(name, None).is_err(), "{name}");
    }
    assert_eq!(Range::from_name("custom", None), Err(MetricError::CustomWithoutDays));
    assert!(Comparison::from_name("lastyear").is_err());
}

#[test]
fn whole_months_meet_whole_months_and_days_meet_the_same_weekday() {
    let cases = [
        ("2010-12-10", "2011-12-10", Comparison::LastYear, Some("2009-12-11..2010-12-11")),
        ("2011-12-01", "2011-12-10", Comparison::LastYear, Some("2010-12-02..2010-12-11")),
        ("2012-02-01", "2012-03-01", Comparison::LastYear, Some("2011-02-01..2011-03-01")),
        ("2012-01-01", "2013-01-01", Comparison::LastYear, Some("2011-01-01..2012-01-01")),
        ("2012-03-01", "2012-04-01", Comparison::Previous, Some("2012-02-01..2012-03-01")),
        ("2012-01-01", "2012-04-01", Comparison::Previous, Some("2011-10-01..2012-01-01")),
        ("2011-12-03", "2011-12-10", Comparison::Previous, Some("2011-11-26..2011-12-03")),
        ("2011-12-03", "2011-12-10", Comparison::None, None),
    ];
    for (from, to, comparison, expected) in cases {
        let found = baseline(period(from, to), comparison).map(shown);
        assert_eq!(found.as_deref(), expected, "{from} {to} {comparison:?}");
    }
}

#[test]
fn coverage_says_whether_the_data_reach_back() {
    let data = period("2010-12-01", "2011-12-10");
    assert_eq!(coverage(period("2010-12-01", "2011-12-10"), data), Coverage::Full);
    assert_eq!(coverage(period("2009-12-11", "2010-12-11"), data), Coverage::Part);
    assert_eq!(coverage(period("2011-12-01", "2011-12-11"), data), Coverage::Part);
    assert_eq!(coverage(period("2009-12-01", "2010-12-01"), data), Coverage::None);
    assert_eq!(coverage(period("2011-12-10", "2011-12-12"), data), Coverage::None);
}

#[test]
fn steps_fit_the_length_of_the_period_and_cover_it() {
    for (days, grain) in
        [(1, Grain::Day), (45, Grain::Day), (46, Grain::Week), (400, Grain::Week), (401, Grain::Month)]
    {
        let from = date("2011-01-01");
        assert_eq!(grain_for(Period { from, to: from.plus_days(days) }), grain, "{days}");
    }
    let weeks = buckets(period("2011-12-01", "2011-12-13"), Grain::Week);
    assert_eq!(
        weeks.iter().map(Date::to_string).collect::<Vec<_>>(),
        ["2011-11-28", "2011-12-05", "2011-12-12"]
    );
    let quarters = buckets(period("2011-01-01", "2011-04-02"), Grain::Quarter);
    assert_eq!(quarters.iter().map(Date::to_string).collect::<Vec<_>>(), ["2011-01-01", "2011-04-01"]);
}
