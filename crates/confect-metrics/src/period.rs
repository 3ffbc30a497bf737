//! Which days a page looks at, and which days it compares them with.
//!
//! "Today" is an argument, the day after the latest sale; the system clock is never asked (traps.md,
//! 3). Periods are half-open, so "month to date" on the last day of a month is the whole month.

use confect_domain::{Date, Period};

use crate::error::MetricError;
use crate::query::Grain;

/// A period by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The last so many days of data.
    LastDays(u32),
    /// The twelve months that end with the latest sale.
    Last12Months,
    /// From the first of the latest sale's month.
    MonthToDate,
    /// From the first day of the latest sale's quarter.
    QuarterToDate,
    /// From 1 January of the latest sale's year.
    YearToDate,
    /// The calendar month before the latest sale's month.
    PreviousMonth,
    /// Every day of the data.
    All,
    /// These days.
    Custom(Period),
}

/// The named ranges that pages offer; `custom` and other `last-<n>-days` are understood as well.
const NAMES: [(&str, Range); 9] = [
    ("last-12-months", Range::Last12Months),
    ("last-90-days", Range::LastDays(90)),
    ("last-28-days", Range::LastDays(28)),
    ("last-7-days", Range::LastDays(7)),
    ("month-to-date", Range::MonthToDate),
    ("quarter-to-date", Range::QuarterToDate),
    ("year-to-date", Range::YearToDate),
    ("previous-month", Range::PreviousMonth),
    ("all", Range::All),
];

/// The longest `last-<n>-days`, in days.
const MAX_LAST_DAYS: u32 = 36_600;

impl Range {
    /// The range of that name; `custom` takes `days`.
    ///
    /// # Errors
    /// For a name that is not known, and for `custom` without days.
    pub fn from_name(name: &str, days: Option<Period>) -> Result<Self, MetricError> {
        if name == "custom" {
            return days.map(Self::Custom).ok_or(MetricError::CustomWithoutDays);
        }
        if let Some((_, range)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(*range);
        }
        let count = name.strip_prefix("last-").and_then(|rest| rest.strip_suffix("-days"));
        match count.and_then(|count| count.parse::<u32>().ok()) {
            Some(count @ 1..=MAX_LAST_DAYS) => Ok(Self::LastDays(count)),
            _ => Err(MetricError::UnknownPeriodWord {
                what: "range",
                name: name.to_owned(),
                known: NAMES
                    .iter()
                    .map(|(name, _)| (*name).to_owned())
                    .chain(["custom".to_owned()])
                    .collect(),
            }),
        }
    }

    /// The name, as requests and answers spell it.
    pub fn name(self) -> String {
        match self {
            Self::LastDays(days) => format!("last-{days}-days"),
            Self::Custom(_) => "custom".to_owned(),
            other => {
                NAMES.iter().find(|(_, range)| *range == other).map_or("all", |(name, _)| name).to_owned()
            }
        }
    }

    /// The days meant when the latest sale is on the day before `as_of` and the data span `data`.
    ///
    /// The answer is not cut to `data`: twelve months of a shop that is three months old are twelve
    /// months, of which nine are empty.
    pub fn resolve(self, as_of: Date, data: Period) -> Period {
        let last = as_of.plus_days(-1);
        let from = match self {
            Self::LastDays(days) => as_of.plus_days(-(days.clamp(1, MAX_LAST_DAYS) as i32)),
            Self::Last12Months => as_of.plus_months(-12),
            Self::MonthToDate => last.month_start(),
            Self::QuarterToDate => last.quarter_start(),
            Self::YearToDate => last.year_start(),
            Self::PreviousMonth => {
                let to = last.month_start();
                return Period { from: to.plus_months(-1), to };
            }
            Self::All => return data,
            Self::Custom(period) => return period,
        };
        Period { from, to: as_of }
    }
}

/// What a period is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The period before, equally long.
    Previous,
    /// The same days of the year before.
    LastYear,
    /// Nothing.
    None,
}

impl Comparison {
    /// Every comparison with its name on the wire.
    pub const WORDS: [(&'static str, Self); 3] =
        [("last-year", Self::LastYear), ("previous", Self::Previous), ("none", Self::None)];

    /// The comparison of that name.
    ///
    /// # Errors
    /// For a name that is not known.
    pub fn from_name(name: &str) -> Result<Self, MetricError> {
        Self::WORDS.iter().find(|(known, _)| *known == name).map(|(_, comparison)| *comparison).ok_or_else(
            || MetricError::UnknownPeriodWord {
                what: "comparison",
                name: name.to_owned(),
                known: Self::WORDS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            },
        )
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, comparison)| *comparison == self).map_or("none", |(name, _)| name)
    }
}

/// The days to compare `period` with; `None` if nothing is to be compared.
///
/// The rule. A period of whole calendar months (both ends on a first) is compared with whole calendar
/// months: as many months before it, or the same months one year earlier, so that March meets March
/// and a year meets a year. Any other period is moved by days: by its own length, or by 364 days for
/// last year, so that Mondays meet Mondays and weeks stay whole.
pub fn baseline(period: Period, comparison: Comparison) -> Option<Period> {
    let months = whole_months(period);
    let by_months =
        |count: i32| Period { from: period.from.plus_months(-count), to: period.to.plus_months(-count) };
    match (comparison, months) {
        (Comparison::None, _) => None,
        (Comparison::Previous, Some(months)) => Some(by_months(months)),
        (Comparison::Previous, None) => Some(period.previous()),
        (Comparison::LastYear, Some(_)) => Some(by_months(12)),
        (Comparison::LastYear, None) => Some(period.last_year()),
    }
}

/// Number of calendar months if `period` is made of whole ones.
fn whole_months(period: Period) -> Option<i32> {
    let ((year, month, day), (end_year, end_month, end_day)) = (period.from.ymd(), period.to.ymd());
    let months = (end_year - year) * 12 + end_month as i32 - month as i32;
    (day == 1 && end_day == 1 && months > 0).then_some(months)
}

/// How far the data reach back over a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// The data span every day of it.
    Full,
    /// Some days lie outside the data, so that a comparison would mislead.
    Part,
    /// No day of it lies in the data.
    None,
}

impl Coverage {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Part => "part",
            Self::None => "none",
        }
    }
}

/// How much of `baseline` lies in the span of the `data`.
pub fn coverage(baseline: Period, data: Period) -> Coverage {
    if data.from <= baseline.from && baseline.to <= data.to {
        Coverage::Full
    } else if baseline.to <= data.from || data.to <= baseline.from {
        Coverage::None
    } else {
        Coverage::Part
    }
}

/// The step of a trend over `period`: days up to 45 days, weeks up to 400, then months.
pub fn grain_for(period: Period) -> Grain {
    match period.days() {
        ..=45 => Grain::Day,
        46..=400 => Grain::Week,
        _ => Grain::Month,
    }
}

/// The first days of all steps that touch `period`, in order; the first may lie before it.
///
/// A trend is drawn over these, so that a step without sales is a gap or a zero and not left out.
pub fn buckets(period: Period, grain: Grain) -> Vec<Date> {
    let first = grain.start_of(period.from);
    std::iter::successors(Some(first), |start| Some(grain.next(*start)))
        .take_while(|start| *start < period.to)
        .collect()
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
