//! Files made to do harm, and files of formats that nothing here reads: each is refused within seconds, by
//! name, with a remedy, and the process that asked lives on.

#![allow(clippy::result_large_err, unreachable_pub)]

#[path = "support/formats.rs"]
#[allow(dead_code)]
mod formats;
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, ListArray, StringArray, StructArray};
use arrow::datatypes::Int32Type;
use confect_domain::Problem;
use confect_ingest::convert::prescan;
use confect_ingest::{NoProgress, read_source};
use formats::*;
use support::{sales, write};

/// The code and the words of the refusal.
fn refusal(label: &str, bytes: &[u8]) -> (String, String) {
    converter();
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), label, bytes);
    let start = Instant::now();
    let outcome = read_source(&sales(), &[file], &NoProgress);
    assert!(start.elapsed() < Duration::from_secs(30), "{label}: {:?}", start.elapsed());
    let error = outcome.map(|rows| rows.balance).expect_err(label);
    (error.code().to_owned(), Problem::from(error).to_string())
}

fn refused(label: &str, bytes: &[u8], code: &str, words: &str) {
    let (found, text) = refusal(label, bytes);
    golden(code, &text);
    assert_eq!(found, code, "{label}: {text}");
    assert!(text.contains(words), "{label}: {text}");
    assert!(text.contains("hint: "), "{label}: {text}");
}

/// Holds the words of the first refusal of each kind against `golden/refusals.txt`.
fn golden(code: &str, text: &str) {
    static SEEN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/refusals.txt");
    let key = format!("{code} {}", std::thread::current().name().unwrap_or_default());
    let mut seen = SEEN.lock().expect("no test panics while it holds this");
    if seen.contains_key(&key) {
        return;
    }
    seen.insert(key.clone(), text.to_owned());
    if std::env::var_os("CONFECT_BLESS").is_some() {
        let blessed: Vec<String> =
            seen.iter().map(|(key, text)| format!("## {key}\n{}\n", text.trim_end())).collect();
        std::fs::write(path, blessed.join("\n")).expect("the table is written");
        return;
    }
    drop(seen);
    let table = std::fs::read_to_string(path).expect("the table");
    let wanted =
        table.split("## ").find_map(|case| case.strip_prefix(&format!("{key}\n"))).unwrap_or_default();
    assert_eq!(text.trim_end(), wanted.trim_end(), "{key}");
}

#[test]
fn a_cell_in_the_far_corner_is_refused_before_a_grid_is_laid_out() {
    let one = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"20000\"><c r=\"XFD20000\"><v>1</v></c></row></sheetData>";
    refused("f53.xlsx", &raw_xlsx(one, ""), "spreadsheet-sparse", "cell XFD20000");
    let last = one.replace("20000", "1048576");
    refused("f53.xlsx", &raw_xlsx(&last, ""), "spreadsheet-sparse", "1048576 rows and 16384 columns");
    let wide = "<sheetData><row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row></sheetData>";
    refused("f53.xlsx", &raw_xlsx(wide, ""), "file-too-wide", "more than 4096 columns");
    // Formats without values do no harm, and neither does a wrong declaration.
    let empty = "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\" s=\"0\"/></row></sheetData>";
    let (code, _) = refusal("f53.xlsx", &raw_xlsx(empty, ""));
    assert_eq!(code, "column-missing");
}

#[test]
fn bombs_are_refused_while_they_are_unpacked() {
    let blanks = vec![b' '; 64 << 20];
    let book = [&b"<worksheet>"[..], &blanks].concat();
    refused(
        "f54.xlsx",
        &zip_of(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", &book)]),
        "spreadsheet-bomb",
        "more than 200 times",
    );
    let names: Vec<String> = (0..10_001).map(|number| format!("part{number}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    refused("many.xlsx", &zip_of(&entries), "spreadsheet-bomb", "10000 entries");
    // A size that lies: the declared one says a few bytes.
    let mut lying = zip_of(&[("xl/workbook.xml", b"<workbook/>"), ("xl/media/a.bin", &vec![0; 8 << 20])]);
    let size = ((8_u32 << 20).to_le_bytes(), 7_u32.to_le_bytes());
    let places: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..at + 4] == size.0).collect();
    assert!(!places.is_empty());
    for place in places {
        lying[place..place + 4].copy_from_slice(&size.1);
    }
    let (code, text) = refusal("lying.xlsx", &lying);
    assert!(code == "spreadsheet-bomb" || code == "spreadsheet-unreadable", "{text}");
}

#[test]
fn other_formats_are_named() {
    let wide = |name: &str| -> Vec<u8> {
        let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 1024], &text, &[0; 1024]].concat()
    };
    refused("f55.xlsx", &wide("EncryptedPackage"), "spreadsheet-password", "protected with a password");
    refused("f55.xls", &wide("WordDocument"), "file-not-csv", "old Office file");
    refused("f55.xls", &wide("Workbook"), "spreadsheet-unreadable", "cannot be read as a workbook");
    refused("f55.xlsx", &zip_of(&[("word/document.xml", b"<a/>")]), "file-not-csv", "is a Word document");
    refused("f55.xlsx", &zip_of(&[("till.csv", b"a,b\n1,2\n")]), "file-not-csv", "without a workbook");
    refused("f55.xlsx", b"PK\x03\x04 and nothing more", "spreadsheet-unreadable", "workbook");
}

