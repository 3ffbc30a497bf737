//! Workbooks, Parquet and JSON: the same rows as from text, whatever the file is called.

#![allow(clippy::result_large_err, unreachable_pub)]

#[path = "support/formats.rs"]
mod formats;
mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::*;
use arrow::datatypes::{Float64Type, Int32Type, TimestampNanosecondType};
use confect_domain::Problem;
use confect_ingest::{IngestError, NoProgress, Progress, SourceRows, SourceSpec, read_source};
use formats::*;
use proptest::prelude::*;
use support::{cell_texts, mapping, sales, write};

fn read_as(spec: &SourceSpec, label: &str, bytes: &[u8]) -> Result<SourceRows, IngestError> {
    converter();
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), label, bytes);
    read_source(spec, &[file], &NoProgress)
}

fn rows(label: &str, bytes: &[u8]) -> SourceRows {
    let read = read_as(&sales(), label, bytes).map_err(|error| Problem::from(error).to_string());
    let rows = read.unwrap_or_else(|error| panic!("{label}: {error}"));
    assert!(rows.balance.holds(), "{label}");
    rows
}

fn refusal(label: &str, bytes: &[u8]) -> (String, String) {
    let start = Instant::now();
    let error = read_as(&sales(), label, bytes).expect_err("refused");
    assert!(start.elapsed() < Duration::from_secs(20), "{label}: {:?}", start.elapsed());
    let code = error.code().to_owned();
    (code, Problem::from(error).to_string())
}

/// Everything that should be said, as `code line rows`.
fn findings(rows: &SourceRows) -> Vec<String> {
    let told = rows.findings.iter().filter(|finding| finding.code != "columns-unmapped");
    told.map(|finding| format!("{} {} {}", finding.code, finding.line.unwrap_or(0), finding.rows)).collect()
}

fn texts(rows: &SourceRows) -> Vec<String> {
    rows.batches.iter().flat_map(cell_texts).collect()
}

/// One batch of everything but the file's name and line.
fn typed(rows: &SourceRows) -> RecordBatch {
    let batch = arrow::compute::concat_batches(&rows.schema, &rows.batches).expect("a batch");
    let columns: Vec<usize> = (0..batch.num_columns() - 2).collect();
    batch.project(&columns).expect("columns")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_gives_the_same_batches_in_every_format(
        drawn in proptest::collection::vec(
            (
                "[A-Z][0-9]{1,6}",
                // Spreadsheets know days from 1900-03-01 on without doubt.
                (-2_200_000_000_i64..4_000_000_000),
                "[A-Z][a-z0-9]{0,5}",
                -99_999_999_i128..99_999_999,
                proptest::option::of(0_i128..999_999_999),
                proptest::option::of("[a-zäß,;\"\\n][ a-zäß,;\"\\n#=]{0,20}[a-z]"),
            ),
            1..30,
        )
    ) {
        let lines: Vec<Line> = drawn
            .into_iter()
            .map(|(invoice, seconds, code, quantity, price, text)| Line {
                invoice, sold_at: seconds * 1_000_000, code: Some(code), quantity, price, text,
            })
            .collect();
        let mut spec = sales();
        spec.options.deduplicate = false;
        let read = |label: &str, bytes: &[u8]| {
            let rows = read_as(&spec, label, bytes).expect("read");
            prop_assert_eq!(rows.balance.loaded.rows, lines.len() as u64, "{}: {:?}", label, rows.quarantined);
            Ok(typed(&rows))
        };
        let text = read("till.csv", &csv(&lines))?;
        prop_assert_eq!(&text, &read("till.xlsx", &xlsx(&lines))?);
        prop_assert_eq!(&text, &read("till.parquet", &parquet(&lines))?);
        prop_assert_eq!(&text, &read("till.jsonl", &jsonl(&lines))?);
    }
}

#[test]
fn a_row_is_named_by_its_number_in_the_original() {
    let mut lines: Vec<Line> = (0..5_000).map(line).collect();
    lines[4_321].invoice = "1.2E+05".to_owned();
    for (label, bytes, row) in [
        ("till.xlsx", xlsx(&lines), 4_323),
        ("till.parquet", parquet(&lines), 4_322),
        ("till.jsonl", jsonl(&lines), 4_322),
    ] {
        let rows = rows(label, &bytes);
        assert_eq!(rows.balance.loaded.rows, 4_999, "{label}");
        let aside = &rows.quarantined[0];
        assert_eq!((aside.line_first, aside.line_last, aside.code), (row, row, "bad-key"), "{label}");
        let last = texts(&rows).pop().expect("a row");
        assert!(last.starts_with(&format!("{label}:{}", row + 5_000 - 4_322)), "{last}");
        assert_eq!(findings(&rows), [format!("bad-key {row} 1")], "{label}");
    }
}

