//! A question in the catalogue's words, before anybody's rights are known.

use confect_domain::{Date, Period};

/// How long one step on the time axis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// A day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

impl Grain {
    /// Every grain with its word, which is also the one that `date_trunc` knows.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    /// The grain that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, grain)| *grain)
    }

    /// The word of the wire and of SQL.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, grain)| *grain == self).map_or("day", |(name, _)| name)
    }

    /// The first day of the step that `day` lies in.
    pub fn start_of(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => day.week_start(),
            Self::Month => day.month_start(),
            Self::Quarter => day.quarter_start(),
            Self::Year => day.year_start(),
        }
    }

    /// The first day of the step after the one that starts at `start`.
    pub fn next(self, start: Date) -> Date {
        match self {
            Self::Day => start.plus_days(1),
            Self::Week => start.plus_days(7),
            Self::Month => start.plus_months(1),
            Self::Quarter => start.plus_months(3),
            Self::Year => start.plus_months(12),
        }
    }
}

/// A dimension must have one of these values. Several filters must all hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Id of the dimension.
    pub dimension: String,
    /// Values, compared exactly; an empty list lets nothing through, and null never passes.
    pub values: Vec<String>,
}

/// What the rows are sorted by first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// A column of the result: a metric, a dimension, or `period`.
    pub column: String,
    /// Largest first; nulls stay last.
    pub descending: bool,
}

/// Metrics, split by dimensions and steps of time, over the rows that pass.
///
/// Without `by` and `grain` the answer is one row: additive metrics are 0 and ratios null where no
/// row passes. Otherwise it is one row per group that has a row, so no rows give no rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetricQuery {
    /// Ids of metrics, at least one.
    pub metrics: Vec<String>,
    /// Ids of dimensions.
    pub by: Vec<String>,
    /// Adds the column `period` with the first day of each step.
    pub grain: Option<Grain>,
    /// Days that count; `None` for all.
    pub period: Option<Period>,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Sorted by this first; then, or without it, by period and dimensions.
    pub order: Option<OrderBy>,
    /// At most that many rows.
    pub limit: Option<u32>,
    /// After leaving out that many.
    pub offset: u32,
}
