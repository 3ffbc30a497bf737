//! Shows that memory does not grow with the file:
//! `big_csv make FILE GIGABYTES [PERCENT]` writes invoice lines, of which so many percent repeat earlier ones,
//! always the same; `big_csv read FILE [keep]` streams it, with `keep` without looking for repeated lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use confect_domain::Entity;
use confect_ingest::{ColumnMapping, InputFile, Progress, ReadOptions, SourceSpec, stream_source};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const COLUMNS: [(&str, &str); 8] = [
    ("invoice_no", "InvoiceNo"),
    ("stock_code", "StockCode"),
    ("description", "Description"),
    ("quantity", "Quantity"),
    ("sold_at", "InvoiceDate"),
    ("unit_price", "UnitPrice"),
    ("customer_id", "CustomerID"),
    ("country", "Country"),
];
const WORDS: [&str; 16] = [
    "WHITE", "HEART", "HOLDER", "LANTERN", "CREAM", "CUPID", "GLASS", "STAR", "FROSTED", "UNION", "JACK",
    "HAND", "WARMER", "RED", "BOX", "ALARM",
];
const COUNTRIES: [&str; 6] =
    ["United Kingdom", "United Kingdom", "United Kingdom", "Germany", "France", "EIRE"];

/// Splitmix64: an even spread of any number.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn pick<'a>(from: &[&'a str], by: u64) -> &'a str {
    from.get((by % from.len().max(1) as u64) as usize).copied().unwrap_or_default()
}

/// The line of a number; of different numbers never the same, because quantity and invoice say which.
fn write_line(out: &mut impl Write, number: u64) -> std::io::Result<usize> {
    let random = mixed(number);
    let (a, b, c) = (pick(&WORDS, random), pick(&WORDS, random >> 4), pick(&WORDS, random >> 8));
    let text = format!(
        "{},{}{},{a} {b} {c} T-LIGHT HOLDER,{},2011-{:02}-{:02} {:02}:{:02}:00,{}.{:02},{}.0,{}\n",
        536_365 + number / 20,
        10_000 + random / 7 % 4_000,
        if random.is_multiple_of(3) { "A" } else { "" },
        number % 20 + 1,
        random / 11 % 12 + 1,
        random / 13 % 28 + 1,
        random / 17 % 12 + 8,
        random / 19 % 60,
        random / 23 % 20,
        random / 29 % 100,
        12_346 + random / 31 % 6_000,
        pick(&COUNTRIES, random >> 40),
    );
    out.write_all(text.as_bytes())?;
    Ok(text.len())
}

fn make(path: &str, gigabytes: f64, percent: u64) -> Outcome<String> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let header: Vec<&str> = COLUMNS.iter().map(|(_, header)| *header).collect();
    out.write_all(format!("{}\n", header.join(",")).as_bytes())?;
    let (mut written, mut fresh, mut lines) = (0_usize, 0_u64, 0_u64);
    while (written as f64) < gigabytes * 1e9 {
        let random = mixed(lines ^ 0x5eed_0000_0000);
        lines += 1;
        let repeats = fresh > 0 && random % 100 < percent;
        written += write_line(&mut out, if repeats { (random >> 8) % fresh } else { fresh })?;
        fresh += u64::from(!repeats);
    }
    out.flush()?;
    Ok(format!("{lines} lines, {fresh} of them different, {written} bytes"))
}

/// When the first row came, in milliseconds: the passes before are over.
struct Clock {
    start: Instant,
    first_row: AtomicU64,
}

impl Progress for Clock {
    fn advanced(&self, _bytes_read: u64, rows: u64) {
        if rows > 0 && self.first_row.load(Ordering::Relaxed) == 0 {
            self.first_row.store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
        }
    }
}

fn read(path: &str, deduplicate: bool) -> Outcome<String> {
    let mapping = |(column, header): &(&str, &str)| ColumnMapping {
        column: (*column).to_owned(),
        headers: vec![(*header).to_owned()],
        values: BTreeMap::new(),
        ..ColumnMapping::default()
    };
    let spec = SourceSpec {
        name: "big".to_owned(),
        entity: Entity::SaleLines,
        columns: COLUMNS.iter().map(mapping).collect(),
        options: ReadOptions { deduplicate, ..ReadOptions::default() },
    };
    let file = InputFile { path: path.into(), label: "big.csv".to_owned() };
    let clock = Clock { start: Instant::now(), first_row: AtomicU64::new(0) };
    let (mut batches, mut handed_on) = (0_u64, 0);
    let rows = stream_source(&spec, &[file], &clock, &mut |batch| {
        batches += 1;
        handed_on += batch.num_rows();
    });
    let rows = rows.map_err(confect_domain::Problem::from)?;
    let seconds = clock.start.elapsed().as_secs_f64();
    Ok(format!(
        "{seconds:.1} s, {:.1} s before the first row, {:.0} rows/s, {:.0} MB/s, peak {}: {} records, {} loaded, {} repeated, {} set aside, {batches} batches of {handed_on} rows, amount {}",
        clock.first_row.load(Ordering::Relaxed) as f64 / 1e3,
        rows.balance.rows_in as f64 / seconds,
        rows.balance.bytes_in as f64 / 1e6 / seconds,
        peak(),
        rows.balance.rows_in,
        rows.balance.loaded.rows,
        rows.balance.deduplicated.rows,
        rows.balance.quarantined.rows,
        rows.balance.loaded.amount_text(),
    ))
}

/// The most memory that this process has had, as Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |size| size.trim().to_owned())
}

#[allow(clippy::print_stdout)]
fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    println!(
        "{}",
        match arguments.as_slice() {
            ["make", path, gigabytes] => make(path, gigabytes.parse()?, 1)?,
            ["make", path, gigabytes, percent] => make(path, gigabytes.parse()?, percent.parse()?)?,
            ["read", path] => read(path, true)?,
            ["read", path, "keep"] => read(path, false)?,
            _ => "usage: big_csv make FILE GIGABYTES [PERCENT] | big_csv read FILE [keep]".to_owned(),
        }
    );
    Ok(())
}