#[test]
fn the_content_decides_whatever_the_name_says() {
    let lines: Vec<Line> = (0..3).map(line).collect();
    for (label, bytes, told) in [
        ("till.xlsx", csv(&lines), true),
        ("till.csv", xlsx(&lines), true),
        ("till.xls", xlsx(&lines), true),
        ("till.csv", parquet(&lines), true),
        ("till.json", csv(&lines), true),
        ("till.csv", jsonl(&lines), true),
        ("till.xlsm", xlsx(&lines), false),
        ("till", parquet(&lines), false),
        ("till.ndjson", jsonl(&lines), false),
    ] {
        let rows = rows(label, &bytes);
        assert_eq!(rows.balance.loaded.rows, 3, "{label}");
        assert_eq!(findings(&rows).contains(&"format-by-content 0 0".to_owned()), told, "{label}");
    }
}

#[test]
fn numbers_and_dates_of_a_sheet_are_what_it_stores() {
    let sheet = |date: &str| {
        format!(
            "<sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>Invoice</v></c><c r=\"B1\" t=\"str\"><v>Date</v></c>\
             <c r=\"C1\" t=\"str\"><v>Code</v></c><c r=\"D1\" t=\"str\"><v>Qty</v></c>\
             <c r=\"E1\" t=\"str\"><v>Price</v></c><c r=\"F1\" t=\"str\"><v>Text</v></c></row>\
             <row r=\"2\"><c r=\"A2\"><v>12345.0</v></c><c r=\"B2\" {date}</c>\
             <c r=\"C2\"><v>1E15</v></c><c r=\"D2\"><v>2.5499999999999998</v></c><c r=\"E2\"><v>1e2</v></c>\
             <c r=\"F2\" t=\"b\"><v>1</v></c></row></sheetData>"
        )
    };
    // 45292 is 2024-01-01 in the 1900 system; the 1904 system is 1,462 days behind.
    for (date, book, wanted) in [
        ("t=\"d\"><v>2024-01-05T08:26:00</v>", "", "2024-01-05T08:26:00"),
        ("s=\"1\"><v>45292.25</v>", "", "2024-01-01T06:00:00"),
        ("s=\"1\"><v>43830.25</v>", "<workbookPr date1904=\"1\"/>", "2024-01-01T06:00:00"),
    ] {
        let rows = rows("till.xlsx", &raw_xlsx(&sheet(date), book));
        let wanted = format!(
            "till.xlsx:2: invoice_no=\"12345\" sold_at=\"{wanted}\" stock_code=\"1000000000000000\" \
             description=\"true\" quantity=\"2.5500\" unit_price=\"100.0000\""
        );
        assert_eq!(texts(&rows), [wanted]);
    }
}

#[test]
fn the_decimal_sign_that_is_declared_does_not_spoil_real_numbers() {
    let lines: Vec<Line> = vec![Line { price: Some(12_340), ..line(1) }];
    let mut spec = sales();
    spec.options.decimal_comma = true;
    for (label, bytes) in
        [("till.xlsx", xlsx(&lines)), ("till.parquet", parquet(&lines)), ("till.jsonl", jsonl(&lines))]
    {
        let rows = read_as(&spec, label, &bytes).expect("read");
        assert!(texts(&rows)[0].contains("unit_price=\"1.2340\""), "{label}: {:?}", texts(&rows));
    }
}

