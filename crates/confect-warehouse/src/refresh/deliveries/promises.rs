//! What a source promises of its newest days: that they are there in time, and that they have about as many rows as
//! the same weekdays before.
//!
//! Each promise is a check of the run like those of the contracts, kept with its history. One that fails warns, or
//! stops the refresh where the source says `freshness = "critical"` or `volume = "critical"`: then the publication
//! before stays live.
//!
//! A day is unusual below 40 % or above 300 % of the median of the eight latest days of its weekday, and only if it
//! also lies five standard deviations away from it. The deviation is taken from the median of the distances, or from
//! the count itself if that is more, so that small or restless sources stay quiet. Wide on purpose: half an export
//! and a doubled one are found, a good Saturday is not.
//! Deliberately absent: the future (forecasts), and sources whose rows have no day, which `shrink` looks after.

use std::collections::BTreeMap;

use confect_domain::{Date, Finding, Severity};

use super::super::RefreshPlan;
use super::SourceDelivery;
use super::past::Past;
use crate::contract::CheckResult;

/// Latest days of the same weekday that are looked at.
const HISTORY: usize = 8;
/// Fewer of them say nothing.
const HISTORY_MIN: usize = 4;
/// Weeks in which they have to lie.
const WEEKS: i32 = 16;
/// Bounds against the median, in percent.
const LEAST_PERCENT: f64 = 40.0;
const MOST_PERCENT: f64 = 300.0;
/// Standard deviations that a day may lie away in any case.
const DEVIATIONS: f64 = 5.0;
/// Standard deviation of a normal distribution over the median of the distances from its median.
const FROM_MEDIAN_DISTANCE: f64 = 1.4826;
/// Code of the finding.
pub(super) const UNUSUAL: &str = "volume-unusual";
/// Days that a message names.
const DAYS_TOLD: usize = 3;

/// How many days too old the newest data is: what should come every day has to be there on the next.
pub fn days_late(newest: Date, every: u32, today: Date) -> u32 {
    let age = i64::from(today.days()) - i64::from(newest.days());
    u32::try_from(age - i64::from(every)).unwrap_or(0)
}

/// A day with fewer or more rows than usual.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unusual {
    day: Date,
    rows: u64,
    /// Median of its weekday.
    usual: f64,
}

/// The checks of all sources, and a finding for each source with an unusual day.
pub(super) fn check(
    plan: &RefreshPlan,
    deliveries: &[SourceDelivery],
    past: &Past,
    today: Option<Date>,
) -> (Vec<CheckResult>, Vec<Finding>) {
    let (mut checks, mut findings) = (Vec::new(), Vec::new());
    for (spec, _) in &plan.sources {
        let (name, options) = (&spec.name, &spec.options);
        let Some(delivery) = deliveries.iter().find(|delivery| delivery.source == *name) else { continue };
        let expected = options.expect_every.zip(delivery.newest_day()).zip(today);
        if let Some(((every, newest), today)) = expected {
            let late = days_late(newest, every, today);
            checks.push(CheckResult {
                table: name.clone(),
                name: format!("newest data is at most {} old", counted(u64::from(every), "day")),
                severity: options.freshness,
                failing_rows: u64::from(late),
                message: (late > 0).then(|| {
                    let late = counted(u64::from(late), "day");
                    format!(
                        "source `{name}`: its newest data is of {newest}, {late} late; \
                         look whether the export ran and where its file went"
                    )
                }),
            });
        }
        let Some(severity) = options.volume else { continue };
        // Without enough history there is nothing to judge, and no check was made.
        let Some(unusual) = unusual_days(&delivery.days, past.days.get(name), today) else { continue };
        // Somebody looked and said that it is right.
        let severity = if plan.accept_shrink.contains(name) { Severity::Note } else { severity };
        let message = (!unusual.is_empty()).then(|| told(name, &unusual));
        findings.extend(message.iter().map(|message| finding(name, severity, message, &unusual)));
        checks.push(CheckResult {
            table: name.clone(),
            name: "newest days have as many rows as their weekdays usually have".to_owned(),
            severity,
            failing_rows: unusual.len() as u64,
            message,
        });
    }
    (checks, findings)
}

