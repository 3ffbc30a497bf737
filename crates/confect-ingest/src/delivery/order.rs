//! In which order files were delivered, and which days of a daily series are missing.
//!
//! The day in a file's name decides (`sales_2024-01-31.csv`, `31.01.2024.csv`, `2024/01/31/till.csv`), where
//! every file of the source has one; otherwise the name, numbers in it compared as numbers. Names decide and not times of change: those
//! are lost in every copy. Deliberately absent: what the rows of a file say.

use std::cmp::Ordering;

use confect_domain::{Date, Finding, Severity};

use crate::error::listed;
use crate::spec::{DateOrder, InputFile, ReadOptions};

/// So many missing days are named.
const MISSING_TOLD: usize = 10;
/// A series is daily from so many days on.
const SERIES_DAYS: usize = 7;

/// The files of a source in the order in which they were delivered.
pub(crate) struct Deliveries {
    pub(crate) files: Vec<InputFile>,
    /// The day in the name of each, if every file has one.
    pub(crate) days: Option<Vec<Date>>,
    /// Whether the names can be read with the day or the month first.
    is_ambiguous: bool,
}

/// Puts files into the order of their delivery.
pub(crate) fn deliveries(files: &[InputFile], declared: Option<DateOrder>) -> Deliveries {
    let found: Vec<Option<NameDate>> = files.iter().map(|file| date_in(&file.label)).collect();
    let (order, is_ambiguous) = reading(&found, declared);
    let day = |found: &Option<NameDate>| found.as_ref().and_then(|found| found.read(order?));
    let mut dated: Vec<(Option<Date>, &InputFile)> = found.iter().map(day).zip(files).collect();
    if dated.iter().any(|(day, _)| day.is_none()) {
        dated.iter_mut().for_each(|(day, _)| *day = None);
    }
    dated.sort_by(|left, right| left.0.cmp(&right.0).then_with(|| by_name(&left.1.label, &right.1.label)));
    let is_whole = found.iter().flatten().all(|found| !found.is_month);
    let days: Option<Vec<Date>> = dated.iter().map(|(day, _)| *day).collect();
    Deliveries {
        files: dated.into_iter().map(|(_, file)| file.clone()).collect(),
        days: days.filter(|days| is_whole && !days.is_empty()),
        is_ambiguous,
    }
}

impl Deliveries {
    /// The place of the first file of the newest delivery: files of one day are parts of one.
    pub(crate) fn newest(&self) -> usize {
        let last = self.files.len().saturating_sub(1);
        match &self.days {
            Some(days) => days.iter().position(|day| Some(day) == days.last()).unwrap_or(last),
            None => last,
        }
    }

    /// What a person should know about the names.
    pub(crate) fn findings(&self, source: &str, options: &ReadOptions) -> Vec<Finding> {
        let finding = |code, message, remedy| Finding {
            code,
            severity: Severity::Warning,
            source: source.to_owned(),
            file: None,
            line: None,
            column: None,
            value: None,
            message,
            remedy,
            rows: 0,
        };
        let mut findings = Vec::new();
        if self.is_ambiguous {
            findings.push(finding(
                "file-order-assumed",
                "the days in the files' names can be read with the day or the month first, so the files \
                 were taken in the order of their names"
                    .to_owned(),
                format!("put `file_date = \"dmy\"` or `\"mdy\"` into `sources/{source}.toml`"),
            ));
        }
        let missing = self.days.as_ref().map(|days| missing(days, options.expect_every)).unwrap_or_default();
        if !missing.is_empty() {
            let named: Vec<String> = missing.iter().take(MISSING_TOLD).map(Date::to_string).collect();
            let more = missing.len() - named.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            findings.push(finding(
                "delivery-gap",
                format!("no file was delivered for {}{more}", listed(&named)),
                "export the missing days again, or leave it if the shop was closed".to_owned(),
            ));
        }
        findings
    }
}

/// A day in a name, as each order would read it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct NameDate {
    ymd: Option<Date>,
    dmy: Option<Date>,
    mdy: Option<Date>,
    is_month: bool,
}

impl NameDate {
    fn read(&self, order: DateOrder) -> Option<Date> {
        match order {
            DateOrder::Ymd => self.ymd,
            DateOrder::Dmy => self.dmy,
            DateOrder::Mdy => self.mdy,
        }
    }
}

/// The order that reads all names, and whether another one does as well and differs.
fn reading(found: &[Option<NameDate>], declared: Option<DateOrder>) -> (Option<DateOrder>, bool) {
    if declared.is_some() {
        return (declared, false);
    }
    let reads = |order: DateOrder| {
        !found.is_empty() && found.iter().all(|found| found.is_some_and(|found| found.read(order).is_some()))
    };
    match (reads(DateOrder::Ymd), reads(DateOrder::Dmy), reads(DateOrder::Mdy)) {
        (true, ..) => (Some(DateOrder::Ymd), false),
        // With one file there is nothing to order.
        (_, true, true) => (None, found.len() > 1),
        (_, true, false) => (Some(DateOrder::Dmy), false),
        (_, false, true) => (Some(DateOrder::Mdy), false),
        _ => (None, false),
    }
}

