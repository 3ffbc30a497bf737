//! What opening a file needs to know beside its path, and what is remembered between two openings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::Notice;
use super::json::Keys;
use crate::error::IngestError;
use crate::files::OpenFile;
use crate::spec::SourceSpec;

/// A format that is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A zip archive: XLSX, XLSM, XLSB, ODS.
    Workbook,
    /// A compound file: XLS, or a workbook with a password.
    OldWorkbook,
    Parquet,
    Json,
}

impl Origin {
    /// The first word that the child is told.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Workbook => "workbook",
            Self::OldWorkbook => "old-workbook",
            Self::Parquet => "parquet",
            Self::Json => "json",
        }
    }

    /// What the file is, for a person.
    pub(crate) const fn described(self) -> &'static str {
        match self {
            Self::Workbook => "an Excel workbook or a zip archive",
            Self::OldWorkbook => "an old Excel workbook",
            Self::Parquet => "a Parquet file",
            Self::Json => "JSON",
        }
    }

    /// The number of the line on which the headings stand at the earliest: those of a sheet are a row of it,
    /// those of the others are no row.
    pub(crate) const fn first_line(self) -> u64 {
        match self {
            Self::Workbook | Self::OldWorkbook => 1,
            Self::Parquet | Self::Json => 0,
        }
    }

    /// Whether a file with this ending may be expected to have this format.
    fn is_named(self, ending: &str) -> bool {
        match self {
            Self::Workbook => ["xlsx", "xlsm", "xlsb", "ods"].contains(&ending),
            Self::OldWorkbook => ending == "xls",
            Self::Parquet => ["parquet", "pq"].contains(&ending),
            Self::Json => ["json", "jsonl", "ndjson"].contains(&ending),
        }
    }
}

const ALL: [Origin; 4] = [Origin::Workbook, Origin::OldWorkbook, Origin::Parquet, Origin::Json];
const TEXT_ENDINGS: [&str; 4] = ["csv", "tsv", "txt", "tab"];

/// A notice if a file's name says something else than its content.
pub(crate) fn misnamed(label: &str, origin: Option<Origin>) -> Option<Notice> {
    let ending = Path::new(label).extension()?.to_str()?.to_lowercase();
    let what = match origin {
        None if ALL.iter().any(|other| other.is_named(&ending)) => "delimited text",
        Some(origin) if TEXT_ENDINGS.contains(&ending.as_str()) => origin.described(),
        Some(origin) if !origin.is_named(&ending) && ALL.iter().any(|other| other.is_named(&ending)) => {
            origin.described()
        }
        _ => return None,
    };
    Some(Notice {
        code: "format-by-content",
        message: format!("the file is named `.{ending}` but is {what}, and was read as that"),
        remedy: "name the file by its format; the content always decides".to_owned(),
        line: None,
        rows: 0,
    })
}

/// One source's way of opening files.
pub(crate) struct Opening {
    /// Name of the source.
    pub(crate) name: String,
    pub(crate) sheet: Option<String>,
    pub(crate) decimal_comma: bool,
    /// Folders in which files have to lie; empty: anywhere.
    pub(crate) inside: Vec<PathBuf>,
    pub(super) cancel: Arc<AtomicBool>,
    /// Children under way, and other long waits.
    running: Arc<AtomicUsize>,
    /// Keys of the objects of JSON files, by path and size: they take a reading of the whole file.
    keys: Mutex<HashMap<(PathBuf, u64), Arc<Keys>>>,
    /// Files whose conversion goes on where looking for their layout left it.
    parked: Mutex<Vec<(PathBuf, OpenFile)>>,
}

/// Children that may wait for their file's turn; each holds its workbook's texts.
const PARKED_MAX: usize = 2;

impl Opening {
    /// That of a file which no source reads yet.
    pub(crate) fn alone(label: &str) -> Self {
        Self {
            name: label.to_owned(),
            sheet: None,
            decimal_comma: false,
            inside: Vec::new(),
            cancel: Arc::default(),
            running: Arc::default(),
            keys: Mutex::default(),
            parked: Mutex::default(),
        }
    }

    pub(crate) fn new(spec: &SourceSpec) -> Self {
        Self {
            name: spec.name.clone(),
            sheet: spec.options.sheet.clone(),
            decimal_comma: spec.options.decimal_comma,
            inside: spec.options.inside.clone(),
            cancel: Arc::default(),
            running: Arc::default(),
            keys: Mutex::default(),
            parked: Mutex::default(),
        }
    }

    /// Marks that somebody may wait for long, until the mark is dropped.
    pub(crate) fn wait(&self) -> Waiting {
        self.running.fetch_add(1, Ordering::Relaxed);
        Waiting(Arc::clone(&self.running))
    }

    /// Whether somebody waits for a child, so that cancelling has to be looked for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    /// Ends all children.
    pub(crate) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Whether that was asked for.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    pub(crate) fn cancelled(&self) -> IngestError {
        IngestError::Cancelled { name: self.name.clone() }
    }

    /// Keeps a file for its next opening, unless enough are kept.
    pub(crate) fn park(&self, path: PathBuf, file: OpenFile) {
        if let Ok(mut parked) = self.parked.lock()
            && parked.len() < PARKED_MAX
        {
            parked.push((path, file));
        }
    }

    /// Takes a file that was kept.
    pub(crate) fn unpark(&self, path: &Path) -> Option<OpenFile> {
        let mut parked = self.parked.lock().ok()?;
        let index = parked.iter().position(|(known, _)| known == path)?;
        Some(parked.swap_remove(index).1)
    }

    /// The keys found when the file was read before.
    pub(crate) fn known_keys(&self, path: &Path, size: u64) -> Option<Arc<Keys>> {
        let keys = self.keys.lock().ok()?;
        keys.get(&(path.to_owned(), size)).map(Arc::clone)
    }

    /// Remembers a file's keys.
    pub(crate) fn keep_keys(&self, path: &Path, size: u64, found: &Arc<Keys>) {
        if let Ok(mut keys) = self.keys.lock() {
            keys.insert((path.to_owned(), size), Arc::clone(found));
        }
    }
}

/// A long wait under way.
pub(crate) struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
