//! The shared data of real and made-up shops, where they lie beside the repository (`../shared`, or
//! `CONFECT_SHARED`); skipped with a message where they do not.

mod support;

use std::path::PathBuf;

use arrow::array::Array;
use confect_domain::{Entity, Severity};
use confect_ingest::{InputFile, NoProgress, SourceRows, SourceSpec, read_source};
use support::{mapping, sales};

fn data(name: &str) -> Option<InputFile> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let path = std::env::var_os("CONFECT_SHARED").map_or(beside, PathBuf::from).join("data").join(name);
    if !path.exists() {
        println!("skipped: no {} beside the repository", path.display());
        return None;
    }
    Some(InputFile { path, label: name.to_owned() })
}

fn read(entity: Entity, columns: &[(&str, &str)], files: &[InputFile]) -> SourceRows {
    let named = |(column, header): &(&str, &str)| {
        let mut named = mapping(column, header);
        if *column == "kind" {
            let words = [("Restock", "receipt"), ("Sale", "sale")];
            named.values = words.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
        }
        named
    };
    let columns = columns.iter().map(named).collect();
    let spec = SourceSpec { entity, columns, ..sales() };
    read_source(&spec, files, &NoProgress)
        .unwrap_or_else(|error| panic!("{}", confect_domain::Problem::from(error)))
}

const ONLINE_RETAIL: [(&str, &str); 8] = [
    ("invoice_no", "InvoiceNo"),
    ("stock_code", "StockCode"),
    ("description", "Description"),
    ("quantity", "Quantity"),
    ("sold_at", "InvoiceDate"),
    ("unit_price", "UnitPrice"),
    ("customer_id", "CustomerID"),
    ("country", "Country"),
];

fn nulls(rows: &SourceRows, column: &str) -> usize {
    rows.batches.iter().filter_map(|batch| Some(batch.column_by_name(column)?.null_count())).sum()
}

#[test]
fn online_retail_is_read_to_the_penny() {
    let Some(file) = data("online_retail/online_retail.csv.zst") else { return };
    let rows = read(Entity::SaleLines, &ONLINE_RETAIL, std::slice::from_ref(&file));
    let balance = &rows.balance;
    assert_eq!(balance.rows_in, 541_909);
    assert_eq!((balance.deduplicated.rows, balance.quarantined.rows), (5_268, 0));
    assert_eq!(balance.bytes_in, 48_039_726);
    let mut all = balance.loaded;
    all.merge(&balance.deduplicated);
    assert_eq!((all.amount_text().as_str(), all.rows_without_amount), ("9747747.934", 0));
    // 112 ways of writing that differ from another only in capital letters, two bad debts, 2,515 prices of
    // zero: counted by a few lines of Python over the same file.
    let told: Vec<(&str, Severity, u64)> =
        rows.findings.iter().map(|finding| (finding.code, finding.severity, finding.rows)).collect();
    let expected = [
        ("key-case", Severity::Warning, 112),
        ("price-negative", Severity::Note, 2),
        ("price-zero", Severity::Note, 2_515),
    ];
    assert_eq!(told, expected, "{:?}", rows.findings);
    let spec = SourceSpec {
        columns: ONLINE_RETAIL.iter().map(|(column, header)| mapping(column, header)).collect(),
        ..sales()
    };
    let mut spec = spec;
    spec.options.deduplicate = false;
    let every = read_source(&spec, &[file], &NoProgress).expect("read");
    assert_eq!(every.balance.loaded.rows, 541_909);
    assert_eq!((nulls(&every, "customer_id"), nulls(&every, "description")), (135_080, 1_454));
}

#[test]
fn the_confectioners_files_are_read() {
    let Some(sales_file) = data("confectionery/pos_data.csv") else { return };
    let columns = [
        ("invoice_no", "transaction_id"),
        ("sold_at", "date"),
        ("stock_code", "product_id"),
        ("store_id", "store_id"),
        ("customer_id", "customer_id"),
        ("quantity", "quantity"),
        ("line_amount", "revenue"),
        ("discount_rate", "discount"),
    ];
    let rows = read(Entity::SaleLines, &columns, &[sales_file]);
    assert_eq!((rows.balance.loaded.rows, rows.balance.loaded.amount_text().as_str()), (1_000, "20235.97"));
    let Some(customers) = data("confectionery/crm_data.csv") else { return };
    let columns =
        [("customer_id", "customer_id"), ("name", "name"), ("email", "email"), ("joined_date", "join_date")];
    let rows = read(Entity::Customers, &columns, &[customers]);
    assert_eq!(rows.balance.loaded.rows, 100);
    assert!(rows.schema.field_with_name("favorite_category").is_ok());
    let Some(movements) = data("confectionery/inventory_transactions.csv") else { return };
    let columns = [
        ("movement_id", "transaction_id"),
        ("moved_at", "date"),
        ("stock_code", "product_id"),
        ("kind", "change_type"),
        ("quantity", "quantity"),
        ("purchase_order_no", "purchase_order_id"),
    ];
    assert_eq!(read(Entity::StockMovements, &columns, &[movements]).balance.loaded.rows, 1_152);
}

#[test]
fn month_first_dates_of_adventure_works_are_found_out() {
    let names = ["Sales_2015.csv", "Sales_2016.csv.zst", "Sales_2017.csv.zst"];
    let files: Option<Vec<InputFile>> =
        names.iter().map(|name| data(&format!("adventureworks_csv/AdventureWorks_{name}"))).collect();
    let Some(files) = files else { return };
    let columns = [
        ("invoice_no", "OrderNumber"),
        ("line_no", "OrderLineItem"),
        ("sold_at", "OrderDate"),
        ("stock_code", "ProductKey"),
        ("customer_id", "CustomerKey"),
        ("quantity", "OrderQuantity"),
    ];
    let rows = read(Entity::SaleLines, &columns, &files);
    assert_eq!((rows.balance.loaded.rows, rows.balance.quarantined.rows), (56_046, 0));
    assert!(
        rows.findings
            .iter()
            .any(|finding| finding.code == "date-order" && finding.message.contains("month/day"))
    );
}

#[test]
fn dollar_prices_with_a_blank_behind_are_read() {
    let Some(file) = data("maven_toys/products.csv") else { return };
    let columns =
        [("stock_code", "Product_ID"), ("unit_cost", "Product_Cost"), ("list_price", "Product_Price")];
    let rows = read(Entity::Products, &columns, &[file]);
    assert_eq!((rows.balance.loaded.rows, rows.balance.quarantined.rows), (35, 0));
}