/// The unusual ones among the days that are new or changed since the last publication, or the newest day if there
/// was none. Today is not over and is left out. `None` if no day could be judged.
fn unusual_days(
    days: &BTreeMap<Date, u64>,
    published: Option<&BTreeMap<Date, u64>>,
    today: Option<Date>,
) -> Option<Vec<Unusual>> {
    let is_over = |day: &Date| today.is_none_or(|today| *day < today);
    let newest = days.keys().rev().find(|day| is_over(day))?;
    let from = published.and_then(|published| published.keys().next_back()).unwrap_or(newest);
    let is_new = |day: &Date, rows: u64| published.is_none_or(|days| days.get(day) != Some(&rows));
    let (mut is_judged, mut unusual) = (false, Vec::new());
    for (day, rows) in days.range(*from..).filter(|(day, rows)| is_over(day) && is_new(day, **rows)) {
        let Some((usual, low, high)) = bounds(days, *day) else { continue };
        is_judged = true;
        if (*rows as f64) < low || (*rows as f64) > high {
            unusual.push(Unusual { day: *day, rows: *rows, usual });
        }
    }
    is_judged.then_some(unusual)
}

/// Median of the days before of the same weekday, and between which counts a day is usual; `None` if there are few.
fn bounds(days: &BTreeMap<Date, u64>, day: Date) -> Option<(f64, f64, f64)> {
    let week = |weeks: i32| days.get(&day.plus_days(-7 * weeks)).map(|rows| *rows as f64);
    let mut before: Vec<f64> = (1..=WEEKS).filter_map(week).take(HISTORY).collect();
    if before.len() < HISTORY_MIN {
        return None;
    }
    let usual = median(&mut before)?;
    let mut distances: Vec<f64> = before.iter().map(|rows| (rows - usual).abs()).collect();
    let deviation = (median(&mut distances)? * FROM_MEDIAN_DISTANCE).max(usual.sqrt());
    let (least, most) = (usual * LEAST_PERCENT / 100.0, usual * MOST_PERCENT / 100.0);
    Some((usual, least.min(usual - DEVIATIONS * deviation), most.max(usual + DEVIATIONS * deviation)))
}

/// `None` of nothing.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied()?;
    let lower = if values.len() % 2 == 0 { values.get(middle.checked_sub(1)?).copied()? } else { upper };
    Some(f64::midpoint(lower, upper))
}

fn told(source: &str, unusual: &[Unusual]) -> String {
    let one = |day: &Unusual| {
        let Unusual { day, rows, usual } = day;
        format!("{day} has {}, its weekday usually {usual:.0}", counted(*rows, "row"))
    };
    let mut days: Vec<String> = unusual.iter().take(DAYS_TOLD).map(one).collect();
    let more = unusual.len().saturating_sub(DAYS_TOLD);
    days.extend((more > 0).then(|| format!("and {} like these", counted(more as u64, "day"))));
    format!(
        "source `{source}`: {}; if that is right, run `confect refresh --accept-shrink {source}`",
        days.join("; ")
    )
}

fn finding(source: &str, severity: Severity, message: &str, unusual: &[Unusual]) -> Finding {
    let message = message.split("; if that is right").next().unwrap_or(message);
    Finding {
        code: UNUSUAL,
        severity,
        source: source.to_owned(),
        file: None,
        line: None,
        column: None,
        value: None,
        message: message.to_owned(),
        remedy: "look whether the export of these days is whole and holds each line once; `volume` in the \
                 source's options says whether this warns or stops the refresh"
            .to_owned(),
        rows: unusual.iter().map(|day| day.rows).sum(),
    }
}

