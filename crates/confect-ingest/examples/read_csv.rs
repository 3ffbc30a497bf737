//! Reads Online Retail and prints rows per second: `cargo run --release --example read_csv -- FILE [RUNS]`.

use std::collections::BTreeMap;
use std::time::Instant;

use confect_domain::Entity;
use confect_ingest::{ColumnMapping, InputFile, NoProgress, ReadOptions, SourceSpec, read_source};

fn mapping(column: &str, header: &str) -> ColumnMapping {
    ColumnMapping {
        column: column.to_owned(),
        headers: vec![header.to_owned()],
        constant: None,
        values: BTreeMap::new(),
        ..ColumnMapping::default()
    }
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: read_csv FILE [RUNS]")?;
    let runs: u32 = arguments.next().map_or(Ok(5), |runs| runs.parse())?;
    let columns = [
        ("invoice_no", "InvoiceNo"),
        ("stock_code", "StockCode"),
        ("description", "Description"),
        ("quantity", "Quantity"),
        ("sold_at", "InvoiceDate"),
        ("unit_price", "UnitPrice"),
        ("customer_id", "CustomerID"),
        ("country", "Country"),
    ];
    let spec = SourceSpec {
        name: "online_retail".to_owned(),
        entity: Entity::SaleLines,
        columns: columns.iter().map(|(column, header)| mapping(column, header)).collect(),
        options: ReadOptions::default(),
    };
    let file = InputFile { path: path.clone().into(), label: path };
    for _ in 0..runs {
        let start = Instant::now();
        let rows = read_source(&spec, std::slice::from_ref(&file), &NoProgress)
            .map_err(confect_domain::Problem::from)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut all = rows.balance.loaded;
        all.merge(&rows.balance.deduplicated);
        all.merge(&rows.balance.quarantined);
        let nulls: usize = rows
            .batches
            .iter()
            .filter_map(|batch| batch.column_by_name("customer_id").map(|array| array.null_count()))
            .sum();
        println!(
            "{:.3} s, {:.0} rows/s: {} records, {} loaded, {} duplicates, {} quarantined, {} loaded without customer, amount {}",
            seconds,
            rows.balance.rows_in as f64 / seconds,
            rows.balance.rows_in,
            rows.balance.loaded.rows,
            rows.balance.deduplicated.rows,
            rows.balance.quarantined.rows,
            nulls,
            all.amount_text(),
        );
    }
    Ok(())
}