#[test]
fn dates_as_text_and_as_serial_in_one_column() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let dated = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    let sheet = book.add_worksheet();
    for (column, heading) in HEADINGS.iter().enumerate() {
        sheet.write_string(0, column as u16, *heading).expect("written");
    }
    for (row, text) in [(1, Some("25/01/2024")), (2, None), (3, Some("45292"))] {
        for (column, value) in [(0, "A1"), (2, "X1"), (5, "tea")] {
            sheet.write_string(row, column, value).expect("written");
        }
        match text {
            Some(text) => sheet.write_string(row, 1, text).expect("written"),
            None => sheet.write_number_with_format(row, 1, 45_292, &dated).expect("written"),
        };
        sheet.write_number(row, 3, f64::from(row)).expect("written");
        sheet.write_number(row, 4, 1).expect("written");
    }
    let rows = rows("till.xlsx", &book.save_to_buffer().expect("saved"));
    let dates: Vec<bool> = texts(&rows)
        .iter()
        .zip(["sold_at=\"2024-01-25T00:00:00\"", "sold_at=\"2024-01-01T00:00:00\""])
        .map(|(row, date)| row.contains(date))
        .collect();
    assert_eq!(dates, [true, true], "{:?}", texts(&rows));
    assert_eq!((rows.quarantined[0].line_first, rows.quarantined[0].code), (4, "bad-date"));
}

const HEAD: &[&str] = &["Invoice", "Date", "Code", "Qty", "Price", "Text"];

#[test]
fn formulas_without_a_result_set_their_row_aside() {
    let data = sheet_data(&[
        HEAD,
        &["A1", "2024-01-05", "X1", "=1+1|2", "1", "tea"],
        &["A2", "2024-01-05", "X1", "#REF!", "1", "tea"],
        &["A3", "2024-01-05", "#N/A", "1", "1", "tea"],
        &["A4", "2024-01-05", "X1", "=SUM(A1)", "1", "tea"],
        &["A5", "2024-01-05", "X1", "1", "1", "#hashtag"],
        &["A6", "2024-01-05", "X1", "#SPILL!", "1", "tea"],
        &["A7", "2024-01-05", "X1", "1", "1", "tea"],
    ]);
    let rows = rows("till.xlsx", &raw_xlsx(&data, ""));
    let aside: Vec<(u64, &str, Option<&str>, Option<&str>)> = rows
        .quarantined
        .iter()
        .map(|row| (row.line_first, row.code, row.column.as_deref(), row.value.as_deref()))
        .collect();
    assert_eq!(
        aside,
        [
            (3, "formula-error", Some("Qty"), Some("#REF!")),
            (4, "formula-error", Some("Code"), Some("#N/A")),
            (5, "formula-error", Some("Qty"), Some("#NO RESULT!")),
            (7, "formula-error", Some("Qty"), Some("#NO RESULT!")),
        ]
    );
    assert!(findings(&rows).contains(&"formula-error 3 0".to_owned()), "{:?}", findings(&rows));
    assert_eq!(rows.balance.loaded.rows, 3);
}

#[test]
fn hidden_merged_and_second_tables_are_told() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Cover").expect("named").write_string(0, 0, "Report").expect("written");
    let secret = book.add_worksheet().set_name("Secret").expect("named").set_hidden(true);
    secret.write_row(0, 0, HEAD.iter().copied()).expect("written");
    let sheet = book.add_worksheet().set_name("Sales").expect("named");
    sheet.write_string(0, 0, "Sales of January").expect("written");
    sheet.write_row(2, 0, HEAD.iter().copied()).expect("written");
    for row in 3..9 {
        sheet.write_row(row, 0, [format!("A{row}").as_str(), "2024-01-05", "X1"]).expect("written");
        sheet.write_number(row, 3, 2).expect("written");
        sheet.write_number(row, 4, 1.5).expect("written");
    }
    sheet.set_row_hidden(4).expect("hidden");
    sheet.set_row_hidden(5).expect("hidden");
    sheet.merge_range(3, 5, 4, 5, "both", &rust_xlsxwriter::Format::new()).expect("merged");
    sheet.write_row(10, 0, ["Shop", "City"]).expect("written");
    sheet.write_row(11, 0, ["1", "Kyiv"]).expect("written");
    let others = book.add_worksheet().set_name("Returns").expect("named");
    for row in 0..3 {
        others.write_row(row, 0, HEAD.iter().copied()).expect("written");
    }
    let bytes = book.save_to_buffer().expect("saved");
    let all = rows("till.xlsx", &bytes);
    let lines: Vec<String> =
        texts(&all).iter().map(|row| row.split(": ").next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, ["till.xlsx:4", "till.xlsx:7", "till.xlsx:8", "till.xlsx:9"]);
    let told = findings(&all);
    for wanted in [
        "hidden-sheets 0 0",
        "other-sheets 0 0",
        "hidden-rows 5 2",
        "merged-cells 0 0",
        "second-table 11 0",
        "header-below-title 3 0",
    ] {
        assert!(told.contains(&wanted.to_owned()), "{wanted}: {told:?}");
    }
    // The rows of the second table are no sale lines.
    assert_eq!(all.quarantined.iter().map(|row| row.line_first).collect::<Vec<_>>(), [11, 12]);
    let mut spec = sales();
    spec.options.sheet = Some("returns".to_owned());
    let returns = read_as(&spec, "till.xlsx", &bytes).expect("read");
    assert_eq!(returns.balance.rows_in, 2);
    spec.options.sheet = Some("Retuns".to_owned());
    let error = read_as(&spec, "till.xlsx", &bytes).expect_err("no such sheet");
    assert_eq!(error.code(), "sheet-missing");
    assert!(Problem::from(error).to_string().contains("did you mean `sheet = \"Returns\"`"));
}

