//! What the test files share: a small mapping, cases written as text, rows as text.

#![allow(dead_code, unreachable_pub, missing_docs)]

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, RecordBatch};
use arrow::util::display::array_value_to_string;
use confect_domain::{Date, Entity};
use confect_ingest::{ColumnMapping, DateOrder, InputFile, ReadOptions, RuleAction, SourceSpec};

pub fn mapping(column: &str, header: &str) -> ColumnMapping {
    ColumnMapping { column: column.to_owned(), headers: vec![header.to_owned()], ..ColumnMapping::default() }
}

/// Sale lines with the headings `Invoice,Date,Code,Qty,Price,Text`.
pub fn sales() -> SourceSpec {
    let columns = [
        ("invoice_no", "Invoice"),
        ("sold_at", "Date"),
        ("stock_code", "Code"),
        ("quantity", "Qty"),
        ("unit_price", "Price"),
        ("description", "Text"),
    ];
    SourceSpec {
        name: "till".to_owned(),
        entity: Entity::SaleLines,
        columns: columns.iter().map(|(column, header)| mapping(column, header)).collect(),
        options: ReadOptions::default(),
    }
}

pub fn write(folder: &Path, label: &str, bytes: &[u8]) -> InputFile {
    let path = folder.join(label);
    std::fs::write(&path, bytes).expect("a file is written");
    InputFile { path, label: label.to_owned() }
}

/// Each row as `line: column=value …`, nulls left out.
pub fn cell_texts(batch: &RecordBatch) -> Vec<String> {
    let schema = batch.schema();
    let last = batch.num_columns() - 1;
    (0..batch.num_rows())
        .map(|row| {
            let text = |column: usize| array_value_to_string(batch.column(column), row).expect("a value");
            let cells = (0..last - 1).filter(|column| batch.column(*column).is_valid(row));
            let cells: Vec<String> =
                cells.map(|column| format!("{}={:?}", schema.field(column).name(), text(column))).collect();
            format!("{}:{}: {}", text(last - 1), text(last), cells.join(" "))
        })
        .collect()
}

/// One case of the table.
pub struct Case {
    pub name: String,
    /// Everything between the name and the outcome, as it stands.
    pub given: String,
    pub expected: String,
    pub spec: SourceSpec,
    files: Vec<(String, Vec<u8>)>,
}

impl Case {
    pub fn write(&self, folder: &Path) -> Vec<InputFile> {
        self.files.iter().map(|(label, bytes)| write(folder, label, bytes)).collect()
    }
}

/// The cases of a table: `## name`, lines `: option`, input lines, `=>`, outcome.
pub fn cases(table: &str) -> Vec<Case> {
    table.split("\n## ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let (name, rest) = text.split_once('\n').expect("a name");
    let (given, expected) = rest.split_once("=>").unwrap_or((rest, ""));
    let mut case = Case {
        name: name.to_owned(),
        given: given.to_owned(),
        expected: expected.to_owned(),
        spec: sales(),
        files: Vec::new(),
    };
    let mut file = ("till.csv".to_owned(), Vec::new());
    for line in given.lines() {
        match line.strip_prefix(": ") {
            Some(option) if option.starts_with("file ") => {
                if !file.1.is_empty() {
                    case.files.push(std::mem::take(&mut file));
                }
                file.0 = option["file ".len()..].replace("\\n", "\n").replace("\\u202e", "\u{202e}");
            }
            Some(option) => set(&mut case.spec, option),
            None => unescape(line, &mut file.1),
        }
    }
    case.files.push(file);
    case
}

fn set(spec: &mut SourceSpec, option: &str) {
    let (key, value) = option.split_once('=').unwrap_or((option, ""));
    let options = &mut spec.options;
    match key {
        "delimiter" => options.delimiter = value.bytes().next(),
        "encoding" => options.encoding = Some(value.to_owned()),
        "zone" => options.zone = Some(value.to_owned()),
        "decimal_comma" => options.decimal_comma = true,
        "decimal_point" => options.infer_numbers = false,
        "comment" => options.comment = value.bytes().next(),
        "skip_footer" => options.skip_footer = Some(value.to_owned()),
        "strict_encoding" => options.strict_encoding = true,
        "snapshot" => options.snapshot = true,
        "expect_every" => options.expect_every = value.parse().ok(),
        "repair_mojibake" => options.repair_mojibake = true,
        "earliest_date" => options.earliest_date = Date::parse(value),
        "latest_date" => options.latest_date = Date::parse(value),
        "rule" => {
            let (name, action) = value.split_once('=').expect("rule=action");
            let action = RuleAction::ALL.into_iter().find(|known| known.word() == action);
            options.rules.insert(name.to_owned(), action.expect("an action"));
        }
        "keep duplicates" => options.deduplicate = false,
        "date_order" => {
            options.date_order = Some(if value == "dmy" { DateOrder::Dmy } else { DateOrder::Mdy });
        }
        "entity" => {
            spec.entity = Entity::from_name(value).expect("an entity");
            spec.columns.clear();
        }
        "constant" => {
            let (column, constant) = value.split_once('=').expect("column=constant");
            spec.columns.retain(|held| held.column != column);
            spec.columns.push(ColumnMapping {
                column: column.to_owned(),
                constant: Some(constant.to_owned()),
                ..ColumnMapping::default()
            });
        }
        "rewrite" => {
            let parts: Vec<&str> = value.split('=').collect();
            let column = spec.columns.iter_mut().find(|held| held.column == parts[0]).expect("a column");
            column.values = BTreeMap::from([(parts[1].to_owned(), parts[2].to_owned())]);
        }
        "map" => {
            let (column, header) = value.split_once('=').expect("column=header");
            spec.columns.retain(|held| held.column != column);
            spec.columns.push(mapping(column, header));
        }
        other => panic!("unknown option {other}"),
    }
}

/// `\r \n \t \0 \xNN \\`; a line ends with LF unless it ends with `\c`.
fn unescape(line: &str, bytes: &mut Vec<u8>) {
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match letters.next() {
            Some('r') => bytes.push(b'\r'),
            Some('n') => bytes.push(b'\n'),
            Some('t') => bytes.push(b'\t'),
            Some('0') => bytes.push(0),
            Some('\\') => bytes.push(b'\\'),
            Some('c') => return,
            Some('x') => {
                let digits: String = letters.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hex digits"));
            }
            other => panic!("unknown escape {other:?}"),
        }
    }
    bytes.push(b'\n');
}
