//! The first 100 KB of a file → its encoding, delimiter and header, and where each column stands.
//!
//! The mapping decides: the delimiter and the row (among the first 20) under which most mapped headings are
//! found win, so a delimiter that leaves the mapping's columns unfound is never taken.
//! Deliberately absent: values, and anything that needs more than the sample (`survey`).

pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod sample;

use confect_domain::{Finding, Severity};

use crate::columns::Plan;
use crate::convert::{ERROR_WORDS, Notice, Origin, misnamed};
use crate::error::IngestError;
use crate::files::Identity;
use crate::spec::InputFile;
use crate::text::encoding::Reading;
use crate::text::record::{Dialect, count_line_ends};

/// Where the values of a column of the entity come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CellSource {
    Absent,
    Constant,
    Field(usize),
    /// Made from several fields or the row's place; `FileLayout::made` says from which.
    Made,
}

/// How one file is to be read.
pub(crate) struct FileLayout {
    pub(crate) input: InputFile,
    /// The file as it was when the layout was found.
    pub(crate) identity: Identity,
    pub(crate) reading: Reading,
    pub(crate) dialect: Dialect,
    /// Headings, trimmed.
    pub(crate) header: Vec<String>,
    /// Number of fields of a record.
    pub(crate) width: usize,
    /// Whether every record ends with a delimiter.
    pub(crate) trailing: bool,
    /// Bytes before the first record: byte order mark, title lines, header.
    pub(crate) skip: usize,
    /// One per column of the entity.
    pub(crate) sources: Vec<CellSource>,
    /// What `CellSource::Made` values are made of, by column of the entity.
    pub(crate) made: Vec<Option<crate::derive::Recipe>>,
    /// Positions of columns that say something about a person; findings never quote them.
    pub(crate) personal: Vec<usize>,
    /// Names and positions of the columns that no mapping names.
    pub(crate) extras: Vec<(String, usize)>,
    /// What its rows of totals look like.
    pub(crate) footer: footer::Footer,
    /// Distinguishes equal lines of files with different headers.
    pub(crate) seed: u64,
    /// About how many rows it has, rather too many than too few.
    pub(crate) rows_likely: u64,
    /// Set if the file was converted.
    pub(crate) origin: Option<Origin>,
    /// What a workbook shows for a formula that failed; empty for other files.
    pub(crate) error_words: Vec<&'static str>,
    /// What was assumed.
    pub(crate) findings: Vec<Finding>,
    /// What the file declares of its columns, a letter each (`drift`); empty if it declares nothing.
    pub(crate) types: String,
    /// Whether its encoding was found by its bytes and is none that was declared.
    pub(crate) assumed_utf16: bool,
}

impl FileLayout {
    /// The heading at a position.
    pub(crate) fn heading(&self, index: usize) -> String {
        match self.header.get(index) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => format!("column {}", index + 1),
        }
    }
}

