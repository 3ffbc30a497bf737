//! One sheet of a workbook → records, one for each row of the sheet, also for empty and hidden ones.
//!
//! Values are those that the workbook stores: exact numbers, dates by the number format and the workbook's
//! own first day, the last results of formulas. Cells of XLSX and XLSB are streamed; XLS and ODS are laid
//! out by the library that reads them, within the limits of this process.
//! Hidden rows are known of XLSX only, and merged cells of XLSX and XLS, because that library tells no more.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, Write};

use calamine::{
    Data, DataRef, ExcelDateTime, Ods, Range, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsb, Xlsx,
    XlsxError,
};
use confect_domain::names;
use confect_domain::problem::printable;
use memchr::memmem;

use super::child::{Task, tell};
use super::prescan::{self, Kind};
use super::workbook::{Content, Facts};
use super::writer::{Records, sheet_number};
use super::{Failure, Notice};
use crate::error::listed;
use crate::text::MAX_COLUMNS;

/// What stands for a formula that was never calculated.
pub(crate) const NO_RESULT: &str = "#NO RESULT!";
/// Largest compound file; they are read as a whole.
const OLD_BYTES_MAX: u64 = 512 << 20;

/// A value of either kind of cell.
enum Value<'a> {
    Empty,
    Text(&'a str),
    Number(f64),
    Whole(i64),
    Truth(bool),
    Moment(ExcelDateTime),
    Error(String),
}

impl<'a> From<&'a Data> for Value<'a> {
    fn from(data: &'a Data) -> Self {
        match data {
            Data::Int(number) => Self::Whole(*number),
            Data::Float(number) => Self::Number(*number),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Self::Text(text),
            Data::Bool(truth) => Self::Truth(*truth),
            Data::DateTime(moment) => Self::Moment(*moment),
            Data::Error(error) => Self::Error(error.to_string()),
            _ => Self::Empty,
        }
    }
}

impl<'a> From<&'a DataRef<'_>> for Value<'a> {
    fn from(data: &'a DataRef<'_>) -> Self {
        match data {
            DataRef::Int(number) => Self::Whole(*number),
            DataRef::Float(number) => Self::Number(*number),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                Self::Text(text)
            }
            DataRef::SharedString(text) => Self::Text(text),
            DataRef::Bool(truth) => Self::Truth(*truth),
            DataRef::DateTime(moment) => Self::Moment(*moment),
            DataRef::Error(error) => Self::Error(error.to_string()),
            DataRef::Empty => Self::Empty,
        }
    }
}

impl Value<'_> {
    fn content(&self) -> Option<Content> {
        match self {
            Self::Empty | Self::Text("") => None,
            Self::Text(_) => Some(Content::Text),
            Self::Error(_) => Some(Content::Error),
            _ => Some(Content::Number),
        }
    }
}

/// Converts a zip archive.
pub(super) fn convert_zip<W: Write>(
    mut file: File,
    task: &Task,
    records: &mut Records<W>,
) -> Result<(), Failure> {
    let archive = prescan::scan(BufReader::new(&mut file))?;
    file.rewind()?;
    match archive.kind {
        Kind::Xml => convert_xlsx(file, &archive, task, records),
        Kind::Binary => convert_xlsb(file, task, records),
        Kind::OpenDocument => {
            let mut book: Ods<_> = Ods::new(BufReader::new(file)).map_err(refused)?;
            let sheets = book.sheets_metadata().to_vec();
            let ranges = book.worksheets();
            convert_ranges(&sheets, &ranges, |_| 0, task, records)
        }
    }
}

fn refused(error: impl std::fmt::Display) -> Failure {
    let text = error.to_string();
    if text.to_lowercase().contains("password") { prescan::password() } else { Failure::workbook(text) }
}

