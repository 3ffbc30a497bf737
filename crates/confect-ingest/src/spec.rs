//! What is to be read: a source, how its headings map onto an entity, and how its text is to be taken.
//!
//! Plain data made by whoever reads `sources/<name>.toml`. Deliberately absent: TOML itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use confect_domain::{Date, Entity, Severity};

pub use crate::values::rules::RuleAction;

/// One source of the project: files of one shape that deliver rows of one entity.
#[derive(Clone, Debug)]
pub struct SourceSpec {
    /// Name of the source, as in `sources/<name>.toml`.
    pub name: String,
    /// What one row describes.
    pub entity: Entity,
    /// How the file's headings map onto the entity's columns; columns that are not named stay null.
    pub columns: Vec<ColumnMapping>,
    /// How the text is to be taken.
    pub options: ReadOptions,
}

/// Where one column of the entity comes from.
#[derive(Clone, Debug, Default)]
pub struct ColumnMapping {
    /// Column of the entity.
    pub column: String,
    /// Accepted headings; the first one present wins. Compared exactly first, then without case, blanks
    /// and `_ - .`, which gives a finding `header-spelling`.
    pub headers: Vec<String>,
    /// Value of every row when no heading is present, or none is listed.
    pub constant: Option<String>,
    /// Rewrites of values after trimming, such as `Restock` → `receipt`.
    pub values: BTreeMap<String, String>,
    /// How the value is made where no single column holds it; `headers` are then not looked at.
    pub derived: Option<Derived>,
    /// Whether the sign of a number is turned, as for a file of returns whose quantities are positive.
    pub negate: bool,
}

/// How a value is made that no single column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derived {
    /// The filled ones of these columns, joined by a blank.
    Join(Vec<String>),
    /// This prefix and the line on which the row starts; the file's name between them where the source
    /// has several files.
    RowNumber(String),
    /// A value of another file.
    Lookup(Lookup),
}

/// A value found in another file, or in several, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The heading whose value is looked up.
    pub by: String,
    /// Each step's value is the next one's key.
    pub steps: Vec<LookupStep>,
}

/// One file that values are looked up in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupStep {
    /// Pattern of the files below `data/`, for whoever finds them.
    pub pattern: String,
    /// The files that match it; the first one that knows a key wins.
    pub files: Vec<InputFile>,
    /// The heading of the key.
    pub key: String,
    /// The heading of the value.
    pub take: String,
}

impl SourceSpec {
    /// The files that values of this source are looked up in: when one changes, the source's rows do.
    pub fn lookup_files(&self) -> Vec<InputFile> {
        let lookups = self.columns.iter().filter_map(|mapping| match &mapping.derived {
            Some(Derived::Lookup(lookup)) => Some(&lookup.steps),
            _ => None,
        });
        let mut files: Vec<InputFile> = lookups.flatten().flat_map(|step| step.files.clone()).collect();
        files.sort_by(|left, right| left.label.cmp(&right.label));
        files.dedup();
        files
    }
}