#[test]
fn what_is_odd_is_told_of_each_file() {
    converter();
    let lines: Vec<Line> = (0..3).map(line).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let files = ["a.csv", "b.csv"].map(|label| write(folder.path(), label, &xlsx(&lines)));
    let rows = read_source(&sales(), &files, &NoProgress).expect("read");
    let told: Vec<Option<&str>> = rows
        .findings
        .iter()
        .filter(|finding| finding.code == "format-by-content")
        .map(|finding| finding.file.as_deref())
        .collect();
    assert_eq!(told, [Some("a.csv"), Some("b.csv")]);
    // The same lines again, so the second file adds none.
    assert_eq!((rows.balance.loaded.rows, rows.balance.deduplicated.rows), (3, 3));
}

#[test]
fn parquet_types_are_mapped_exactly() {
    let dictionary: DictionaryArray<Int32Type> = ["tea", "coffee"].into_iter().collect();
    let bytes = parquet_of(vec![
        ("Invoice", Arc::new(UInt64Array::from(vec![u64::MAX, 7]))),
        (
            "Date",
            Arc::new(PrimitiveArray::<TimestampNanosecondType>::from(vec![1_704_443_160_123_456_789, 0])),
        ),
        ("Code", Arc::new(dictionary)),
        (
            "Qty",
            Arc::new(
                Decimal256Array::from(vec![Some(arrow::datatypes::i256::from_i128(25_500)), None])
                    .with_precision_and_scale(40, 4)
                    .expect("decimal"),
            ),
        ),
        ("Price", Arc::new(PrimitiveArray::<Float64Type>::from(vec![0.1, 1e16]))),
        ("Text", Arc::new(BooleanArray::from(vec![true, false]))),
        ("Day", dates(vec![19_727, -1])),
        ("Zoned", Arc::new(TimestampMillisecondArray::from(vec![0, 1]).with_timezone("UTC"))),
        ("Small", Arc::new(Float32Array::from(vec![0.1, f32::NAN]))),
        ("Time", Arc::new(Time64MicrosecondArray::from(vec![1_000_000, 0]))),
        ("Fixed", Arc::new(FixedSizeBinaryArray::try_from_iter([b"ab", b"c,"].into_iter()).expect("bytes"))),
    ]);
    let rows = rows("till.parquet", &bytes);
    assert_eq!(
        texts(&rows),
        [concat!(
            "till.parquet:1: invoice_no=\"18446744073709551615\" sold_at=\"2024-01-05T08:26:00.123456\" ",
            "stock_code=\"tea\" description=\"true\" quantity=\"2.5500\" unit_price=\"0.1000\" ",
            "day=\"2024-01-05\" fixed=\"ab\" small=\"0.1\" time=\"00:00:01\" zoned=\"1970-01-01T00:00:00Z\""
        )]
    );
    // The second row has no quantity and a price of 17 digits.
    assert_eq!((rows.quarantined[0].line_first, rows.quarantined.len()), (2, 1));
    assert!(rows.quarantined[0].record.contains("10000000000000000"), "{}", rows.quarantined[0].record);
}