/// Converts a compound file: an old workbook, or a new one behind a password.
pub(super) fn convert_old<W: Write>(
    file: File,
    task: &Task,
    records: &mut Records<W>,
) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    file.take(OLD_BYTES_MAX).read_to_end(&mut bytes)?;
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(&bytes, &wide).is_some()
    };
    if has("EncryptedPackage") {
        return Err(prescan::password());
    }
    if !has("Workbook") && !has("Book") {
        return Err(Failure::new(
            "file-not-csv",
            "is an old Office file without a workbook in it",
            "export the table as CSV or XLSX",
        ));
    }
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(refused)?;
    let sheets = book.sheets_metadata().to_vec();
    let ranges = book.worksheets();
    let merged = |name: &str| book.merge_cells_by_sheet_name(name).map_or(0, |cells| cells.len() as u64);
    convert_ranges(&sheets, &ranges, merged, task, records)
}

fn convert_xlsx<W: Write>(
    file: File,
    archive: &prescan::Archive,
    task: &Task,
    records: &mut Records<W>,
) -> Result<(), Failure> {
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(refused)?;
    let sheets = book.sheets_metadata().to_vec();
    let wide = |name: &str| archive.facts(name).map_or(0, |facts| facts.wide_rows);
    let (name, mut notices) = choose(&sheets, wide, task)?;
    let Some(facts) = archive.facts(&name) else {
        return Err(Failure::workbook(format!(
            "its list of sheets leads nowhere for `{}`",
            printable(&name)
        )));
    };
    notices.extend(facts.notices(&printable(&name)));
    let mut rows = Rows::new(facts, &notices, task, records)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(refused)?;
    let mut error_cells = facts.error_cells.iter();
    loop {
        let cell = match cells.next_cell_with_formula_metadata() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            // An error of a later Excel, such as `#SPILL!`, concerns its cell only; the reader goes on behind it.
            Err(XlsxError::CellError(word)) => {
                let Some((row, column)) = error_cells.next() else { return Err(Failure::workbook(word)) };
                rows.cell(*row, *column, &Value::Error(NO_RESULT.to_owned()))?;
                continue;
            }
            Err(error) => return Err(refused(error)),
        };
        if matches!(cell.value, DataRef::Error(_)) {
            error_cells.next();
        }
        let value = match (&cell.value, &cell.formula) {
            (DataRef::Empty, Some(_)) => Value::Error(NO_RESULT.to_owned()),
            (value, _) => Value::from(value),
        };
        rows.cell(u64::from(cell.pos.0), u64::from(cell.pos.1), &value)?;
    }
    rows.finish()
}

fn convert_xlsb<W: Write>(file: File, task: &Task, records: &mut Records<W>) -> Result<(), Failure> {
    let mut book: Xlsb<_> = Xlsb::new(BufReader::new(file)).map_err(refused)?;
    let sheets = book.sheets_metadata().to_vec();
    let mut known: Vec<(String, Facts)> = Vec::new();
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let mut facts = Facts::default();
        let mut cells = book.worksheet_cells_reader(&sheet.name).map_err(refused)?;
        while let Some(cell) = cells.next_cell().map_err(refused)? {
            let (row, column) = cell.get_position();
            if let Some(content) = Value::from(cell.get_value()).content() {
                facts.add(u64::from(row), u64::from(column), content);
            }
        }
        facts.close_row();
        known.push((sheet.name.clone(), facts));
    }
    let find = |name: &str| known.iter().find(|(held, _)| held == name).map(|(_, facts)| facts);
    let (name, mut notices) = choose(&sheets, |name| find(name).map_or(0, |facts| facts.wide_rows), task)?;
    let facts = find(&name).cloned().unwrap_or_default();
    notices.extend(facts.notices(&printable(&name)));
    let mut rows = Rows::new(&facts, &notices, task, records)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(refused)?;
    while let Some(cell) = cells.next_cell().map_err(refused)? {
        let (row, column) = cell.get_position();
        rows.cell(u64::from(row), u64::from(column), &Value::from(cell.get_value()))?;
    }
    rows.finish()
}

