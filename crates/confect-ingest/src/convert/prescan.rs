//! A zip archive is looked through before any reader of workbooks gets it: is it a bomb, and what is in it?
//!
//! Every entry is unpacked once and thrown away, with the real sizes counted, because declared ones lie.
//! Worksheets are streamed cell by cell meanwhile (`workbook`), so that a sheet with one cell in its far
//! corner can be refused before anybody lays out a grid for it.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Seek};

use memchr::memmem;
use zip::ZipArchive;

use super::Failure;
use super::workbook::{self, Facts, SheetEntry};

const ENTRIES_MAX: usize = 10_000;
const ENTRY_BYTES_MAX: u64 = 512 << 20;
const TOTAL_BYTES_MAX: u64 = 1 << 30;
const RATIO_MAX: u64 = 200;
/// Below so much no ratio is suspicious.
const RATIO_FLOOR_BYTES: u64 = 1 << 20;
const DOCTYPE: &[u8] = b"<!DOCTYPE";

/// What a zip archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// XLSX, XLSM.
    Xml,
    /// XLSB.
    Binary,
    /// ODS.
    OpenDocument,
}

/// What was found in an archive.
pub(super) struct Archive {
    pub(super) kind: Kind,
    /// Sheets of an XLSX in the order of the workbook.
    pub(super) sheets: Vec<SheetEntry>,
    /// Facts about each worksheet, by path.
    facts: Vec<(String, Facts)>,
}

impl Archive {
    /// The refusal of the first worksheet that is sparse.
    pub(super) fn sparse(&self) -> Option<Failure> {
        self.facts.iter().find_map(|(_, facts)| facts.sparse())
    }

    /// What is known about a sheet of an XLSX.
    pub(super) fn facts(&self, name: &str) -> Option<&Facts> {
        let path = &self.sheets.iter().find(|sheet| sheet.name == name)?.path;
        self.facts.iter().find(|(known, _)| known.eq_ignore_ascii_case(path)).map(|(_, facts)| facts)
    }
}

/// Looks through an archive.
pub(super) fn scan<R: Read + Seek>(reader: R) -> Result<Archive, Failure> {
    let mut archive = ZipArchive::new(reader).map_err(Failure::workbook)?;
    if archive.len() > ENTRIES_MAX {
        return Err(bomb(format!("has more than {ENTRIES_MAX} entries")));
    }
    let kind = kind_of(&archive)?;
    let (mut total, mut facts) = (0_u64, Vec::new());
    let (mut book, mut relations) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        if entry.size() > ENTRY_BYTES_MAX {
            return Err(too_big());
        }
        // A name that is no text is none that a workbook has.
        let name = entry.name().map(Cow::into_owned).unwrap_or_default();
        let allowed = ENTRY_BYTES_MAX.min(TOTAL_BYTES_MAX - total);
        let packed = entry.compressed_size();
        let mut input = BufReader::with_capacity(
            64 << 10,
            Limited { entry, packed, allowed, unpacked: 0, tail: Vec::new(), failure: None },
        );
        let outcome = match name.to_ascii_lowercase().as_str() {
            "xl/workbook.xml" => keep(&mut input, &mut book),
            "xl/_rels/workbook.xml.rels" => keep(&mut input, &mut relations),
            lower if kind == Kind::Xml && lower.ends_with(".xml") && lower.contains("sheet") => {
                workbook::scan_sheet(&mut input).map(|found| facts.extend(found.map(|found| (name, found))))
            }
            _ => drain(&mut input),
        };
        let limited = input.into_inner();
        outcome.map_err(|failure| limited.failure.clone().unwrap_or(failure))?;
        total += limited.unpacked;
    }
    Ok(Archive { kind, sheets: workbook::sheets(&book, &relations)?, facts })
}

fn kind_of<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<Kind, Failure> {
    let has = |wanted: &str| archive.file_names().flatten().any(|name| name.eq_ignore_ascii_case(wanted));
    let what = match () {
        () if has("xl/workbook.xml") => return Ok(Kind::Xml),
        () if has("xl/workbook.bin") => return Ok(Kind::Binary),
        () if has("word/document.xml") => "a Word document",
        () if has("ppt/presentation.xml") => "a presentation",
        () if has("content.xml") && has("mimetype") => return Ok(Kind::OpenDocument),
        () => "a zip archive without a workbook",
    };
    Err(Failure::new(
        "file-not-csv",
        format!("is {what}"),
        "unpack it, or export the table as CSV, XLSX or Parquet",
    ))
}

fn keep(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    // A list of sheets is never big; what is beyond would only be read to be refused.
    input.take(8 << 20).read_to_end(bytes)?;
    drain(input)
}

fn drain(input: &mut impl BufRead) -> Result<(), Failure> {
    // The buffer of the reader is used, so that nothing is copied.
    loop {
        let length = input.fill_buf()?.len();
        if length == 0 {
            return Ok(());
        }
        input.consume(length);
    }
}

fn bomb(what: String) -> Failure {
    Failure::new("spreadsheet-bomb", what, "export it as CSV if it is meant to be that big")
}

fn too_big() -> Failure {
    bomb(format!(
        "unpacks to more than {} MiB in one part or {} MiB in all",
        ENTRY_BYTES_MAX >> 20,
        TOTAL_BYTES_MAX >> 20
    ))
}

fn unreadable(error: zip::result::ZipError) -> Failure {
    let text = error.to_string();
    if text.to_lowercase().contains("password") {
        return password();
    }
    Failure::workbook(text)
}

/// The refusal of a workbook that is encrypted.
pub(super) fn password() -> Failure {
    Failure::new(
        "spreadsheet-password",
        "is a workbook protected with a password",
        "save it without the password, or export it as CSV",
    )
}

/// An entry that may not outgrow its limits nor declare a document type.
struct Limited<R> {
    entry: R,
    packed: u64,
    allowed: u64,
    unpacked: u64,
    /// The last bytes that were read, in case a declaration is cut in two.
    tail: Vec<u8>,
    failure: Option<Failure>,
}

impl<R> Limited<R> {
    fn check(&mut self, bytes: &[u8]) -> Option<Failure> {
        self.unpacked += bytes.len() as u64;
        if self.unpacked > self.allowed {
            return Some(too_big());
        }
        if self.unpacked > RATIO_FLOOR_BYTES && self.unpacked > self.packed.saturating_mul(RATIO_MAX) {
            return Some(bomb(format!("has a part that unpacks to more than {RATIO_MAX} times its size")));
        }
        self.tail.extend_from_slice(bytes.get(..DOCTYPE.len()).unwrap_or(bytes));
        let found = memmem::find(bytes, DOCTYPE).or_else(|| memmem::find(&self.tail, DOCTYPE)).is_some();
        // The tail holds what may be the start of a declaration: the last bytes of all that was read.
        if bytes.len() >= DOCTYPE.len() {
            self.tail.clear();
            self.tail.extend_from_slice(&bytes[bytes.len() - DOCTYPE.len() + 1..]);
        } else {
            let excess = (self.tail.len() + 1).saturating_sub(DOCTYPE.len());
            self.tail.drain(..excess);
        }
        found.then(|| Failure::workbook("it declares a document type, which no workbook does"))
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer)?;
        self.failure = self.check(buffer.get(..read).unwrap_or_default());
        match &self.failure {
            Some(failure) => Err(io::Error::other(failure.message.clone())),
            None => Ok(read),
        }
    }
}