#[test]
fn document_types_and_broken_xml_are_refused() {
    let sheet = |text: &str| {
        zip_of(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", text.as_bytes())])
    };
    let entity = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><worksheet>&x;</worksheet>";
    refused("f58.xlsx", &sheet(entity), "spreadsheet-unreadable", "document type");
    refused(
        "f58.xlsx",
        &zip_of(&[("xl/workbook.xml", entity.as_bytes())]),
        "spreadsheet-unreadable",
        "document type",
    );
    refused("f58.xlsx", &sheet("<worksheet><sheetData><row></c>"), "spreadsheet-unreadable", "workbook");
    let attributes: String = (0..40_000).map(|number| format!(" a{number}=\"1\"")).collect();
    let many = sheet(&format!("<worksheet{attributes}><sheetData/></worksheet>"));
    refused("f58.xlsx", &many, "spreadsheet-unreadable", "workbook");
}

#[test]
fn broken_parquet_is_refused_at_once() {
    let lines: Vec<Line> = Vec::new();
    let whole = parquet(&lines);
    for (label, bytes) in [
        ("magic", b"PAR1".to_vec()),
        ("truncated", whole[..whole.len() - 9].to_vec()),
        ("length", [&b"PAR1"[..], &[0xff, 0xff, 0xff, 0x7f], b"PAR1"].concat()),
        // A list of two thousand million elements in a footer of ten bytes.
        ("list", {
            let footer = [0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0];
            [&b"PAR1"[..], &footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat()
        }),
    ] {
        let start = Instant::now();
        refused(label, &bytes, "parquet-unreadable", "cannot be read as Parquet");
        assert!(start.elapsed() < Duration::from_secs(5), "{label}: {:?}", start.elapsed());
    }
    // Every byte of a small file wrong once, in turn: an answer, never a hang or a crash of the parent.
    for place in (0..whole.len()).step_by(29) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x5a;
        converter();
        let folder = tempfile::tempdir().expect("a folder");
        let file = write(folder.path(), "flipped.parquet", &bytes);
        let _ = read_source(&sales(), &[file], &NoProgress);
    }
}

#[test]
fn nested_columns_are_named() {
    let list: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), Some(2)])]));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let field = arrow::datatypes::Field::new("part", arrow::datatypes::DataType::Utf8, true);
    let structure: ArrayRef = Arc::new(StructArray::from(vec![(Arc::new(field), Arc::clone(&text))]));
    for (column, kind) in [(list, "list"), (structure, "structure")] {
        let bytes = parquet_of(vec![("Invoice", Arc::clone(&text)), ("Tags", column)]);
        refused("f63.parquet", &bytes, "parquet-nested", &format!("column `Tags` of type {kind}"));
    }
}

#[test]
fn a_small_parquet_file_that_promises_too_much_is_refused() {
    // One run of one value: a few hundred bytes hold a hundred million rows.
    let schema = Arc::new(
        parquet::schema::parser::parse_message_type("message m { required boolean Invoice; }")
            .expect("schema"),
    );
    let mut bytes = Vec::new();
    let properties = parquet::file::properties::WriterProperties::builder()
        .set_encoding(parquet::basic::Encoding::RLE)
        .set_data_page_row_count_limit(usize::MAX)
        .set_writer_version(parquet::file::properties::WriterVersion::PARQUET_2_0)
        .build();
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))
            .expect("writer");
    let mut group = writer.next_row_group().expect("group");
    let mut column = group.next_column().expect("column").expect("column");
    let values = vec![true; 1 << 20];
    for _ in 0..40 {
        column.typed::<parquet::data_type::BoolType>().write_batch(&values, None, None).expect("written");
    }
    column.close().expect("closed");
    group.close().expect("closed");
    writer.close().expect("closed");
    assert!(bytes.len() < 40_000, "{}", bytes.len());
    refused("f62.parquet", &bytes, "file-bomb", "promises 41943040 values");
}

#[test]
fn the_prescan_takes_any_bytes() {
    let lines: Vec<Line> = Vec::new();
    let whole = xlsx(&lines);
    assert_eq!(prescan(&whole), Ok(()));
    for place in (0..whole.len()).step_by(17) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x41;
        let _ = prescan(&bytes);
        let _ = prescan(&whole[..place]);
    }
    let mut garbage = Vec::new();
    garbage.write_all(&[b'P', b'K', 5, 6]).expect("written");
    assert!(prescan(&garbage).is_err());
}