/// Converts a workbook whose sheets are laid out already.
fn convert_ranges<W: Write>(
    sheets: &[Sheet],
    ranges: &[(String, Range<Data>)],
    merged: impl Fn(&str) -> u64,
    task: &Task,
    records: &mut Records<W>,
) -> Result<(), Failure> {
    let range_of = |name: &str| ranges.iter().find(|(held, _)| held == name).map(|(_, range)| range);
    let facts_of = |name: &str| {
        let mut facts = Facts::default();
        facts.merged = merged(name);
        for_each_cell(range_of(name), |row, column, value| {
            if let Some(content) = value.content() {
                facts.add(row, column, content);
            }
            Ok(())
        })
        .map(|()| {
            facts.close_row();
            facts
        })
    };
    let (name, mut notices) = choose(sheets, |name| facts_of(name).map_or(0, |facts| facts.wide_rows), task)?;
    let facts = facts_of(&name)?;
    notices.extend(facts.notices(&printable(&name)));
    let mut rows = Rows::new(&facts, &notices, task, records)?;
    for_each_cell(range_of(&name), |row, column, value| rows.cell(row, column, value))?;
    rows.finish()
}

fn for_each_cell(
    range: Option<&Range<Data>>,
    mut take: impl FnMut(u64, u64, &Value<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some(range) = range else { return Ok(()) };
    let (top, left) = range.start().unwrap_or_default();
    for (row, column, data) in range.used_cells() {
        take(u64::from(top) + row as u64, u64::from(left) + column as u64, &Value::from(data))?;
    }
    Ok(())
}

/// The sheet to read, and what is said about those that are not.
fn choose(
    sheets: &[Sheet],
    wide_rows: impl Fn(&str) -> u64,
    task: &Task,
) -> Result<(String, Vec<Notice>), Failure> {
    let tables: Vec<&Sheet> = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    if let Some(wanted) = &task.sheet {
        let exact = tables.iter().find(|sheet| sheet.name == *wanted);
        let normal = names::normalise(wanted);
        let found = exact.or_else(|| tables.iter().find(|sheet| names::normalise(&sheet.name) == normal));
        return found.map(|sheet| (sheet.name.clone(), Vec::new())).ok_or_else(|| missing(wanted, &tables));
    }
    let visible: Vec<&Sheet> =
        tables.iter().copied().filter(|sheet| sheet.visible == SheetVisible::Visible).collect();
    let counts: Vec<u64> = visible.iter().map(|sheet| wide_rows(&sheet.name)).collect();
    let best = [2, 1, 0].iter().find_map(|least| counts.iter().position(|count| count >= least));
    let Some(chosen) = best.and_then(|index| visible.get(index)) else {
        return Err(Failure::workbook("it has no visible sheet"));
    };
    let hidden = tables.iter().filter(|sheet| sheet.visible != SheetVisible::Visible);
    let others =
        visible.iter().zip(&counts).filter(|(sheet, count)| sheet.name != chosen.name && **count > 1);
    let mut notices = Vec::new();
    let mut unread = |code, what: &str, names: Vec<String>| {
        if !names.is_empty() {
            notices.push(Notice {
                code,
                message: format!("{what}: {}; only `{}` was", listed(&names), printable(&chosen.name)),
                remedy:
                    "name the sheet to read with `sheet = \"…\"` in the source, one source for each sheet"
                        .to_owned(),
                line: None,
                rows: 0,
            });
        }
    };
    unread("hidden-sheets", "hidden sheets were not read", hidden.map(|sheet| sheet.name.clone()).collect());
    unread(
        "other-sheets",
        "other sheets with a table were not read",
        others.map(|(sheet, _)| sheet.name.clone()).collect(),
    );
    Ok((chosen.name.clone(), notices))
}

fn missing(wanted: &str, tables: &[&Sheet]) -> Failure {
    let present: Vec<String> = tables.iter().map(|sheet| sheet.name.clone()).collect();
    let near = names::nearest(wanted, present.iter().map(String::as_str));
    Failure::new(
        "sheet-missing",
        format!("has no sheet `{}`; it has {}", printable(wanted), listed(&present)),
        match near {
            Some(near) => format!("did you mean `sheet = \"{}\"`", printable(near)),
            None => "correct `sheet` in the source, or leave it out to read the first table".to_owned(),
        },
    )
}

/// Cells in order → records of equal width.
struct Rows<'a, W: Write> {
    records: &'a mut Records<W>,
    width: u64,
    hidden: &'a [(u64, u64)],
    decimal_comma: bool,
    /// The row that is open, and its next column; rows before it are written.
    row: u64,
    column: u64,
}

