//! What the XML of a workbook says before its values are read: the sheets, their extent and what is odd.
//!
//! Streams, and keeps nothing but counts and the ranges of hidden rows. Values are `sheet`'s.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Failure, Notice};

/// A grid may be so many times as big as the number of its cells.
const GRID_PER_CELL: u64 = 64;
const GRID_FLOOR: u64 = 1_000_000;

/// A sheet of an XLSX as its workbook lists it.
pub(super) struct SheetEntry {
    pub(super) name: String,
    pub(super) path: String,
}

/// What a cell holds, as far as the shape of a table goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Number,
    /// A formula without a usable result.
    Error,
}

/// What is known about a sheet.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Cells with a value.
    cells: u64,
    /// Number of rows down to the last value.
    rows: u64,
    /// Number of columns up to the last value.
    pub(super) columns: u64,
    /// The values farthest down and farthest right, as (row, column).
    lowest: (u64, u64),
    rightmost: (u64, u64),
    /// Rows with at least two values.
    pub(super) wide_rows: u64,
    /// First and last rows that are hidden, counted from 0, in order.
    pub(super) hidden: Vec<(u64, u64)>,
    /// Number of merged ranges.
    pub(super) merged: u64,
    /// Cells that say they hold an error, in the order of the XML.
    pub(super) error_cells: Vec<(u64, u64)>,
    /// Number of formulas without a usable result, and the row of the first.
    errors: (u64, u64),
    shape: Shape,
}

/// Where the table seems to be, and whether another follows.
#[derive(Clone, Debug, Default)]
struct Shape {
    /// The row that is being read, and its texts and numbers.
    row: Option<(u64, u32, u32)>,
    /// Last row with a value.
    last: Option<u64>,
    /// Rows of at least two values since the last blank row, and whether one of them had a number.
    block: (u32, bool),
    /// Whether a block before was a table.
    has_table: bool,
    /// The row under a blank row that looks like headings.
    second: Option<u64>,
}

impl Facts {
    /// Takes a cell that has a value; rows come in order.
    pub(super) fn add(&mut self, row: u64, column: u64, content: Content) {
        self.cells += 1;
        if row + 1 > self.rows {
            (self.rows, self.lowest) = (row + 1, (row, column));
        }
        if column + 1 > self.columns {
            (self.columns, self.rightmost) = (column + 1, (row, column));
        }
        if content == Content::Error {
            self.errors = (self.errors.0 + 1, if self.errors.0 == 0 { row } else { self.errors.1 });
        }
        match &mut self.shape.row {
            Some((current, texts, numbers)) if *current == row => match content {
                Content::Text => *texts += 1,
                _ => *numbers += 1,
            },
            _ => {
                self.close_row();
                let is_text = u32::from(content == Content::Text);
                self.shape.row = Some((row, is_text, 1 - is_text));
            }
        }
    }

    /// Ends the row that is being read; to be called once more at the end.
    pub(super) fn close_row(&mut self) {
        let shape = &mut self.shape;
        let Some((row, texts, numbers)) = shape.row.take() else { return };
        let is_wide = texts + numbers >= 2;
        self.wide_rows += u64::from(is_wide);
        if shape.last.is_some_and(|last| row > last + 1) {
            let (wide, has_number) = std::mem::take(&mut shape.block);
            shape.has_table |= wide >= 2 && has_number;
            if shape.has_table && is_wide && numbers == 0 && shape.second.is_none() {
                shape.second = Some(row);
            }
        }
        shape.last = Some(row);
        if is_wide {
            shape.block = (shape.block.0.saturating_add(1), shape.block.1 || numbers > 0);
        }
    }

    /// The refusal of a sheet whose few cells span a huge grid.
    pub(super) fn sparse(&self) -> Option<Failure> {
        let grid = self.rows.saturating_mul(self.columns);
        if grid <= self.cells.saturating_mul(GRID_PER_CELL).saturating_add(GRID_FLOOR) {
            return None;
        }
        let far = if self.rows > self.columns * 64 { self.lowest } else { self.rightmost };
        Some(Failure::new(
            "spreadsheet-sparse",
            format!(
                "has a sheet with {} filled cells scattered over {} rows and {} columns",
                self.cells, self.rows, self.columns
            ),
            format!(
                "delete what stands far from the table, such as cell {}{}",
                column_letters(far.1),
                far.0 + 1
            ),
        ))
    }

