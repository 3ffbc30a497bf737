//! Days and half-open periods in the proleptic Gregorian calendar.
//!
//! One calendar for every module, so that a week, a month or "the same days last year" means the
//! same everywhere. Times of day live in Arrow columns and never decide which period a row is in.
//! Conversions follow Howard Hinnant, "chrono-compatible low-level date algorithms" (2013).

use std::fmt;

/// A day, as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// The day that lies `days` after 1970-01-01; may be negative.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01, the representation of Arrow's `Date32`.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// A day from year, month (1-12) and day of month; `None` if there is no such day.
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let shifted_year = (if month <= 2 { year - 1 } else { year }) as i64;
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let shifted_month = ((month + 9) % 12) as i64;
        let day_of_year = (153 * shifted_month + 2) / 5 + day as i64 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self((era * 146_097 + day_of_era - 719_468) as i32))
    }

    /// Year, month (1-12) and day of month.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let shifted = self.0 as i64 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = (if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 }) as u32;
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year as i32, month, day)
    }

    /// Parses `YYYY-MM-DD`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return None;
        }
        Self::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// The day `days` later (earlier if negative).
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// The same day of month `months` later, or the last day of that month where it is shorter.
    pub const fn plus_months(self, months: i32) -> Self {
        let (year, month, day) = self.ymd();
        let index = year * 12 + month as i32 - 1 + months;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
        let last = days_in_month(year, month);
        match Self::from_ymd(year, month, if day > last { last } else { day }) {
            Some(date) => date,
            None => self,
        }
    }

    /// Monday = 1 … Sunday = 7.
    pub const fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7) as u32 + 1
    }

    /// The Monday of this day's ISO week.
    pub const fn week_start(self) -> Self {
        Self(self.0 + 1 - self.weekday() as i32)
    }

    /// The first day of this day's month.
    pub const fn month_start(self) -> Self {
        let (_, _, day) = self.ymd();
        Self(self.0 + 1 - day as i32)
    }

    /// The first day of this day's calendar quarter.
    pub const fn quarter_start(self) -> Self {
        let (_, month, _) = self.ymd();
        self.month_start().plus_months(-(((month - 1) % 3) as i32))
    }

    /// 1 January of this day's year.
    pub const fn year_start(self) -> Self {
        let (_, month, _) = self.ymd();
        self.month_start().plus_months(-(month as i32 - 1))
    }

    /// The first day that a file's name holds: `crm_2026-03-01.csv`, `stock-20260301.csv`, `a_2026_03_01`.
    ///
    /// Eight digits with the year first, from 1990 to 2099, with nothing, `-`, `_` or `.` between the
    /// parts and no digit beside them; of a path only the last part counts.
    pub fn in_name(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).as_bytes();
        (0..name.len()).find_map(|start| date_at(name, start))
    }

    /// `YYYYMMDD` as a number: the key of `dim_date`.
    pub const fn key(self) -> i64 {
        let (year, month, day) = self.ymd();
        year as i64 * 10_000 + month as i64 * 100 + day as i64
    }
}

