//! Spreadsheets, Parquet and JSON → the one delimited text that everything behind reads.
//!
//! A workbook or a Parquet file is read by a **child process** with limits on memory and processor time,
//! because a hostile one aborts or fills the memory of whoever reads it; the child's standard output is the
//! text. JSON is converted where it is read. Each sheet row, Parquet row and JSON object becomes exactly one
//! record, so that a record set aside still names its row; what is assumed on the way comes as notices.
//!
//! The program that reads (`confect`) answers the hidden subcommand `__convert` with [`run_child`] and says
//! once at its start where it is, with [`install`]. Deliberately absent: types, mappings, quarantine.

mod child;
mod json;
mod options;
mod parent;
mod parquet;
mod prescan;
mod sheet;
mod workbook;
mod writer;

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

pub use child::run_child;
pub(crate) use json::{JsonReader, Keys, sniff as sniff_json};
pub(crate) use options::{Opening, Origin, misnamed};
pub(crate) use parent::Conversion;

/// What a workbook shows for a formula that failed, and what stands for one that was never calculated.
pub(crate) const ERROR_WORDS: [&str; 10] = [
    "#REF!",
    "#DIV/0!",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#VALUE!",
    "#DATA!",
    "#GETTING_DATA",
    sheet::NO_RESULT,
];

/// How the reading child is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converter {
    /// The program that calls [`run_child`].
    pub program: PathBuf,
    /// What it is told first, usually `__convert`.
    pub arguments: Vec<String>,
    /// Largest memory of the child, in bytes of address space.
    pub memory_bytes: u64,
}

impl Converter {
    /// A program with the subcommand `__convert`, and 2 GiB for it.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: vec!["__convert".to_owned()], memory_bytes: 2 << 30 }
    }
}

static INSTALLED: OnceLock<Converter> = OnceLock::new();

/// Says how workbooks and Parquet files are read in this process; without it they are refused.
///
/// The first call counts; gives whether this was it.
pub fn install(converter: Converter) -> bool {
    INSTALLED.set(converter).is_ok()
}

/// What was installed.
fn installed() -> Option<&'static Converter> {
    INSTALLED.get()
}

/// Looks through a zip archive as before a workbook is read; for fuzzing.
///
/// # Errors
/// The code and the sentence with which the file would be refused.
#[doc(hidden)]
pub fn prescan(bytes: &[u8]) -> Result<(), (&'static str, String)> {
    let refused = |failure: Failure| (failure.code, failure.message);
    let archive = prescan::scan(io::Cursor::new(bytes)).map_err(refused)?;
    archive.sparse().map_or(Ok(()), |failure| Err(refused(failure)))
}

/// Why a file could not be converted. The message goes on after "file `x`".
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

/// Every code that a child may report; anything else becomes the first.
const CODES: [&str; 11] = [
    "spreadsheet-unreadable",
    "spreadsheet-password",
    "spreadsheet-sparse",
    "spreadsheet-bomb",
    "sheet-missing",
    "parquet-unreadable",
    "parquet-nested",
    "json-unreadable",
    "file-bomb",
    "file-not-csv",
    "file-too-wide",
];

impl Failure {
    fn new(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: remedy.into() }
    }

    fn workbook(reason: impl std::fmt::Display) -> Self {
        Self::new(
            "spreadsheet-unreadable",
            format!("cannot be read as a workbook: {reason}"),
            "open it in the program it comes from and save it again, or export it as CSV",
        )
    }

    fn parquet(reason: impl std::fmt::Display) -> Self {
        Self::new(
            "parquet-unreadable",
            format!("cannot be read as Parquet: {reason}"),
            "write or copy the file again",
        )
    }

    fn bomb(unpacked: u64) -> Self {
        Self::new(
            "file-bomb",
            format!("unpacks to more than 1000 times its size (stopped after {unpacked} bytes)"),
            "convert it to CSV yourself if it is meant to be that big",
        )
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::workbook(error)
    }
}

/// Something about the file as a whole that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: String,
    /// Row of the original.
    pub(crate) line: Option<u64>,
    pub(crate) rows: u64,
}

/// Whether a finding is about one file, so that each file's has to be told.
pub(crate) fn is_notice(code: &str) -> bool {
    NOTICES.contains(&code)
}

/// Every code of a notice.
const NOTICES: [&str; 8] = [
    "format-by-content",
    "other-sheets",
    "hidden-sheets",
    "hidden-rows",
    "merged-cells",
    "second-table",
    "formula-error",
    "nested-value",
];