/// How the text of a source is to be taken. `Default` suits most exports.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The delimiter; `None`: found on the first 100 KB among comma, semicolon, tab and pipe.
    pub delimiter: Option<u8>,
    /// A label of the WHATWG encoding standard, such as `windows-1252`; `None`: UTF-8, byte order marks
    /// are honoured, and records that are not UTF-8 are read as windows-1252 with a finding, unless the
    /// file plainly is UTF-8 with a few broken records, which are then set aside.
    pub encoding: Option<String>,
    /// IANA time zone of timestamps without an offset, such as `Europe/Berlin`; `None`: UTC.
    pub zone: Option<String>,
    /// Order of day, month and year where the year is not first; `None`: inferred from all values.
    pub date_order: Option<DateOrder>,
    /// Whether the comma is the decimal sign: `1.234,56`.
    pub decimal_comma: bool,
    /// Whether a line that was there already, byte for byte, in any file of the source, is dropped.
    pub deduplicate: bool,
    /// Words that mean "no value", compared exactly after trimming.
    pub null_words: Vec<String>,
    /// The sheet of a workbook to read; `None`: the first visible one that has a table.
    pub sheet: Option<String>,
    /// Largest share of rows set aside (0-1) at which a load still goes through.
    pub max_quarantine_rate: f64,
    /// Largest number of rows set aside at which a big load still goes through, whatever the share.
    pub max_quarantine_rows: u64,
    /// Whether `decimal_comma` may be overruled, column by column, by what the numbers of a column show.
    /// Set it to false where `decimal_comma` is declared, be it true or false.
    pub infer_numbers: bool,
    /// Lines that start with this byte are no records, such as `#`; `None`: there are no comments.
    pub comment: Option<u8>,
    /// A regular expression; records that match it are set aside as `footer-row`. Rows that start with a
    /// word such as `Total` and lack most of what a row needs are, with or without it.
    pub skip_footer: Option<String>,
    /// Whether text that was decoded twice (`JosÃ©`) is mended (`José`) rather than only reported.
    pub repair_mojibake: bool,
    /// Days before this one are set aside; `None`: any day may be.
    pub earliest_date: Option<Date>,
    /// Days after this one are set aside. An argument and never the clock: usually the day after the refresh.
    pub latest_date: Option<Date>,
    /// What happens to rows that break a rule, where that is not the rule's own default. See
    /// [`crate::rule_names`].
    pub rules: BTreeMap<String, RuleAction>,
    /// Folders in which files have to lie, after all links are followed; empty: anywhere.
    pub inside: Vec<PathBuf>,
    /// Whether sale lines may come without any price: the article's list price stands in.
    pub price_from_products: bool,
    /// Whether only the first row of each key is taken, for a flat file that repeats its articles or
    /// customers in every sale line; the others count as deduplicated.
    pub first_per_key: bool,
    /// Whether a file that is not UTF-8, and whose encoding is not declared, is set aside as a whole rather
    /// than converted.
    pub strict_encoding: bool,
    /// Whether each delivery lists all members, so that who is missing in the newest one is gone. The files
    /// of one day, by their names, are one delivery; without days in the names each file is one.
    pub snapshot: bool,
    /// Order of the parts of the day in the files' names; `None`: inferred from all names.
    pub file_date: Option<DateOrder>,
    /// Days from one delivery to the next; `None`: nothing is expected.
    pub expect_every: Option<u32>,
    /// What it means if the newest data is older than `expect_every` says.
    pub freshness: Severity,
    /// What it means if the newest days have many fewer or more rows than their weekdays usually have; `None`:
    /// nobody looks.
    pub volume: Option<Severity>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        let words = ["", "NULL", "N/A", "NA", "-", "null", "None", "nan"];
        Self {
            delimiter: None,
            encoding: None,
            zone: None,
            date_order: None,
            decimal_comma: false,
            deduplicate: true,
            null_words: words.iter().map(|word| (*word).to_owned()).collect(),
            sheet: None,
            max_quarantine_rate: 0.01,
            max_quarantine_rows: 1_000,
            infer_numbers: true,
            comment: None,
            skip_footer: None,
            repair_mojibake: false,
            earliest_date: None,
            latest_date: None,
            rules: BTreeMap::new(),
            inside: Vec::new(),
            price_from_products: false,
            first_per_key: false,
            strict_encoding: false,
            snapshot: false,
            file_date: None,
            expect_every: None,
            freshness: Severity::Warning,
            volume: Some(Severity::Warning),
        }
    }
}

/// Order of the parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

impl DateOrder {
    /// The word that `sources/<name>.toml` uses: `dmy`, `mdy`, `ymd`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }

    /// The order in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Dmy => "day/month/year",
            Self::Mdy => "month/day/year",
            Self::Ymd => "year/month/day",
        }
    }
}

/// One file of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Path relative to the project; shown, stored as `source_file`; the day or the numbers in it are the order
    /// in which files are read.
    pub label: String,
}

/// Told how far reading has come; may ask to stop.
pub trait Progress: Sync {
    /// Totals so far over all files of the source: bytes read from disk (before decompression) and rows
    /// accounted for. Called on the thread that called [`crate::read_source`].
    fn advanced(&self, bytes_read: u64, rows: u64);

    /// Whether to stop as soon as possible, with `IngestError::Cancelled`.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Tells nobody, never stops.
pub struct NoProgress;

impl Progress for NoProgress {
    fn advanced(&self, _bytes_read: u64, _rows: u64) {}
}