/// The last day that a label names.
fn date_in(label: &str) -> Option<NameDate> {
    let bytes = label.as_bytes();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, byte) in bytes.iter().enumerate() {
        match (byte.is_ascii_digit(), runs.last_mut()) {
            (true, Some(run)) if run.1 == index => run.1 = index + 1,
            (true, _) => runs.push((index, index + 1)),
            _ => {}
        }
    }
    let whole = (0..runs.len()).rev().find_map(|at| whole_date(label, &runs, at));
    whole.or_else(|| (0..runs.len()).rev().find_map(|at| month(label, &runs, at)))
}

fn number(label: &str, run: (usize, usize)) -> Option<u32> {
    label.get(run.0..run.1)?.parse().ok()
}

/// Whether one mark, the same as `mark` if given, stands between two runs; gives it.
fn mark_between(label: &str, left: (usize, usize), right: (usize, usize)) -> Option<&str> {
    label.get(left.1..right.0).filter(|mark| matches!(*mark, "-" | "_" | "." | "/"))
}

fn day_of(year: u32, month: u32, day: u32) -> Option<Date> {
    let year = i32::try_from(year).ok().filter(|year| (1990..2100).contains(year))?;
    Date::from_ymd(year, month, day)
}

fn whole_date(label: &str, runs: &[(usize, usize)], at: usize) -> Option<NameDate> {
    let run = *runs.get(at)?;
    let length = run.1 - run.0;
    // With or without a time of day.
    if matches!(length, 8 | 12 | 14) {
        let part = |from: usize, to: usize| number(label, (run.0 + from, run.0 + to));
        let ymd = day_of(part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let dmy = day_of(part(4, 8)?, part(2, 4)?, part(0, 2)?);
        let mdy = day_of(part(4, 8)?, part(0, 2)?, part(2, 4)?);
        let found = NameDate { ymd, dmy, mdy, is_month: false };
        return (ymd.is_some() || dmy.is_some() || mdy.is_some()).then_some(found);
    }
    let (second, third) = (*runs.get(at + 1)?, *runs.get(at + 2)?);
    let mark = mark_between(label, run, second)?;
    if mark_between(label, second, third)? != mark || second.1 - second.0 > 2 {
        return None;
    }
    let (first_number, middle, last) = (number(label, run)?, number(label, second)?, number(label, third)?);
    let found = match (length, third.1 - third.0) {
        (4, 1 | 2) => NameDate { ymd: day_of(first_number, middle, last), ..NameDate::default() },
        (1 | 2, 4) => NameDate {
            dmy: day_of(last, middle, first_number),
            mdy: day_of(last, first_number, middle),
            ..NameDate::default()
        },
        _ => return None,
    };
    (found != NameDate::default()).then_some(found)
}

fn month(label: &str, runs: &[(usize, usize)], at: usize) -> Option<NameDate> {
    let run = *runs.get(at)?;
    let first = match run.1 - run.0 {
        6 => day_of(number(label, (run.0, run.0 + 4))?, number(label, (run.0 + 4, run.1))?, 1),
        4 => {
            let next = *runs.get(at + 1)?;
            mark_between(label, run, next)?;
            (next.1 - next.0 <= 2).then_some(())?;
            day_of(number(label, run)?, number(label, next)?, 1)
        }
        _ => None,
    };
    first.map(|day| NameDate { ymd: Some(day), is_month: true, ..NameDate::default() })
}

/// Compares names with the numbers in them as numbers: `part2` stands before `part10`.
fn by_name(left: &str, right: &str) -> Ordering {
    let (mut one, mut other) = (left.as_bytes(), right.as_bytes());
    loop {
        let order = match (one.first(), other.first()) {
            (None, None) => return left.cmp(right),
            (Some(first), Some(second)) if first.is_ascii_digit() && second.is_ascii_digit() => {
                let (first, second) = (digits(&mut one), digits(&mut other));
                first.len().cmp(&second.len()).then_with(|| first.cmp(second))
            }
            (first, second) => {
                one = one.get(1..).unwrap_or_default();
                other = other.get(1..).unwrap_or_default();
                first.cmp(&second)
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the digits at the start, without leading zeros.
fn digits<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (run, after) = rest.split_at(end);
    *rest = after;
    let zeros = run.iter().take_while(|byte| **byte == b'0').count();
    run.get(zeros..).unwrap_or_default()
}

/// Days on which a file should have come. Undeclared, a series counts as daily if it has a week of days of
/// which most follow each other; a weekday on which none ever came is a day off.
fn missing(days: &[Date], every: Option<u32>) -> Vec<Date> {
    let mut distinct = days.to_vec();
    distinct.dedup();
    let (Some(first), Some(last)) = (distinct.first(), distinct.last()) else { return Vec::new() };
    if let Some(step) = every.and_then(|step| i32::try_from(step).ok()).filter(|step| *step > 0) {
        let between = |pair: &[Date]| -> Vec<Date> {
            let (from, to) =
                (pair.first().map_or(0, |day| day.days()), pair.last().map_or(0, |day| day.days()));
            (1..).map(|index| from + index * step).take_while(|day| *day < to).map(Date::from_days).collect()
        };
        return distinct.windows(2).flat_map(between).collect();
    }
    let next_day = |pair: &&[Date]| matches!(pair, [from, to] if from.days() + 1 == to.days());
    let following = distinct.windows(2).filter(next_day).count();
    if distinct.len() < SERIES_DAYS || following * 10 < distinct.len() * 6 {
        return Vec::new();
    }
    let is_off = |weekday: u32| {
        let came = distinct.iter().any(|day| day.weekday() == weekday);
        let chances = (first.days()..=last.days()).filter(|day| Date::from_days(*day).weekday() == weekday);
        !came && chances.take(2).count() == 2
    };
    let off: Vec<u32> = (1..=7).filter(|weekday| is_off(*weekday)).collect();
    let came = |day: &Date| distinct.binary_search(day).is_ok() || off.contains(&day.weekday());
    (first.days()..=last.days()).map(Date::from_days).filter(|day| !came(day)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(labels: &[&str]) -> Vec<InputFile> {
        labels.iter().map(|label| InputFile { path: label.into(), label: (*label).to_owned() }).collect()
    }

    fn ordered(labels: &[&str], declared: Option<DateOrder>) -> Vec<String> {
        deliveries(&files(labels), declared).files.into_iter().map(|file| file.label).collect()
    }

    fn day(text: &str) -> Date {
        Date::parse(text).expect("a day")
    }

    #[test]
    fn f86_names_are_ordered_by_the_day_in_them() {
        let cases: [(&[&str], &[&str]); 8] = [
            (&["31.12.2023.csv", "01.01.2024.csv"], &["31.12.2023.csv", "01.01.2024.csv"]),
            (&["b_20240102.csv", "a_20240103.csv"], &["b_20240102.csv", "a_20240103.csv"]),
            (&["x_2024-01-02.csv", "a_2024-01-03.csv"], &["x_2024-01-02.csv", "a_2024-01-03.csv"]),
            (&["2024/1/9/till.csv", "2024/1/10/till.csv"], &["2024/1/9/till.csv", "2024/1/10/till.csv"]),
            (&["z_202312.csv", "a_202401.csv"], &["z_202312.csv", "a_202401.csv"]),
            (&["12-31-2023.csv", "01-15-2024.csv"], &["12-31-2023.csv", "01-15-2024.csv"]),
            (
                &["t20240101235900.csv", "s20240102000100.csv"],
                &["t20240101235900.csv", "s20240102000100.csv"],
            ),
            (&["part2.csv", "part10.csv", "part1.csv"], &["part1.csv", "part2.csv", "part10.csv"]),
        ];
        for (given, expected) in cases {
            for turned in [given.to_vec(), given.iter().rev().copied().collect()] {
                assert_eq!(ordered(&turned, None), expected);
            }
        }
    }

    #[test]
    fn a_name_without_a_day_makes_all_go_by_name() {
        assert_eq!(ordered(&["31.12.2023.csv", "01.01.2024.csv", "all.csv"], None)[0], "01.01.2024.csv");
        assert!(deliveries(&files(&["a_2024-01-01.csv", "b.csv"]), None).days.is_none());
        // Numbers that are no days.
        for label in ["invoice_12345678.csv", "store_99.csv", "v1.2.3.csv", "2024-13-45.csv"] {
            assert_eq!(date_in(label), None, "{label}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_told_and_can_be_declared() {
        let labels = ["02.01.2024.csv", "01.02.2024.csv"];
        let undeclared = deliveries(&files(&labels), None);
        assert!(undeclared.is_ambiguous && undeclared.files[0].label == "01.02.2024.csv");
        assert_eq!(undeclared.findings("till", &ReadOptions::default())[0].code, "file-order-assumed");
        assert_eq!(ordered(&labels, Some(DateOrder::Dmy))[0], "02.01.2024.csv");
        assert_eq!(ordered(&labels, Some(DateOrder::Mdy))[0], "01.02.2024.csv");
    }

    #[test]
    fn f86_missing_days_are_named_but_not_days_off() {
        let all: Vec<Date> = (0..21).map(|index| day("2024-01-01").plus_days(index)).collect();
        assert!(missing(&all, None).is_empty());
        let without = |gone: &[&str]| -> Vec<Date> {
            all.iter().filter(|day| !gone.contains(&day.to_string().as_str())).copied().collect()
        };
        assert_eq!(missing(&without(&["2024-01-09"]), None), [day("2024-01-09")]);
        // 2024-01-07, -14 and -21 are Sundays.
        let open = without(&["2024-01-07", "2024-01-14", "2024-01-21", "2024-01-10"]);
        assert_eq!(missing(&open, None), [day("2024-01-10")]);
        let monthly: Vec<Date> = (1..=9).filter_map(|month| Date::from_ymd(2024, month, 1)).collect();
        assert!(missing(&monthly, None).is_empty());
        let weekly = [day("2024-01-01"), day("2024-01-08"), day("2024-01-22")];
        assert_eq!(missing(&weekly, Some(7)), [day("2024-01-15")]);
    }
}
