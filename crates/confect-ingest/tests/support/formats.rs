//! The converting child, workbooks and zip archives written by hand.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array};
use confect_ingest::convert::{Converter, install};

#[path = "table.rs"]
mod table;

pub use table::*;

/// Has workbooks read by the helper program of this crate.
pub fn converter() {
    let program = env!("CARGO_BIN_EXE_confect-convert");
    install(Converter { arguments: Vec::new(), ..Converter::new(program) });
}

pub fn dates(days: Vec<i32>) -> ArrayRef {
    Arc::new(Date32Array::from(days))
}

/// A zip archive.
pub fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("started");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("finished").into_inner()
}

/// A workbook of one sheet from the XML inside `<worksheet>`; what `book` holds stands inside `<workbook>`.
/// Style 0 is plain, style 1 a date.
pub fn raw_xlsx(sheet: &str, book: &str) -> Vec<u8> {
    let workbook = format!(
        "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">{book}<sheets>\
         <sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let sheet = format!(
        "<?xml version=\"1.0\"?><worksheet \
         xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">{sheet}</worksheet>"
    );
    zip_of(&[
        (
            "[Content_Types].xml",
            b"<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>",
        ),
        (
            "_rels/.rels",
            b"<?xml version=\"1.0\"?><Relationships \
              xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
              Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
              Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        ("xl/workbook.xml", workbook.as_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            b"<?xml version=\"1.0\"?><Relationships \
              xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
              Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
              Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        (
            "xl/styles.xml",
            b"<?xml version=\"1.0\"?><styleSheet \
              xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"2\">\
              <xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>",
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// The cells of a sheet as XML: texts inline, what parses as a number as one, `=` for a formula whose cached
/// value follows `|`, `#…` as an error.
pub fn sheet_data(rows: &[&[&str]]) -> String {
    let mut xml = "<sheetData>".to_owned();
    for (index, row) in rows.iter().enumerate() {
        let number = index + 1;
        xml += &format!("<row r=\"{number}\">");
        for (column, cell) in row.iter().enumerate() {
            let place = format!("{}{number}", char::from(b'A' + column as u8));
            xml += &match *cell {
                "" => continue,
                error if error.starts_with('#') && error.contains(['!', '/']) => {
                    format!("<c r=\"{place}\" t=\"e\"><v>{error}</v></c>")
                }
                formula if formula.starts_with('=') => match formula[1..].split_once('|') {
                    Some((formula, value)) => format!("<c r=\"{place}\"><f>{formula}</f><v>{value}</v></c>"),
                    None => format!("<c r=\"{place}\"><f>{}</f></c>", &formula[1..]),
                },
                number if number.parse::<f64>().is_ok() => format!("<c r=\"{place}\"><v>{number}</v></c>"),
                text => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
            };
        }
        xml += "</row>";
    }
    xml + "</sheetData>"
}