#[test]
fn old_timestamps_reach_beyond_nanoseconds() {
    use parquet::data_type::{ByteArray, ByteArrayType, Int96, Int96Type};
    let schema = "message m { required int96 Date; required binary Invoice (UTF8); required binary Code (UTF8); \
                  required binary Qty (UTF8); required binary Price (UTF8); }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).expect("a schema"));
    let mut bytes = Vec::new();
    let properties = Arc::new(parquet::file::properties::WriterProperties::new());
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(&mut bytes, schema, properties).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    let mut column = group.next_column().expect("a column").expect("a column");
    // 2024-01-05 is the Julian day 2460315; 2999-12-31 is 2816787 and beyond 64 bits of nanoseconds.
    let moment = |day: u32, seconds: u64| {
        let nanos = seconds * 1_000_000_000;
        let mut value = Int96::new();
        value.set_data(nanos as u32, (nanos >> 32) as u32, day);
        value
    };
    column
        .typed::<Int96Type>()
        .write_batch(&[moment(2_460_315, 3_600), moment(2_816_787, 0)], None, None)
        .expect("written");
    column.close().expect("closed");
    for values in [["A1", "A2"], ["X1", "X1"], ["1", "1"], ["2", "2"]] {
        let mut column = group.next_column().expect("a column").expect("a column");
        let values: Vec<ByteArray> = values.iter().map(|value| ByteArray::from(*value)).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).expect("written");
        column.close().expect("closed");
    }
    group.close().expect("closed");
    writer.close().expect("closed");
    let rows = rows("till.parquet", &bytes);
    let dates: Vec<bool> = texts(&rows)
        .iter()
        .zip(["sold_at=\"2024-01-05T01:00:00\"", "sold_at=\"2999-12-31T00:00:00\""])
        .map(|(row, date)| row.contains(date))
        .collect();
    assert_eq!(dates, [true, true], "{:?}", texts(&rows));
}

#[test]
fn json_keeps_its_rows_and_says_what_is_none() {
    let text = concat!(
        "{\"Invoice\":17850,\"Date\":\"2024-01-05\",\"Code\":\"X1\",\"Qty\":1e1,\"Price\":2.50}\n",
        "\n",
        "{\"Invoice\":\"A2\",\"Date\":\"2024-01-05\",\n",
        "{\"Price\":1,\"Qty\":2,\"Code\":\"X2\",\"Date\":\"2024-01-06\",\"Invoice\":\"A3\",\"Tags\":[1,2]}\n"
    );
    let rows = rows("till.jsonl", text.as_bytes());
    assert_eq!(
        texts(&rows),
        [
            "till.jsonl:1: invoice_no=\"17850\" sold_at=\"2024-01-05T00:00:00\" stock_code=\"X1\" \
             quantity=\"10.0000\" unit_price=\"2.5000\"",
            "till.jsonl:4: invoice_no=\"A3\" sold_at=\"2024-01-06T00:00:00\" stock_code=\"X2\" \
             quantity=\"2.0000\" unit_price=\"1.0000\" tags=\"[1,2]\"",
        ]
    );
    let aside = &rows.quarantined[0];
    assert_eq!((aside.line_first, aside.code), (3, "bad-json"));
    assert!(findings(&rows).contains(&"nested-value 4 1".to_owned()), "{:?}", findings(&rows));
}

#[test]
fn json_may_be_packed_and_may_be_a_list() {
    let lines: Vec<Line> = (0..5_000).map(line).collect();
    let text = String::from_utf8(jsonl(&lines)).expect("text");
    let list = format!("[{}]", text.trim_end().replace("}\n{", "},\n {"));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).expect("written");
    let packed = encoder.finish().expect("finished");
    for (label, bytes) in [("till.json", list.as_bytes()), ("till.jsonl", &packed)] {
        let rows = rows(label, bytes);
        assert_eq!(rows.balance.loaded.rows, 5_000, "{label}");
        assert!(texts(&rows)[4_999].starts_with(&format!("{label}:5000:")), "{label}");
    }
    let (code, message) = refusal("till.json", &list.as_bytes()[..list.len() - 20]);
    assert_eq!(code, "json-unreadable", "{message}");
}

#[test]
fn a_real_workbook_is_read() {
    let root = std::env::var_os("CONFECT_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let path = root.join("data/confectionery/Monthly_Financial_Report_August 2025.xlsx");
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: {} is absent", path.display());
        return;
    };
    let title = "Confectionately Yours Ventures - Financial Summary (August 2025)";
    let mut spec = sales();
    spec.columns =
        [("stock_code", title), ("quantity", "total_units_sold"), ("line_amount", "total_revenue")]
            .map(|(column, heading)| mapping(column, heading))
            .to_vec();
    for (column, constant) in [("invoice_no", "A1"), ("sold_at", "2025-08-01")] {
        spec.columns.push(confect_ingest::ColumnMapping {
            column: column.to_owned(),
            constant: Some(constant.to_owned()),
            ..Default::default()
        });
    }
    let rows = read_as(&spec, "report.xlsx", &bytes).expect("read");
    // 87.83 + 115.86 + 65.55 + 52.61, as the sheet shows them.
    assert_eq!((rows.balance.loaded.rows, rows.balance.loaded.amount_text().as_str()), (4, "321.85"));
    assert!(texts(&rows)[0].contains("gross_margin=\"59.25\""), "{:?}", texts(&rows));
}