impl<'a, W: Write> Rows<'a, W> {
    fn new(
        facts: &'a Facts,
        notices: &[Notice],
        task: &Task,
        records: &'a mut Records<W>,
    ) -> Result<Self, Failure> {
        if let Some(failure) = facts.sparse() {
            return Err(failure);
        }
        if facts.columns > MAX_COLUMNS as u64 {
            let message = format!("has more than {MAX_COLUMNS} columns");
            let remedy = "check that this is the right file; a shop's export has a line per row";
            return Err(Failure::new("file-too-wide", message, remedy));
        }
        tell(notices);
        let (width, hidden) = (facts.columns, facts.hidden.as_slice());
        Ok(Self { records, width, hidden, decimal_comma: task.decimal_comma, row: 0, column: 0 })
    }

    fn cell(&mut self, row: u64, column: u64, value: &Value<'_>) -> Result<(), Failure> {
        if value.content().is_none() || self.is_hidden(row) {
            return Ok(());
        }
        if row > self.row {
            self.close_row()?;
            self.records.blank(row - self.row)?;
            self.row = row;
        }
        if row < self.row || column < self.column || column >= self.width {
            return Err(Failure::workbook(format!("its cells are out of order in row {}", row + 1)));
        }
        self.records.empty((column - self.column) as usize);
        self.column = column + 1;
        self.write(value);
        Ok(())
    }

    /// Whether a row is hidden; drops the ranges above it.
    fn is_hidden(&mut self, row: u64) -> bool {
        while let Some(((_, last), rest)) = self.hidden.split_first() {
            if *last >= row {
                break;
            }
            self.hidden = rest;
        }
        self.hidden.first().is_some_and(|(first, last)| (*first..=*last).contains(&row))
    }

    /// Ends the open row if something was written to it, else leaves it to be a blank line.
    fn close_row(&mut self) -> Result<(), Failure> {
        if self.column > 0 {
            self.records.empty((self.width - self.column) as usize);
            self.records.end()?;
            (self.row, self.column) = (self.row + 1, 0);
        }
        Ok(())
    }

    fn write(&mut self, value: &Value<'_>) {
        match value {
            Value::Empty => self.records.empty(1),
            Value::Text(text) => self.records.text(text.as_bytes()),
            Value::Number(number) => self.records.number(&sheet_number(*number), self.decimal_comma),
            Value::Whole(number) => self.records.plain(&number.to_string()),
            Value::Truth(truth) => self.records.plain(if *truth { "true" } else { "false" }),
            Value::Moment(moment) => self.records.plain(&moment_text(*moment)),
            Value::Error(error) => self.records.text(error.as_bytes()),
        }
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.close_row()
    }
}

/// `2024-01-05 08:26:00`, without a time of day that is midnight; hours for a duration and for a time alone.
fn moment_text(moment: ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if !(0.0..2_958_466.0).contains(&serial) {
        return sheet_number(serial);
    }
    if moment.is_duration() || serial < 1.0 {
        let seconds = (serial * 86_400.0).round() as u64;
        return format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn moments_honour_the_first_day_of_the_workbook() {
        // 45292 is 2024-01-01 in the 1900 system (Microsoft's documentation of DATEVALUE); the 1904 system
        // is 1,462 days behind.
        let text =
            |serial, is_1904| moment_text(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904));
        assert_eq!(text(45_292.0, false), "2024-01-01");
        assert_eq!(text(45_292.0 - 1_462.0, true), "2024-01-01");
        assert_eq!(text(40_513.351_388_888_89, false), "2010-12-01 08:26:00");
        assert_eq!(text(0.5, false), "12:00:00");
        assert_eq!(text(-1.0, false), "-1");
        let hours = ExcelDateTime::new(1.25, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(moment_text(hours), "30:00:00");
    }
}