/// The date that starts at this byte of a name.
fn date_at(name: &[u8], start: usize) -> Option<Date> {
    let is_digit = |index: usize| name.get(index).is_some_and(u8::is_ascii_digit);
    if start.checked_sub(1).is_some_and(is_digit) {
        return None;
    }
    let number = |from: usize, length: usize| -> Option<u32> {
        let digits = name.get(from..from + length)?;
        digits
            .iter()
            .try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    let year = number(start, 4).filter(|year| (1990..2100).contains(year))?;
    let mark = name.get(start + 4).filter(|byte| matches!(byte, b'-' | b'_' | b'.'));
    let step = usize::from(mark.is_some());
    let month = number(start + 4 + step, 2)?;
    if mark.is_some() && name.get(start + 7) != mark {
        return None;
    }
    let end = start + 8 + 2 * step;
    let day = number(end - 2, 2).filter(|_| !is_digit(end))?;
    Date::from_ymd(i32::try_from(year).ok()?, month, day)
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

/// Number of days of a month (1-12) of the Gregorian calendar.
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A half-open range of days `[from, to)`: the first day is in, `to` is not.
///
/// Half-open, because a period that starts with a time of day loses its first day (traps.md, 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// First day of the period.
    pub from: Date,
    /// First day after the period.
    pub to: Date,
}

impl Period {
    /// A period; `None` unless `from` lies before `to`.
    pub fn new(from: Date, to: Date) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// The period that a text names: a year `2026`, a half `2026-H1`, a quarter `2026-Q3`, a month
    /// `2026-03`, an ISO week `2026-W07` or a day `2026-03-15`; `None` for anything else.
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(day) = Date::parse(text) {
            return Self::new(day, day.plus_days(1));
        }
        let (year, part) = text.split_once('-').unwrap_or((text, ""));
        if year.len() != 4 || !year.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let start = Date::from_ymd(year.parse().ok()?, 1, 1)?;
        let number = |text: &str, most: u32| text.parse().ok().filter(|number| (1..=most).contains(number));
        let months = |first: u32, count: i32| {
            let from = start.plus_months(first as i32);
            Self::new(from, from.plus_months(count))
        };
        match part.as_bytes() {
            [] if !text.contains('-') => months(0, 12),
            [b'H' | b'h', _] => months((number(part.get(1..)?, 2)? - 1) * 6, 6),
            [b'Q' | b'q', _] => months((number(part.get(1..)?, 4)? - 1) * 3, 3),
            [first, _] if first.is_ascii_digit() => months(number(part, 12)? - 1, 1),
            [b'W' | b'w', _, _] => {
                // Week 1 holds 4 January.
                let first = start.plus_days(3).week_start();
                let from = first.plus_days(7 * (number(part.get(1..)?, 53)? as i32 - 1));
                Self::new(from, from.plus_days(7))
                    .filter(|week| week.from.plus_days(3).ymd().0 == start.ymd().0)
            }
            _ => None,
        }
    }

    /// Number of days.
    pub const fn days(self) -> i32 {
        self.to.0 - self.from.0
    }

    /// Whether `day` lies in the period.
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day < self.to
    }

    /// The period moved by whole days.
    pub const fn shifted(self, days: i32) -> Self {
        Self { from: self.from.plus_days(days), to: self.to.plus_days(days) }
    }

    /// The equally long period that ends where this one starts.
    pub const fn previous(self) -> Self {
        self.shifted(-self.days())
    }

    /// The same weekdays one year earlier: 364 days, so that Mondays meet Mondays.
    pub const fn last_year(self) -> Self {
        self.shifted(-364)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        let (first, last) = (date("1800-01-01").days(), date("2200-12-31").days());
        let mut previous = (1799, 12, 31);
        for days in first..=last {
            let ymd = Date::from_days(days).ymd();
            assert!(ymd > previous);
            assert_eq!(Date::from_ymd(ymd.0, ymd.1, ymd.2), Some(Date::from_days(days)));
            previous = ymd;
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in
            ["2023-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-1-01", "23-01-01", "+023-01-01"]
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert_eq!(date("2024-02-29").plus_months(12).to_string(), "2025-02-28");
    }

    #[test]
    fn weeks_start_on_monday_and_quarters_on_their_first_day() {
        assert_eq!(date("2026-11-21").weekday(), 6);
        assert_eq!(date("2026-11-22").week_start().to_string(), "2026-11-16");
        assert_eq!(date("2026-11-21").quarter_start().to_string(), "2026-10-01");
        assert_eq!(date("2026-11-21").year_start().to_string(), "2026-01-01");
        assert_eq!(date("2011-12-09").key(), 20_111_209);
    }

    #[test]
    fn periods_are_known_by_their_names() {
        for (name, from, to) in [
            ("2026", "2026-01-01", "2027-01-01"),
            ("2026-H2", "2026-07-01", "2027-01-01"),
            ("2026-Q1", "2026-01-01", "2026-04-01"),
            ("2024-02", "2024-02-01", "2024-03-01"),
            ("2026-W01", "2025-12-29", "2026-01-05"),
            ("2020-w53", "2020-12-28", "2021-01-04"),
            (" 2026-03-15 ", "2026-03-15", "2026-03-16"),
        ] {
            assert_eq!(Period::named(name), Period::new(date(from), date(to)), "{name}");
        }
        for name in ["", "26", "2026-", "2026-13", "2026-00", "2026-Q5", "2026-H0", "2026-W54", "2021-W53"]
            .into_iter()
            .chain(["2026-3", "2026-02-30", "March 2026", "2026/03", "2026-Qx", "2026-+1", "2026-é"])
        {
            assert_eq!(Period::named(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_says_its_day_in_its_name() {
        for (name, expected) in [
            ("data/crm_2026-03-01.csv", Some("2026-03-01")),
            ("data/20250101/crm-20260301.csv.zst", Some("2026-03-01")),
            ("stock_2026_03_01", Some("2026-03-01")),
            ("2026.03.01 till.csv", Some("2026-03-01")),
            ("v2_2026-02-30_2026-03-01.csv", Some("2026-03-01")),
            ("crm_2026-03_01.csv", None),
            ("crm_120260301.csv", None),
            ("crm_202603011.csv", None),
            ("crm_2026-03.csv", None),
            ("crm.csv", None),
            ("", None),
        ] {
            assert_eq!(Date::in_name(name).map(|day| day.to_string()).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn last_year_meets_the_same_weekday() {
        let period = Period::new(date("2011-12-01"), date("2011-12-10")).expect("a period");
        assert_eq!(period.last_year().from.weekday(), period.from.weekday());
        assert_eq!(period.previous().to, period.from);
        assert!(Period::new(date("2011-12-01"), date("2011-12-01")).is_none());
    }
}
