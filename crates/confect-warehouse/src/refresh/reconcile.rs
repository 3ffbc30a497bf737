//! The account of every row, from the file to the tables, in rows and in money.
//!
//! For sale lines `sales + returns + adjustments + quarantine + duplicates = lines read`: the left
//! side is summed by the engine over what the models built, the right side was counted by the reader,
//! file by file. The account is kept as `fact_reconciliation`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringViewArray};
use confect_domain::decimal::PRECISION;
use confect_domain::{
    Balance, Bucket, ColumnContract, ColumnType, Entity, Layer, TableAccess, TableContract,
};

use super::record::FileRecord;
use crate::contract::Checks;
use crate::error::WarehouseError;
use crate::publish::PublishedTable;
use crate::storage::arrow_schema;
use crate::storage::parquet::{ReadAs, write_table};

pub(super) const NAME: &str = "fact_reconciliation";

/// Sale lines of one file that the models sorted into one kind.
#[derive(Clone, Debug)]
pub(super) struct LineKind {
    pub(super) file: String,
    /// `sales`, `returns` or `adjustments: <reason>`.
    pub(super) kind: String,
    pub(super) bucket: Bucket,
}

/// All kinds of all files; `None` without a model that sorts lines.
pub(super) type LineKinds = Option<Vec<LineKind>>;

/// The buckets of the sale lines over all files; adds the checks that they balance.
pub(super) fn buckets(
    balance: &Balance,
    kinds: Option<&[LineKind]>,
    files: &[FileRecord],
    checks: &mut Checks,
) -> Result<Vec<(String, Bucket)>, WarehouseError> {
    if let Some(file) = files.iter().find(|file| !file.balance.holds()) {
        return Err(imbalance(&format!("`{}`: ", file.label), &file.balance));
    }
    if !balance.holds() {
        return Err(imbalance("", balance));
    }
    let Some(kinds) = kinds else { return Ok(Vec::new()) };
    let lines = lines_of(files);
    let mut sums: BTreeMap<&str, Bucket> = BTreeMap::new();
    for line in kinds {
        sums.entry(&line.kind).or_default().merge(&line.bucket);
    }
    let (mut rows, mut amount) = (0, 0);
    sums.values().for_each(|bucket| {
        rows += bucket.rows;
        amount += bucket.amount;
    });
    let missing = usize::try_from(rows.abs_diff(lines.loaded.rows)).unwrap_or(usize::MAX);
    checks.expect("lines", "every line read is in one fact", missing, || {
        format!("the facts hold {rows} lines but {} were read", lines.loaded.rows)
    });
    checks.expect("lines", "money read is money kept", usize::from(amount != lines.loaded.amount), || {
        format!(
            "sales, returns and adjustments add up to {} but the lines that were read to {}",
            Bucket { amount, ..Bucket::default() }.amount_text(),
            lines.loaded.amount_text()
        )
    });
    let mut buckets: Vec<(String, Bucket)> =
        sums.into_iter().map(|(kind, bucket)| (kind.to_owned(), bucket)).collect();
    buckets.push(("duplicates".to_owned(), lines.deduplicated));
    buckets.push(("quarantine".to_owned(), lines.quarantined));
    Ok(buckets)
}

fn imbalance(what: &str, balance: &Balance) -> WarehouseError {
    WarehouseError::Imbalance(format!(
        "{what}{} records read, {} loaded, {} set aside, {} duplicates",
        balance.rows_in, balance.loaded.rows, balance.quarantined.rows, balance.deduplicated.rows
    ))
}

/// The account of the files that deliver sale lines.
fn lines_of(files: &[FileRecord]) -> Balance {
    let mut sum = Balance::default();
    files.iter().filter(|file| file.entity == Entity::SaleLines).for_each(|file| sum.merge(&file.balance));
    sum
}

/// One row of the account.
struct Entry<'a> {
    file: &'a FileRecord,
    bucket: &'a str,
    table: Option<&'static str>,
    counted: Bucket,
}

/// The table of `entity` in the star, if it has one.
const fn star_table(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::Products => Some("dim_product"),
        Entity::Customers => Some("dim_customer"),
        Entity::Stores => Some("dim_store"),
        Entity::StockLevels => Some("fact_stock_daily"),
        Entity::StockMovements => Some("fact_stock_movements"),
        Entity::Suppliers => Some("dim_supplier"),
        Entity::LedgerEntries => Some("fact_ledger"),
        Entity::LoyaltyEvents => Some("fact_loyalty_points"),
        Entity::Targets => Some("fact_targets"),
        Entity::CalendarEvents => Some("dim_date"),
        Entity::SaleLines | Entity::ExchangeRates => None,
    }
}

fn fact_of(kind: &str) -> Option<&'static str> {
    match kind.split(':').next() {
        Some("sales") => Some("fact_sales"),
        Some("returns") => Some("fact_returns"),
        Some("adjustments") => Some("fact_adjustments"),
        _ => None,
    }
}

