//! Writes one table as CSV, XLSX, Parquet and JSON lines, reads each, and prints rows per second and the
//! largest memory of this process:
//! `cargo build --release --bins -p confect-ingest && cargo run --release -p confect-ingest --example read_formats -- PROGRAM [ROWS [FOLDER]]`,
//! where PROGRAM is the path of `confect-convert`.

// One table for tests and bench.
#[path = "../tests/support/table.rs"]
#[allow(dead_code, unreachable_pub)]
mod table;

use std::time::Instant;

use confect_domain::Entity;
use confect_ingest::convert::{Converter, install};
use confect_ingest::{ColumnMapping, InputFile, NoProgress, ReadOptions, SourceSpec, read_source};
use table::{HEADINGS, Line, csv, jsonl, parquet, xlsx};

const COLUMNS: [&str; 6] = ["invoice_no", "sold_at", "stock_code", "quantity", "unit_price", "description"];

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().ok_or("usage: read_formats PROGRAM [ROWS [FOLDER]]")?;
    let rows: usize = arguments.next().map_or(Ok(200_000), |rows| rows.parse())?;
    install(Converter { arguments: Vec::new(), ..Converter::new(program) });
    let columns = COLUMNS.iter().zip(HEADINGS).map(|(column, heading)| ColumnMapping {
        column: (*column).to_owned(),
        headers: vec![heading.to_owned()],
        ..ColumnMapping::default()
    });
    let spec = SourceSpec {
        name: "till".to_owned(),
        entity: Entity::SaleLines,
        columns: columns.collect(),
        options: ReadOptions::default(),
    };
    let lines: Vec<Line> = (0..rows as i64).map(table::line).collect();
    let temporary = tempfile::tempdir()?;
    let folder = arguments.next().map_or(temporary.path().to_owned(), std::path::PathBuf::from);
    type Write = fn(&[Line]) -> Vec<u8>;
    let formats: [(&str, Write); 4] =
        [("till.csv", csv), ("till.xlsx", xlsx), ("till.parquet", parquet), ("till.jsonl", jsonl)];
    let mut files = Vec::new();
    for (label, write) in formats {
        let path = folder.join(label);
        let bytes = write(&lines);
        std::fs::write(&path, &bytes)?;
        files.push((InputFile { path, label: label.to_owned() }, bytes.len()));
    }
    drop(lines);
    for (file, bytes) in &files {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            let read = read_source(&spec, std::slice::from_ref(file), &NoProgress)
                .map_err(confect_domain::Problem::from)?;
            assert_eq!(read.balance.loaded.rows, rows as u64);
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!(
            "{}: {:.1} MB, {best:.3} s, {:.0} rows/s",
            file.label,
            *bytes as f64 / 1e6,
            rows as f64 / best
        );
    }
    let peak = |line: &str| line.starts_with("VmHWM").then(|| line.to_owned());
    println!("{}", std::fs::read_to_string("/proc/self/status")?.lines().find_map(peak).unwrap_or_default());
    Ok(())
}