/// Finds out how `input` is to be read.
///
/// # Errors
/// A file that cannot be opened or decompressed, is empty or too wide, or lacks a required column.
pub(crate) fn layout_of(plan: &Plan, input: &InputFile) -> Result<FileLayout, IngestError> {
    let sample = sample::read(plan.declared_reading, &plan.opening, input)?;
    let choice = header::choose(plan, input, &sample)?;
    let mut findings: Vec<Finding> = misnamed(&input.label, sample.origin)
        .iter()
        .chain(&sample.notices)
        .map(|notice| of_notice(plan, input, notice))
        .collect();
    if choice.row > 0 {
        findings.push(below_title(plan, input, &choice));
    }
    if sample.assumed_utf16 {
        findings.push(assumed_utf16(plan, input, sample.reading));
    }
    let resolved = header::resolve(plan, input, &choice.header, &mut findings)?;
    let made = crate::derive::recipes(plan, input, &choice.header, &resolved);
    let mut extras = header::name_extras(plan, &choice.header[..choice.width], &resolved);
    // What a joined value is made of is in it: a name's parts must not live on beside it.
    let joined: Vec<usize> = made.iter().flatten().flat_map(|recipe| recipe.joined()).copied().collect();
    extras.retain(|(_, index)| !joined.contains(index));
    let mapped = plan.columns.iter().zip(&resolved).filter(|(column, _)| column.entity.personal);
    let field = |(_, source): (_, &CellSource)| match source {
        CellSource::Field(index) => Some(*index),
        _ => None,
    };
    let mut personal: Vec<usize> = mapped.filter_map(field).collect();
    personal.extend(joined);
    let seed = xxhash_rust::xxh3::xxh3_64(format!("{:?}{:?}", choice.header, choice.delimiter).as_bytes());
    Ok(FileLayout {
        input: input.clone(),
        rows_likely: rows_likely(&sample, choice.data_start),
        identity: sample.identity,
        types: sample.types,
        assumed_utf16: sample.assumed_utf16,
        reading: sample.reading,
        dialect: Dialect::of(choice.delimiter, plan.options.comment, sample.origin),
        origin: sample.origin,
        error_words: error_words(plan, sample.origin),
        width: choice.width,
        trailing: choice.trailing,
        skip: choice.data_start,
        header: choice.header,
        footer: footer::Footer::new(plan, &resolved),
        sources: resolved,
        made,
        personal,
        extras,
        seed,
        findings,
    })
}

/// How many times as long as the file the text of a compressed or converted one is taken to be. What is
/// packed more tightly repeats itself, and then has few rows that differ.
const PACKED_RATIO: u64 = 10;

/// The number of rows that the sample makes likely.
fn rows_likely(sample: &sample::Sample, data_start: usize) -> u64 {
    let data = sample.bytes.get(data_start..).unwrap_or_default();
    let text = sample.identity.size().saturating_mul(if sample.is_packed { PACKED_RATIO } else { 1 });
    // Never fewer than the sample holds; a start without a line end counts as one.
    let lines = count_line_ends(data).max(1);
    (u128::from(text) * u128::from(lines) / data.len().max(1) as u128).min(u128::from(u64::MAX)) as u64
}

/// What the program of a workbook shows for a failed formula, without the words that mean "no value" here.
fn error_words(plan: &Plan, origin: Option<Origin>) -> Vec<&'static str> {
    let words: &[&str] = match origin {
        Some(Origin::Workbook | Origin::OldWorkbook) => &ERROR_WORDS,
        _ => &[],
    };
    let counts = |word: &&&'static str| !plan.options.null_words.iter().any(|null| null == **word);
    words.iter().filter(counts).copied().collect()
}

fn of_notice(plan: &Plan, input: &InputFile, notice: &Notice) -> Finding {
    Finding {
        code: notice.code,
        severity: Severity::Warning,
        source: plan.name.clone(),
        file: Some(input.label.clone()),
        line: notice.line,
        column: None,
        value: None,
        message: notice.message.clone(),
        remedy: notice.remedy.clone(),
        rows: notice.rows,
    }
}

fn below_title(plan: &Plan, input: &InputFile, choice: &header::Choice) -> Finding {
    let line = choice.line;
    Finding {
        code: "header-below-title",
        severity: Severity::Warning,
        source: plan.name.clone(),
        file: Some(input.label.clone()),
        line: Some(line),
        column: None,
        value: None,
        message: format!("the headings stand on line {line}; the lines above were taken as a title"),
        remedy: "export without a title, or leave it: nothing below the headings was skipped".to_owned(),
        rows: 0,
    }
}

fn assumed_utf16(plan: &Plan, input: &InputFile, reading: Reading) -> Finding {
    let name = reading.name();
    Finding {
        code: "encoding-assumed",
        severity: Severity::Warning,
        source: plan.name.clone(),
        file: Some(input.label.clone()),
        line: None,
        column: None,
        value: None,
        message: format!("every second byte is zero, so the file was read as {name}"),
        remedy: format!("put `encoding = \"{}\"` into `sources/{}.toml`", name.to_lowercase(), plan.name),
        rows: 0,
    }
}