fn entries<'a>(files: &'a [FileRecord], kinds: Option<&'a [LineKind]>) -> Vec<Entry<'a>> {
    let mut by_file: BTreeMap<&str, Vec<&LineKind>> = BTreeMap::new();
    for line in kinds.unwrap_or_default() {
        by_file.entry(&line.file).or_default().push(line);
    }
    let mut entries = Vec::new();
    for file in files {
        let of_file =
            if file.entity == Entity::SaleLines { by_file.remove(file.label.as_str()) } else { None };
        match of_file {
            Some(lines) => entries.extend(lines.into_iter().map(|line| Entry {
                file,
                bucket: &line.kind,
                table: fact_of(&line.kind),
                counted: line.bucket,
            })),
            None if file.balance.loaded.rows > 0 => {
                let mut loaded = file.balance.loaded;
                loaded.rows = loaded.rows.saturating_sub(file.superseded);
                let replaced = Bucket { rows: file.superseded, ..Bucket::default() };
                entries.push(Entry {
                    file,
                    bucket: "loaded",
                    table: star_table(file.entity),
                    counted: loaded,
                });
                entries.push(Entry {
                    file,
                    bucket: "superseded",
                    table: Some("superseded_rows"),
                    counted: replaced,
                });
            }
            None => {}
        }
        let (duplicates, quarantine) = (file.balance.deduplicated, file.balance.quarantined);
        entries.push(Entry { file, bucket: "duplicates", table: None, counted: duplicates });
        entries.push(Entry { file, bucket: "quarantine", table: Some("quarantine"), counted: quarantine });
    }
    entries.retain(|entry| entry.counted.rows > 0);
    entries.sort_by_key(|entry| (&entry.file.source, &entry.file.label, entry.bucket));
    entries
}

/// Writes the account: one row per source, file and bucket.
pub(super) fn table(
    folder: &Path,
    files: &[FileRecord],
    kinds: Option<&[LineKind]>,
) -> Result<PublishedTable, WarehouseError> {
    let entries = entries(files, kinds);
    let text = |value: fn(&Entry<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(entries.iter().map(value).collect::<StringViewArray>())
    };
    let amounts: Decimal128Array = entries.iter().map(|entry| Some(entry.counted.amount)).collect();
    let rows = |value: fn(&Bucket) -> u64| -> ArrayRef {
        let counts = entries.iter().map(|entry| i64::try_from(value(&entry.counted)).ok());
        Arc::new(counts.collect::<Int64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        text(|entry| Some(entry.file.source.clone())),
        text(|entry| Some(entry.file.entity.name().to_owned())),
        text(|entry| Some(entry.file.label.clone())),
        text(|entry| Some(entry.bucket.to_owned())),
        text(|entry| entry.table.map(str::to_owned)),
        rows(|bucket| bucket.rows),
        Arc::new(amounts.with_precision_and_scale(PRECISION, 4)?),
        rows(|bucket| bucket.rows_without_amount),
    ];
    let contract = contract();
    let schema = arrow_schema(&contract);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    let files = write_table(&folder.join("tables").join(NAME), NAME, &schema, &[batch], ReadAs::Runs)?;
    let (rows, bytes) = (files.iter().map(|file| file.rows).sum(), files.iter().map(|file| file.bytes).sum());
    Ok(PublishedTable { name: NAME.to_owned(), rows, bytes, version: 0, log: None, files, contract })
}

fn contract() -> TableContract {
    use ColumnType::{Decimal, Integer, Text};
    let columns = [
        ("source", Text, false, "Source that the rows came from."),
        ("entity", Text, false, "What one row of the source is."),
        ("file", Text, false, "File, relative to the project."),
        (
            "bucket",
            Text,
            false,
            "Where the rows went: a kind of line, loaded, superseded, duplicates or quarantine.",
        ),
        ("table_name", Text, true, "Table that holds them; empty if none does yet."),
        ("rows", Integer, false, "Number of rows."),
        ("amount", Decimal, false, "What they are worth as the source states it; sale lines only."),
        ("rows_without_amount", Integer, false, "Rows whose amount could not be read."),
    ];
    TableContract {
        name: NAME.to_owned(),
        layer: Layer::Star,
        grain: "one row per source, file and bucket".to_owned(),
        key: ["source", "file", "bucket"].map(str::to_owned).to_vec(),
        order: Vec::new(),
        access: TableAccess::Private,
        columns: columns
            .into_iter()
            .map(|(name, column_type, nullable, about)| ColumnContract {
                name: name.to_owned(),
                column_type,
                nullable,
                about: about.to_owned(),
            })
            .collect(),
        foreign_keys: Vec::new(),
        accepted: Vec::new(),
    }
}