    /// What a person should know about the sheet that is read.
    pub(super) fn notices(&self, sheet: &str) -> Vec<Notice> {
        let notice = |code, message: String, remedy: &str, line: Option<u64>, rows: u64| Notice {
            code,
            message,
            remedy: remedy.to_owned(),
            line,
            rows,
        };
        let mut notices = Vec::new();
        if let Some((first, _)) = self.hidden.first().filter(|(first, _)| *first < self.rows) {
            let within = self.hidden.iter().map(|(first, last)| (*first, (*last + 1).min(self.rows)));
            let rows: u64 = within.map(|(first, end)| end.saturating_sub(first)).sum();
            notices.push(notice(
                "hidden-rows",
                format!("hidden rows of sheet `{sheet}` were left out"),
                "unhide the rows, or clear the filter, if they belong to the table",
                Some(first + 1),
                rows,
            ));
        }
        if self.merged > 0 {
            notices.push(notice(
                "merged-cells",
                format!(
                    "sheet `{sheet}` has merged cells ({}); each value stays in the first cell",
                    self.merged
                ),
                "split merged cells inside the table and fill in every row",
                None,
                0,
            ));
        }
        if let Some(row) = self.shape.second {
            notices.push(notice(
                "second-table",
                format!("sheet `{sheet}` seems to have a second table below an empty row"),
                "give each table a sheet of its own; here its rows were read with the headings of the first",
                Some(row + 1),
                0,
            ));
        }
        if self.errors.0 > 0 {
            notices.push(notice(
                "formula-error",
                format!("sheet `{sheet}` has {} without a usable result", formulas(self.errors.0)),
                "correct the formulas, let the program calculate the sheet and save it again",
                Some(self.errors.1 + 1),
                0,
            ));
        }
        notices
    }
}

fn formulas(number: u64) -> String {
    if number == 1 { "1 formula".to_owned() } else { format!("{number} formulas") }
}

/// The letters of a column counted from 0.
fn column_letters(column: u64) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.insert(0, char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().collect()
}

/// Row and column, counted from 0, of a reference such as `B12`.
fn position_of(reference: &str) -> Option<(u64, u64)> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = reference.split_at_checked(letters)?;
    if letters.is_empty() || letters.len() > 6 || digits.len() > 9 {
        return None;
    }
    let value = |byte: u8| u64::from(byte.to_ascii_uppercase() - b'A') + 1;
    let column = letters.bytes().fold(0, |sum: u64, byte| sum * 26 + value(byte));
    let row: u64 = digits.parse().ok()?;
    Some((row.checked_sub(1)?, column - 1))
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().with_checks(false).flatten().find(|held| held.key.as_ref() == name)?;
    Some(
        found
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_or_else(|_| found.value.into_owned(), std::borrow::Cow::into_owned),
    )
}

/// What a cell says it holds.
#[derive(Clone, Copy, Default, PartialEq)]
enum Kind {
    #[default]
    Number,
    Text,
    /// The text that a formula gave.
    FormulaText,
    Error,
}

/// The cell that is being scanned.
#[derive(Default)]
struct Open {
    place: (u64, u64),
    kind: Kind,
    has_formula: bool,
    /// Inside `<v>` or `<is>`.
    in_value: bool,
    has_value: bool,
}

impl Open {
    fn content(&self) -> Option<Content> {
        let empty = !self.has_value;
        match self.kind {
            Kind::Error => Some(Content::Error),
            // A formula may well give an empty text.
            Kind::FormulaText if empty => None,
            _ if empty && self.has_formula => Some(Content::Error),
            _ if empty => None,
            Kind::Text | Kind::FormulaText => Some(Content::Text),
            Kind::Number => Some(Content::Number),
        }
    }
}