#[test]
fn an_open_document_sheet_is_read() {
    let cell = |kind: &str, value: &str, text: &str| {
        format!(
            "<table:table-cell office:value-type=\"{kind}\" {value}><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let text = |value: &str| cell("string", "", value);
    let number = |value: &str| cell("float", &format!("office:value=\"{value}\""), value);
    let head: String = HEAD.iter().map(|heading| text(heading)).collect();
    let date = cell("date", "office:date-value=\"2024-01-05T08:26:00\"", "5 Jan");
    let row = [text("A1"), date, number("7"), number("2"), number("1.5"), text("tea")].concat();
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"T\"><table:table-row>{head}</table:table-row>\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell/></table:table-row>\
         <table:table-row>{row}</table:table-row></table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let bytes = zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<?xml version=\"1.0\"?><manifest/>"),
        ("content.xml", content.as_bytes()),
    ]);
    assert_eq!(
        texts(&rows("till.ods", &bytes)),
        [
            "till.ods:4: invoice_no=\"A1\" sold_at=\"2024-01-05T08:26:00\" stock_code=\"7\" description=\"tea\" \
          quantity=\"2.0000\" unit_price=\"1.5000\""
        ]
    );
}

struct Stop(Instant);

impl Progress for Stop {
    fn advanced(&self, _bytes_read: u64, _rows: u64) {}
    fn cancelled(&self) -> bool {
        self.0.elapsed() > Duration::from_millis(300)
    }
}

#[test]
fn cancelling_ends_the_child_within_two_seconds() {
    converter();
    let lines: Vec<Line> = (0..150_000).map(line).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "till.xlsx", &xlsx(&lines));
    let start = Instant::now();
    let error = read_source(&sales(), &[file], &Stop(start)).expect_err("cancelled");
    assert_eq!(error.code(), "cancelled");
    assert!(start.elapsed() < Duration::from_millis(2_300), "{:?}", start.elapsed());
}

#[test]
fn f64_a_parquet_column_of_another_type_sets_its_file_aside() {
    let file = |quantities: ArrayRef, code: ArrayRef| {
        let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
        parquet_of(vec![
            ("Invoice", text("A1")),
            ("Date", text("2024-01-05")),
            ("Code", code),
            ("Qty", quantities),
            ("Price", text("2.50")),
        ])
    };
    let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    let whole = |number: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![number])) };
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        write(folder.path(), "2024-01-01.parquet", &file(whole(2), text("X1"))),
        write(folder.path(), "2024-01-02.parquet", &file(text("3"), text("X1"))),
        // More precise, and a key that is a number: both read the same.
        write(folder.path(), "2024-01-03.parquet", &file(decimals([Some(15_000)].into_iter()), whole(7))),
    ];
    let rows = read_source(&sales(), &files, &NoProgress).expect("read");
    assert_eq!(rows.balance.loaded.rows, 2);
    assert_eq!(rows.balance.loaded.amount_text(), "8.75", "2 × 2.50 + 1.5 × 2.50");
    let told: Vec<(&str, Option<&str>, &str)> = rows
        .findings
        .iter()
        .map(|finding| (finding.code, finding.file.as_deref(), finding.message.as_str()))
        .collect();
    let set_aside =
        "the file was set aside as a whole: `Qty` is a whole number in `2024-01-01.parquet` and text here";
    assert!(told.contains(&("schema-drift", Some("2024-01-02.parquet"), set_aside)), "{told:?}");
    let widened: Vec<&str> =
        told.iter().filter(|told| told.0 == "schema-widened").map(|told| told.2).collect();
    assert_eq!(
        widened,
        [
            "`Code` was text before and is a whole number here; it was read all the same",
            "`Qty` was a whole number before and is a number here; it was read all the same",
        ]
    );
}