/// `1 row`, `2 rows`.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).expect("a day")
    }

    /// Ten weeks from Monday, 2024-01-01: 100 rows a day, 200 on Saturdays, nothing on Sundays.
    fn shop() -> BTreeMap<Date, u64> {
        let first = day("2024-01-01");
        let rows = |offset: i32| match offset % 7 {
            6 => None,
            5 => Some((first.plus_days(offset), 200)),
            _ => Some((first.plus_days(offset), 100)),
        };
        (0..70).filter_map(rows).collect()
    }

    fn judged(days: &BTreeMap<Date, u64>) -> Option<Vec<u64>> {
        let found = unusual_days(days, None, Some(day("2030-01-01")));
        found.map(|found| found.iter().map(|day| day.rows).collect())
    }

    #[test]
    fn f87_a_day_that_is_missing_is_told_on_the_next_but_one() {
        let cases = [
            ("2024-01-05", 1, "2024-01-05", 0),
            ("2024-01-05", 1, "2024-01-06", 0),
            ("2024-01-05", 1, "2024-01-07", 1),
            ("2024-01-05", 7, "2024-01-12", 0),
            ("2024-01-05", 7, "2024-01-15", 3),
            // A file of tomorrow is not late.
            ("2024-01-06", 1, "2024-01-05", 0),
        ];
        for (newest, every, today, late) in cases {
            assert_eq!(days_late(day(newest), every, day(today)), late, "{newest} {every} {today}");
        }
    }

    #[test]
    fn a_day_is_held_against_its_own_weekday() {
        let mut days = shop();
        // The newest day is a Saturday, which has 200.
        assert_eq!(judged(&days), Some(vec![]));
        for (rows, is_unusual) in [(79, true), (81, false), (600, false), (601, true), (0, true)] {
            days.insert(day("2024-03-09"), rows);
            assert_eq!(judged(&days), Some(if is_unusual { vec![rows] } else { vec![] }), "{rows}");
        }
        // The Sunday after has no history: the shop was never open on one.
        days.insert(day("2024-03-10"), 5);
        assert_eq!(judged(&days), None);
    }

    #[test]
    fn few_rows_and_restless_sources_stay_quiet() {
        let small: BTreeMap<Date, u64> = shop().into_iter().map(|(day, rows)| (day, rows / 20)).collect();
        let mut days = small.clone();
        days.insert(day("2024-03-09"), 1);
        assert_eq!(judged(&days), Some(vec![]), "one of ten may be chance");
        let mut restless = shop();
        for (place, rows) in restless.values_mut().enumerate() {
            *rows = if place / 6 % 2 == 0 { 20 } else { 900 };
        }
        restless.insert(day("2024-03-09"), 1);
        assert_eq!(judged(&restless), Some(vec![]));
    }

    #[test]
    fn what_is_published_is_not_judged_again_and_today_is_not_over() {
        let mut days = shop();
        let published = days.clone();
        let on =
            |days: &BTreeMap<Date, u64>, today: &str| unusual_days(days, Some(&published), Some(day(today)));
        assert_eq!(on(&days, "2024-03-20"), None, "nothing is new");
        // Two days: one as always, one cut off.
        days.insert(day("2024-03-11"), 100);
        days.insert(day("2024-03-12"), 7);
        let found = on(&days, "2024-03-20").expect("judged");
        assert_eq!(found, [Unusual { day: day("2024-03-12"), rows: 7, usual: 100.0 }]);
        assert_eq!(on(&days, "2024-03-12"), Some(vec![]));
        // The last published day was not over then and is now.
        let mut more = published.clone();
        more.insert(day("2024-03-09"), 20);
        assert_eq!(on(&more, "2024-03-20").map(|found| found.len()), Some(1));
    }

    #[test]
    fn messages_name_the_days_and_what_to_do() {
        let one = |rows| Unusual { day: day("2024-03-12"), rows, usual: 100.4 };
        assert_eq!(
            told("till", &[one(1)]),
            "source `till`: 2024-03-12 has 1 row, its weekday usually 100; if that is right, run `confect \
             refresh --accept-shrink till`"
        );
        let many = told("till", &[one(7), one(8), one(9), one(10), one(11)]);
        assert!(many.contains("has 9 rows") && many.contains("; and 2 days like these;"), "{many}");
    }
}
