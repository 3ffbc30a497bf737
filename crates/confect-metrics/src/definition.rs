//! What a catalogue is made of: measures, metrics and dimensions, as their author wrote them.
//!
//! Measures and metrics share one set of names, because expressions may speak of both.
//! Deliberately absent: checks across definitions, which are the catalogue's.

use confect_domain::Entity;

use crate::expression::Expression;

/// How a measure sums up the rows of its fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// Sum of a column; 0 without rows.
    Sum,
    /// Number of rows, or of rows with a value in the column.
    Count,
    /// Number of distinct values of a column; nulls do not count.
    CountDistinct,
    /// Sum over the rows of the last day of each period: what stock is at its end.
    ClosingSum,
    /// Number of rows of that day.
    ClosingCount,
}

impl Aggregate {
    /// Every aggregate with the word that files use for it.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("sum", Self::Sum),
        ("count", Self::Count),
        ("count_distinct", Self::CountDistinct),
        ("closing_sum", Self::ClosingSum),
        ("closing_count", Self::ClosingCount),
    ];

    /// Whether only the last day of a period counts.
    pub const fn is_closing(self) -> bool {
        matches!(self, Self::ClosingSum | Self::ClosingCount)
    }

    /// The aggregate that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        of_word(&Self::WORDS, word)
    }
}

/// A value that a condition compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Boolean(bool),
    /// A text.
    Text(String),
}

/// Restricts a measure to rows whose column equals a literal; null never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Column of the measure's fact.
    pub column: String,
    /// The value it must have.
    pub value: Literal,
}

/// One aggregate over one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Unique among measures and metrics.
    pub id: String,
    /// The fact.
    pub table: String,
    /// How rows are summed up.
    pub aggregate: Aggregate,
    /// What is summed or counted; only [`Aggregate::Count`] does without.
    pub column: Option<String>,
    /// Which rows count; `None` for all.
    pub only: Option<Condition>,
}

/// What a metric's number stands for, which decides its type in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// An amount of the shop's currency: `Decimal(38, 4)`.
    Money,
    /// A number of things: `Int64`.
    Count,
    /// An amount of goods, which may be weighed: `Decimal(38, 4)`.
    Quantity,
    /// A fraction, usually 0-1: `Decimal(38, 6)`.
    Rate,
}

impl Unit {
    /// Every unit with the word that files and the wire use for it.
    pub const WORDS: [(&'static str, Self); 4] =
        [("money", Self::Money), ("count", Self::Count), ("quantity", Self::Quantity), ("rate", Self::Rate)];

    /// The unit that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        of_word(&Self::WORDS, word)
    }

    /// The word that files and the wire use.
    pub fn word(self) -> &'static str {
        word_of(&Self::WORDS, self)
    }
}

/// Whether parts of a metric may be added up to its total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Additivity {
    /// Over every dimension and over time.
    Additive,
    /// Over every dimension but not over time: stock.
    SemiAdditive,
    /// Never: ratios and distinct counts. Totals are asked for anew.
    NonAdditive,
}

impl Additivity {
    /// Every kind with the word that files use for it.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("additive", Self::Additive),
        ("semi-additive", Self::SemiAdditive),
        ("non-additive", Self::NonAdditive),
    ];

    /// The kind that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        of_word(&Self::WORDS, word)
    }
}

/// Which way a metric should move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    Neutral,
}

impl Direction {
    /// Every direction with the word that files and the wire use for it.
    pub const WORDS: [(&'static str, Self); 3] =
        [("up", Self::Up), ("down", Self::Down), ("neutral", Self::Neutral)];

    /// The direction that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        of_word(&Self::WORDS, word)
    }

    /// The word that files and the wire use.
    pub fn word(self) -> &'static str {
        word_of(&Self::WORDS, self)
    }
}

/// A number that the shop steers by: arithmetic over measures, said in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Unique among measures, metrics and dimensions; the column's name in results.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// What it counts and what it leaves out, in words.
    pub definition: String,
    /// How it is computed.
    pub expression: Expression,
    /// What the number stands for.
    pub unit: Unit,
    /// Whether parts add up.
    pub additivity: Additivity,
    /// Which way is good.
    pub good: Direction,
    /// The team that answers for the definition.
    pub owner: String,
    /// What one thing counted is: `order`, `line`.
    pub grain: String,
    /// Where the definition comes from.
    pub sources: Vec<String>,
}

/// A column of a dimension table by which metrics may be split and filtered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Unique among metrics and dimensions; the column's name in results.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// The dimension table, `dim_…`.
    pub table: String,
    /// Its column, a text.
    pub column: String,
    /// The entity without which the column is empty; `None` if sales alone fill it.
    pub requires: Option<Entity>,
}

fn of_word<T: Copy>(words: &[(&'static str, T)], word: &str) -> Option<T> {
    words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| name)
}
