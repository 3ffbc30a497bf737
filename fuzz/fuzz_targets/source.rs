//! Any bytes as the file of a source: the account balances in rows and bytes, whatever the file.
//!
//! The first byte chooses the options; the rest is the file.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use confect_domain::{Date, Entity};
use confect_ingest::{ColumnMapping, DateOrder, InputFile, ReadOptions, SourceSpec, fuzzing};

const COLUMNS: [(&str, &str); 6] = [
    ("invoice_no", "Invoice"),
    ("sold_at", "Date"),
    ("stock_code", "Code"),
    ("quantity", "Qty"),
    ("unit_price", "Price"),
    ("description", "Text"),
];

/// One file per process, in memory where the system has such a folder.
static FILE: LazyLock<InputFile> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let path = folder.join(format!("confect-fuzz-{}.csv", std::process::id()));
    InputFile { path, label: "till.csv".to_owned() }
});

fn spec(choice: u8) -> SourceSpec {
    let mapping = |(column, header): &(&str, &str)| ColumnMapping {
        column: (*column).to_owned(),
        headers: vec![(*header).to_owned()],
        ..ColumnMapping::default()
    };
    let is = |bit: u8| choice & (1 << bit) != 0;
    SourceSpec {
        name: "till".to_owned(),
        entity: Entity::SaleLines,
        columns: COLUMNS.iter().map(mapping).collect(),
        options: ReadOptions {
            comment: is(0).then_some(b'#'),
            decimal_comma: is(1),
            infer_numbers: !is(2),
            date_order: is(3).then_some(DateOrder::Dmy),
            deduplicate: !is(4),
            zone: is(5).then(|| "Europe/Berlin".to_owned()),
            repair_mojibake: is(6),
            latest_date: if is(7) { Date::from_ymd(2024, 6, 30) } else { None },
            max_quarantine_rate: 1.0,
            ..ReadOptions::default()
        },
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, file)) = bytes.split_first() else { return };
    if std::fs::write(&FILE.path, file).is_err() {
        return;
    }
    let files = [FILE.clone()];
    let Some(rows) = fuzzing::source(&spec(*choice), &files) else { return };
    let unpacked = file.starts_with(&[0x1f, 0x8b])
        || file.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        || rows.files.iter().any(|file| file.encoding.starts_with("UTF-16"));
    assert!(unpacked || file.len() < 8 || rows.balance.bytes_in == file.len() as u64 || file[0] & 0xf0 == 0x50);
});