/// Streams a worksheet; `None` if the XML is something else.
pub(super) fn scan_sheet(input: &mut impl BufRead) -> Result<Option<Facts>, Failure> {
    let mut reader = Reader::from_reader(input);
    let (mut buffer, mut facts, mut next) = (Vec::new(), Facts::default(), (0_u64, 0_u64));
    let mut cell = Open::default();
    let mut is_sheet = false;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(Failure::workbook)? {
            Event::Start(element) => {
                let name = element.local_name();
                is_sheet |= name.as_ref() == "worksheet";
                start(&element, name.as_ref(), &mut facts, &mut next, &mut cell);
            }
            Event::Empty(element) => {
                let name = element.local_name();
                start(&element, name.as_ref(), &mut facts, &mut next, &mut cell);
                end(name.as_ref(), &mut facts, &mut next, &mut cell);
            }
            Event::End(element) => end(element.local_name().as_ref(), &mut facts, &mut next, &mut cell),
            Event::Text(text) => cell.has_value |= cell.in_value && !text.is_empty(),
            Event::CData(_) | Event::GeneralRef(_) => cell.has_value |= cell.in_value,
            Event::DocType(_) => return Err(Failure::workbook("it declares a document type")),
            Event::Eof => break,
            _ => {}
        }
    }
    facts.close_row();
    Ok(is_sheet.then_some(facts))
}

fn start(element: &BytesStart<'_>, name: &str, facts: &mut Facts, next: &mut (u64, u64), cell: &mut Open) {
    match name {
        "row" => {
            let row = attribute(element, "r").and_then(|row| row.parse::<u64>().ok()?.checked_sub(1));
            *next = (row.unwrap_or(next.0), 0);
            if attribute(element, "hidden").is_some_and(|value| value == "1" || value == "true") {
                match facts.hidden.last_mut() {
                    Some((_, last)) if *last + 1 == next.0 => *last = next.0,
                    _ => facts.hidden.push((next.0, next.0)),
                }
            }
        }
        "c" => *cell = open_cell(element, *next),
        "v" | "is" => cell.in_value = true,
        "f" => cell.has_formula = true,
        "mergeCell" => facts.merged += 1,
        _ => {}
    }
}

/// A cell's place and kind; there are millions, so nothing is copied.
fn open_cell(element: &BytesStart<'_>, next: (u64, u64)) -> Open {
    let mut cell = Open { place: next, ..Open::default() };
    for held in element.attributes().with_checks(false).flatten() {
        match held.key.as_ref() {
            "r" => cell.place = position_of(&held.value).unwrap_or(next),
            "t" => {
                cell.kind = match held.value.as_ref() {
                    "s" | "inlineStr" | "is" => Kind::Text,
                    "str" => Kind::FormulaText,
                    "e" => Kind::Error,
                    _ => Kind::Number,
                }
            }
            _ => {}
        }
    }
    cell
}

fn end(name: &str, facts: &mut Facts, next: &mut (u64, u64), cell: &mut Open) {
    match name {
        "row" => *next = (next.0 + 1, 0),
        "v" | "is" => cell.in_value = false,
        "c" => {
            *next = (cell.place.0, cell.place.1 + 1);
            if cell.kind == Kind::Error && cell.has_value {
                facts.error_cells.push(cell.place);
            }
            if let Some(content) = cell.content() {
                facts.add(cell.place.0, cell.place.1, content);
            }
        }
        _ => {}
    }
}

/// The sheets that a workbook lists, with the paths that its relations give them.
pub(super) fn sheets(book: &[u8], relations: &[u8]) -> Result<Vec<SheetEntry>, Failure> {
    let mut targets: Vec<(String, String)> = Vec::new();
    each_element(relations, |element| {
        if element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target"))
        {
            targets.push((id, target));
        }
    })?;
    let mut sheets = Vec::new();
    each_element(book, |element| {
        if element.local_name().as_ref() != "sheet" {
            return;
        }
        let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "r:id")) else { return };
        if let Some((_, target)) = targets.iter().find(|(known, _)| *known == id) {
            let path = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None => format!("xl/{target}"),
            };
            sheets.push(SheetEntry { name, path });
        }
    })?;
    Ok(sheets)
}

fn each_element(xml: &[u8], mut take: impl FnMut(&BytesStart<'_>)) -> Result<(), Failure> {
    let mut reader = Reader::from_reader(xml);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(Failure::workbook)? {
            Event::Start(element) | Event::Empty(element) => take(&element),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_letters_agree() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(column_letters(column), letters);
            assert_eq!(position_of(&format!("{letters}12")), Some((11, column)));
        }
        for wrong in ["", "A", "12", "A0", "ABCDEFG1", "A1B", "A9999999999"] {
            assert_eq!(position_of(wrong), None, "{wrong}");
        }
    }
}
