//! What a refresh did: the record that is kept, printed and shown.

use confect_domain::{Balance, Bucket, Date, Entity, Finding};

use super::deliveries::LateRows;
use crate::contract::CheckResult;
use crate::publish::Publication;

/// One source's share of a refresh.
#[derive(Clone, Debug)]
pub struct SourceRecord {
    /// Source name.
    pub name: String,
    /// What its rows are.
    pub entity: String,
    /// Number of files.
    pub files: u32,
    /// Where its rows went.
    pub balance: Balance,
    /// The last day that any of its rows has; `None` where rows have no day.
    pub newest: Option<Date>,
}

/// One file's share of a refresh.
#[derive(Clone, Debug)]
pub struct FileRecord {
    /// Source that read it.
    pub source: String,
    /// What its rows are.
    pub entity: Entity,
    /// Path relative to the project.
    pub label: String,
    /// Where its rows went.
    pub balance: Balance,
    /// Rows among the loaded ones that a later file replaced.
    pub superseded: u64,
    /// The encoding it was read in, such as `UTF-8`.
    pub encoding: String,
    /// The delimiter it was read with.
    pub delimiter: char,
}

/// One step of a refresh.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRecord {
    /// A table's name, or `read`, `prepare`, `write`, `reconcile`, `commit`, `publish`.
    pub name: String,
    /// Seconds from the start of the refresh.
    pub start: f64,
    /// Wall time.
    pub seconds: f64,
}

/// How a refresh made its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshMode {
    /// Nothing was new.
    Unchanged,
    /// From all files; why, if something was there to add to.
    Full {
        /// `2 of the shop's products have changed`.
        because: Option<String>,
    },
    /// The rows of new files were added.
    Increment {
        /// New files of lines.
        files: u32,
        /// Records in them.
        rows: u64,
        /// Tables of which only the rows of some keys were made anew.
        by_key: Vec<String>,
    },
}

/// What a refresh did.
#[derive(Clone, Debug)]
pub struct RefreshRecord {
    /// The publication that is live now.
    pub publication: u64,
    /// Whether it is a new one.
    pub changed: bool,
    /// How the tables were made.
    pub mode: RefreshMode,
    /// Where all rows went.
    pub balance: Balance,
    /// Wall time.
    pub seconds: f64,
    /// Tables with their rows, by name.
    pub tables: Vec<(String, u64)>,
    /// Sources in the order of the project.
    pub sources: Vec<SourceRecord>,
    /// Files in the order in which they were read; empty if nothing changed.
    pub files: Vec<FileRecord>,
    /// Where every sale line went, in rows and money.
    pub buckets: Vec<(String, Bucket)>,
    /// Steps in the order in which they ended; models run side by side.
    pub steps: Vec<StepRecord>,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// Contract checks that passed.
    pub checks_passed: u32,
    /// Contract checks made.
    pub checks_total: u32,
    /// Every check, in the order of tables; empty if nothing changed.
    pub checks: Vec<CheckResult>,
    /// Rows dated before what was published already, by source and month.
    pub late: Vec<LateRows>,
}

impl RefreshRecord {
    /// The record of a refresh that found nothing new.
    pub(crate) fn unchanged(latest: &Publication, seconds: f64) -> Self {
        let rows = |rows| Bucket { rows, ..Bucket::default() };
        let balance = Balance {
            rows_in: latest.rows_in,
            loaded: rows(latest.rows_loaded),
            quarantined: rows(latest.rows_quarantined),
            deduplicated: rows(latest.rows_deduplicated),
            ..Balance::default()
        };
        let amount = |text: &str| confect_domain::decimal::parse_scaled(text).unwrap_or_default();
        let bucket = |bucket: &crate::publish::PublishedBucket| {
            let filled = Bucket { rows: bucket.rows, amount: amount(&bucket.amount), rows_without_amount: 0 };
            (bucket.name.clone(), filled)
        };
        Self {
            publication: latest.id,
            changed: false,
            mode: RefreshMode::Unchanged,
            balance,
            seconds,
            tables: latest.told_tables(),
            sources: Vec::new(),
            files: Vec::new(),
            buckets: latest.buckets.iter().map(bucket).collect(),
            steps: Vec::new(),
            findings: Vec::new(),
            checks_passed: latest.checks_passed,
            checks_total: latest.checks_total,
            checks: Vec::new(),
            late: Vec::new(),
        }
    }
}
