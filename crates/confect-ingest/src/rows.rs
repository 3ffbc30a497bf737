//! What reading a source gives: batches, rows set aside, findings and the account.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use confect_domain::{Balance, Date, Finding};

/// All rows of one source.
#[derive(Clone, Debug)]
pub struct SourceRows {
    /// The entity's columns in order; then the columns of the files that no mapping names, as text, sorted
    /// by name; then `source_file` and `source_line`. The same for all files and batches.
    ///
    /// Text and Key are `Utf8View`, Integer `Int64`, Decimal and Rate `Decimal128(18, 4)`, Date `Date32`,
    /// Timestamp `Timestamp(Microsecond, None)` in UTC, Boolean `Boolean`. `source_line` is the physical
    /// line, counted from 1, on which the record starts; of a workbook the row of its sheet, of Parquet and
    /// lists of JSON the number of the row.
    pub schema: SchemaRef,
    /// In the order in which files were delivered, then of lines. Never an empty batch.
    pub batches: Vec<RecordBatch>,
    /// Rows set aside, in the same order.
    pub quarantined: Vec<QuarantinedRow>,
    /// What a person should know, one per file, kind and column.
    pub findings: Vec<Finding>,
    /// One per file, in order.
    pub files: Vec<FileAccount>,
    /// Sum over the files.
    pub balance: Balance,
    /// Rows of members that a later file delivers anew. They count as loaded and are in no batch.
    pub superseded: Vec<SupersededRow>,
    /// Day of the newest delivery, if the names of all files tell one.
    pub delivered: Option<Date>,
    /// Who is in the newest delivery, where the source delivers all members each time.
    pub newest: Option<NewestDelivery>,
}

impl SourceRows {
    /// Number of superseded rows that are in no batch, by the label of their file.
    pub fn superseded_by_file(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for row in self.superseded.iter().filter(|row| !row.stays) {
            *counts.entry(row.file.clone()).or_default() += 1;
        }
        counts
    }
}

/// A row of a member that a later delivery replaced: the last one delivered counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupersededRow {
    /// The member's key as it stands in the file.
    pub member: String,
    /// Label of the file.
    pub file: String,
    /// Line on which the row starts.
    pub line: u64,
    /// Label of the file that replaced it.
    pub by_file: String,
    /// Line there.
    pub by_line: u64,
    /// What the later row says differently; empty if the two differ only in their spelling.
    pub changes: Vec<Change>,
    /// Whether the row stays in the batches, as a version that models tell apart by the day of its delivery.
    pub stays: bool,
}

/// One value that a later delivery changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Column of the entity.
    pub column: &'static str,
    /// Whether it says something about a person.
    pub is_personal: bool,
    /// What it was, as text; empty for none.
    pub from: String,
    /// What it is.
    pub to: String,
}

/// The newest delivery of a source that lists all members each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewestDelivery {
    /// Day of the delivery, if the names of its files tell.
    pub day: Option<Date>,
    /// Members that older files have and this one has not: they are gone.
    pub gone: BTreeSet<String>,
}

/// The account of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAccount {
    /// The file's label.
    pub label: String,
    /// Its records and bytes.
    pub rows: Balance,
    /// The encoding it was read in, such as `UTF-8`.
    pub encoding: String,
    /// The delimiter it was read with.
    pub delimiter: u8,
    /// What the file holds: `xxh3:` and 32 hex digits, of the bytes that offsets count.
    pub content_hash: String,
}

/// A record that was set aside, with everything that is needed to find and mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedRow {
    /// Name of the source.
    pub source: String,
    /// Label of the file.
    pub file: String,
    /// The file's [`FileAccount::content_hash`]: tells whether the offsets still hold.
    pub content_hash: String,
    /// First physical line of the record, counted from 1.
    pub line_first: u64,
    /// Last physical line of the record.
    pub line_last: u64,
    /// Offset of the record's first byte in the decompressed file (of the text, where the encoding is not
    /// a superset of ASCII and had to be converted as a whole, as UTF-16, and of the text that a workbook,
    /// Parquet or JSON file was turned into).
    pub byte_first: u64,
    /// Offset of the record's last byte, line end excluded.
    pub byte_last: u64,
    /// Heading in the file, where one column is to blame.
    pub column: Option<String>,
    /// Position of that column, counted from 0.
    pub column_index: Option<u32>,
    /// The value to blame, unmasked, at most 64 KiB.
    pub value: Option<String>,
    /// Stable code, such as `bad-date`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do, in one sentence.
    pub remedy: String,
    /// The record as it stands in the file; bytes that are no text replaced; at most 64 KiB, and less once
    /// a load has set aside 64 MiB.
    pub record: String,
    /// The same bytes unchanged, where `record` had to replace some.
    pub record_bytes: Option<Vec<u8>>,
    /// Whether `record` is only the start of the record.
    pub is_cut: bool,
    /// What the row is worth in ten-thousandths; `None` if that could not be read. Entities other than
    /// sale lines count rows only: 0.
    pub amount: Option<i128>,
}

impl QuarantinedRow {
    /// The record's bytes as they stand in the file; all of them unless [`Self::is_cut`].
    pub fn raw(&self) -> &[u8] {
        self.record_bytes.as_deref().unwrap_or(self.record.as_bytes())
    }
}
