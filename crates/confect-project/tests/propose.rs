//! Proposals for unknown exports: written, read back as projects, and the files read with them.
//!
//! Look-alikes with invented rows run everywhere; the real files beside the repository (`../shared`, or
//! `CONFECT_SHARED`) where they are. Reports are golden in `tests/golden/propose/`; `CONFECT_BLESS=1` writes
//! them anew.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use confect_domain::Entity;
use confect_ingest::{DateOrder, Derived};
use confect_project::propose::{Confidence, Fate, Origin, SourceOption, start_project};
use confect_project::{Packs, Project};
use support::lookalikes as shop;
use support::{Tried, shared, tried};

fn assert_golden(name: &str, tried: &Tried) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/golden/propose/{name}.txt"));
    let found = format!("{}\n\n{}", tried.proposal.report("shop").join("\n"), tried.proposal.sources_toml());
    if std::env::var_os("CONFECT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &found).expect("written");
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
}

/// Column → heading of a source, for columns that come from one heading.
fn headings(tried: &Tried, source: &str) -> BTreeMap<String, String> {
    let (spec, _) = tried.source(source);
    let pairs = spec
        .columns
        .iter()
        .filter_map(|mapping| Some((mapping.column.clone(), mapping.headers.first()?.clone())));
    pairs.collect()
}

fn confectioner(tried: &Tried) {
    let shipped = confectionery_profile();
    for (name, columns) in &shipped {
        assert_eq!(&headings(tried, name), columns, "{name}");
    }
    assert_eq!(tried.rows.len(), shipped.len(), "as many sources as the profile has");
    let (pos, _) = tried.source("pos_data");
    assert!(!pos.options.deduplicate);
    let line = tried.column("pos_data", "line_amount");
    assert!(line.reason.contains("it is the amount of the line"), "{}", line.reason);
    assert_eq!(tried.column("pos_data", "discount_rate").confidence, Confidence::Sure);
    let (moves, _) = tried.source("inventory_transactions");
    let kind = moves.columns.iter().find(|mapping| mapping.column == "kind").expect("kind");
    assert_eq!(kind.values.get("Restock").map(String::as_str), Some("receipt"));
    assert_eq!(kind.values.get("Sale").map(String::as_str), Some("sale"));
}

/// The shipped profile's mapping, by source.
fn confectionery_profile() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = include_str!("../../../packs/retail/sources/confectionery.toml");
    let table: toml::Table = toml::from_str(text).expect("the profile");
    let sources = table["source"].as_array().expect("sources");
    let columns = |source: &toml::Value| {
        let columns = source["columns"].as_table().expect("columns");
        let first = |value: &toml::Value| value[0].as_str().expect("a heading").to_owned();
        columns.iter().map(|(name, value)| (name.clone(), first(value))).collect()
    };
    sources
        .iter()
        .map(|source| (source["name"].as_str().expect("a name").to_owned(), columns(source)))
        .collect()
}

#[test]
fn a_confectioners_lookalike_gets_the_shipped_mapping() {
    let tried = tried(&shop::confectionery());
    confectioner(&tried);
    assert_golden("confectionery", &tried);
}

#[test]
fn the_confectioners_files_get_the_shipped_mapping() {
    let names = [
        "pos_data.csv",
        "crm_data.csv",
        "inventory_data.csv",
        "current_stock_snapshot.csv",
        "inventory_transactions.csv",
    ];
    let Some(files) = shared("confectionery", &names) else { return };
    let tried = tried(&files);
    confectioner(&tried);
    assert_eq!(tried.loaded("pos_data"), 1_000);
    assert_eq!(tried.amount("pos_data"), "20235.97");
    assert_eq!((tried.loaded("crm_data"), tried.loaded("inventory_data")), (100, 50));
    assert_eq!((tried.loaded("current_stock_snapshot"), tried.loaded("inventory_transactions")), (50, 1_152));
    let last = tried.proposal.last_sale.map(|day| day.to_string());
    assert_eq!(last.as_deref(), Some("2025-08-07"));
}

const ONLINE_RETAIL: [(&str, &str); 8] = [
    ("country", "Country"),
    ("customer_id", "CustomerID"),
    ("description", "Description"),
    ("invoice_no", "InvoiceNo"),
    ("quantity", "Quantity"),
    ("sold_at", "InvoiceDate"),
    ("stock_code", "StockCode"),
    ("unit_price", "UnitPrice"),
];

fn online(tried: &Tried) {
    let expected: BTreeMap<String, String> =
        ONLINE_RETAIL.iter().map(|(column, heading)| ((*column).to_owned(), (*heading).to_owned())).collect();
    assert_eq!(headings(tried, "online_retail"), expected);
    let (spec, _) = tried.source("online_retail");
    assert!(spec.options.deduplicate, "lines carry a time of day");
    assert_eq!(spec.options.zone.as_deref(), Some("UTC"));
    assert_eq!(tried.proposal.currency.0, "GBP");
    assert_eq!(tried.rows.len(), 1, "one file, one source");
}

#[test]
fn online_retail_gets_the_shipped_mapping() {
    online(&tried(&shop::online_retail()));
    let Some(files) = shared("online_retail", &["online_retail.csv.zst"]) else { return };
    let tried = tried(&files);
    online(&tried);
    assert_eq!(tried.loaded("online_retail"), 541_909 - 5_268);
}

fn toys(tried: &Tried) {
    let (spec, _) = tried.source("sales");
    assert!(spec.options.price_from_products && !spec.options.deduplicate);
    assert_eq!(headings(tried, "products")["list_price"], "Product_Price");
    assert_eq!(tried.proposal.currency.0, "USD");
    assert_eq!(tried.column("inventory", "as_of").confidence, Confidence::Unsure);
    let left = |fate: &&Fate| matches!(fate, Fate::LeftOut(why) if why.starts_with("a data dictionary"));
    assert_eq!(tried.proposal.fates.iter().filter(left).count(), tried.proposal.fates.len() - 4);
    assert!(tried.unread.is_empty(), "{:?}", tried.unread);
}

#[test]
fn a_toy_shop_takes_its_prices_from_the_article_list() {
    let look = tried(&shop::toys());
    toys(&look);
    assert_golden("toys", &look);
    let names = [
        "sales.csv.zst",
        "products.csv",
        "stores.csv",
        "inventory.csv",
        "sales_data_dictionary.csv",
        "products_data_dictionary.csv",
        "stores_data_dictionary.csv",
        "inventory_data_dictionary.csv",
    ];
    let Some(files) = shared("maven_toys", &names) else { return };
    let real = tried(&files);
    toys(&real);
    assert_eq!((real.loaded("sales"), real.loaded("products")), (829_262, 35));
    assert_eq!((real.loaded("stores"), real.loaded("inventory")), (50, 1_593));
    let as_of = real.source("inventory").0.columns.iter().find(|mapping| mapping.column == "as_of").cloned();
    assert_eq!(as_of.and_then(|mapping| mapping.constant).as_deref(), Some("2018-09-30"));
    assert_eq!(real.sum("sales", "quantity"), 1_090_565 * 10_000);
}

fn bicycles(tried: &Tried) {
    let (sales, _) = tried.source("adventureworks_sales");
    assert_eq!(sales.options.date_order, Some(DateOrder::Mdy));
    assert!(sales.options.price_from_products && sales.options.deduplicate);
    let (customers, _) = tried.source("adventureworks_customers");
    let name = customers.columns.iter().find(|mapping| mapping.column == "name").expect("a name");
    assert_eq!(name.derived, Some(Derived::Join(vec!["FirstName".to_owned(), "LastName".to_owned()])));
    let category = tried.column("adventureworks_product", "category");
    assert!(matches!(&category.origin, Origin::Lookup(lookup) if lookup.steps.len() == 2), "{category:?}");
    assert_eq!(
        headings(tried, "adventureworks_product")["stock_code"],
        "ProductKey",
        "what the sales refer to"
    );
    assert_eq!(tried.nulls("adventureworks_product", "category"), 0);
    assert_eq!(tried.nulls("adventureworks_product", "subcategory"), 0);
    assert_eq!(tried.nulls("adventureworks_sales", "country"), 0);
    assert!(tried.sum("adventureworks_returns", "quantity") < 0);
    assert!(
        tried.texts("adventureworks_returns", "invoice_no").iter().all(|number| number.starts_with("RET-"))
    );
    assert_eq!(
        tried.distinct("adventureworks_returns", "invoice_no"),
        tried.loaded("adventureworks_returns")
    );
    assert!(tried.unread.is_empty(), "{:?}", tried.unread);
}

fn left_out(tried: &Tried, name: &str) -> String {
    let place = tried.proposal.names.iter().position(|own| own == name).expect(name);
    match &tried.proposal.fates[place] {
        Fate::LeftOut(reason) => reason.clone(),
        fate => panic!("{name}: {fate:?}"),
    }
}

#[test]
fn a_bicycle_shop_is_put_together_from_its_keys() {
    let tried = tried(&shop::bicycles());
    bicycles(&tried);
    assert_golden("bicycles", &tried);
    assert!(left_out(&tried, "AdventureWorks_Sales_2017_orphan_row.csv").contains("the article list lacks"));
    assert!(left_out(&tried, "AdventureWorks_Customers_junk_header.csv").contains("headings on line 2"));
    assert!(left_out(&tried, "AdventureWorks_Calendar.csv").contains("calendar"));
    assert_eq!(tried.texts("adventureworks_customers", "name")[0], "ANNA BERG");
}

#[test]
fn dirty_alternates_are_read_where_nothing_better_is_there() {
    let files = shop::bicycles();
    let clean = ["AdventureWorks_Customers.csv", "AdventureWorks_Sales_2017.csv"];
    let tried =
        tried(&files.into_iter().filter(|(name, _)| !clean.contains(&name.as_str())).collect::<Vec<_>>());
    let junk = tried.source("adventureworks_customers_junk_header");
    assert!(junk.1.findings.iter().any(|finding| finding.code == "header-below-title"));
    // The line of letters below the headings is a row as any other.
    assert_eq!(tried.texts("adventureworks_customers_junk_header", "name")[..2], ["C D", "ANNA BERG"]);
    assert!(tried.proposal.all_doubts().iter().any(|doubt| doubt.contains("headings were found on line 2")));
    let days = tried.days("adventureworks_sales", "sold_at");
    assert!(days.contains(&"2017-07-01".to_owned()), "1-Jul-2017 is read: {days:?}");
}

#[test]
fn adventureworks_is_put_together() {
    let clean = [
        "AdventureWorks_Calendar.csv",
        "AdventureWorks_Product.csv",
        "AdventureWorks_Product_Categories.csv",
        "AdventureWorks_Product_Subcategories.csv",
        "AdventureWorks_Returns.csv",
        "AdventureWorks_Sales_2015.csv",
        "AdventureWorks_Sales_2016.csv.zst",
        "AdventureWorks_Territories.csv",
    ];
    let better = ["AdventureWorks_Customers.csv.zst", "AdventureWorks_Sales_2017.csv.zst"];
    let dirty =
        ["AdventureWorks_Customers_junk_header.csv.zst", "AdventureWorks_Sales_2017_orphan_row.csv.zst"];
    let Some(files) = shared("adventureworks_csv", &[&clean[..], &better, &dirty].concat()) else { return };
    let all = tried(&files);
    bicycles(&all);
    assert_eq!((all.loaded("adventureworks_sales"), all.loaded("adventureworks_returns")), (56_046, 1_809));
    assert_eq!((all.loaded("adventureworks_customers"), all.loaded("adventureworks_product")), (18_148, 293));
    assert_eq!(all.distinct("adventureworks_sales", "invoice_no"), 25_164);
    assert_eq!(all.distinct("adventureworks_sales", "customer_id"), 17_416);
    assert!(left_out(&all, dirty[0]).contains("headings on line 2"), "{}", left_out(&all, dirty[0]));
    assert!(left_out(&all, dirty[1]).contains("1 article"), "{}", left_out(&all, dirty[1]));
    let Some(files) = shared("adventureworks_csv", &[&clean[..], &dirty].concat()) else { return };
    let alone = tried(&files);
    // The real customers and the line of letters; 39 lines stand there twice.
    assert_eq!(alone.loaded("adventureworks_customers_junk_header"), 18_149);
    assert!(alone.proposal.all_doubts().iter().any(|doubt| doubt.contains("such as `A`")));
    assert_eq!(alone.loaded("adventureworks_sales"), 56_047);
}

fn superstore(tried: &Tried, name: &str) {
    assert_eq!(headings(tried, name)["line_amount"], "Sales");
    assert_eq!(headings(tried, name)["discount_rate"], "Discount");
    assert_eq!(tried.source(name).0.options.date_order, Some(DateOrder::Mdy));
    let line = tried.column(name, "line_amount");
    assert!(line.reason.contains("the discount is taken off"), "{}", line.reason);
    let entities: Vec<Entity> = tried.rows.iter().map(|(spec, _)| spec.entity).collect();
    assert_eq!(entities, [Entity::SaleLines, Entity::Products, Entity::Customers]);
    assert!(
        !headings(tried, &format!("{name}_customers")).contains_key("city"),
        "orders go to several cities"
    );
    let shares = tried.proposal.sources.iter().filter(|source| source.shares_files).count();
    assert_eq!(shares, 2);
}

#[test]
fn a_flat_file_becomes_sales_articles_and_customers() {
    let look = tried(&shop::superstore());
    superstore(&look, "orders");
    assert_golden("superstore", &look);
    let Some(files) = shared("superstore", &["Sample - Superstore.csv.zst"]) else { return };
    let real = tried(&files);
    let name = "sample_superstore";
    superstore(&real, name);
    assert_eq!((real.loaded(name), real.distinct(name, "invoice_no")), (9_994, 5_009));
    assert_eq!(real.loaded(&format!("{name}_customers")), 793);
    assert_eq!(real.loaded(&format!("{name}_products")), 1_862);
    assert_eq!(real.amount(name), "2297200.8603");
}

#[test]
fn superstore_in_windows_1252_is_read_as_well() {
    let Some(files) = shared("superstore", &["Sample - Superstore.csv.zst"]) else { return };
    let text = zstd::decode_all(files[0].1.as_slice()).expect("unpacked");
    let text = String::from_utf8(text).expect("UTF-8").trim_start_matches('\u{feff}').to_owned();
    let legacy: Vec<u8> =
        text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
    assert!(String::from_utf8(legacy.clone()).is_err());
    let tried = tried(&[("orders.csv".to_owned(), legacy)]);
    assert_eq!(tried.source("orders").0.options.encoding.as_deref(), Some("windows-1252"));
    assert_eq!((tried.loaded("orders"), tried.amount("orders").as_str()), (9_994, "2297200.8603"));
}

#[test]
fn a_german_till_is_understood() {
    let tried = tried(&shop::german_till());
    let columns = headings(&tried, "kassenbons");
    assert_eq!(columns["invoice_no"], "Belegnummer");
    assert_eq!(columns["stock_code"], "Artikelnr");
    assert_eq!(columns["unit_price"], "Einzelpreis");
    let (spec, rows) = tried.source("kassenbons");
    assert!(spec.options.decimal_comma);
    assert_eq!(spec.options.date_order, Some(DateOrder::Dmy));
    assert_eq!(rows.balance.quarantined.rows, 0);
    assert_golden("german-till", &tried);
}

#[test]
fn books_points_targets_events_suppliers_and_rates_are_known_by_their_headings() {
    let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    let tried = tried(&[
        file(
            "till.csv",
            "receipt,date,article,pieces,price,currency\n1,2026-01-05,A1,2,5.00,EUR\n2,2026-01-06,A2,1,3.50,EUR\n",
        ),
        file(
            "buchungen.csv",
            "Belegnr,Buchungsdatum,Konto,Betrag,Filiale\n1,2026-01-31,Miete,10.00,N\n2,2026-01-31,Löhne,20.00,N\n",
        ),
        file(
            "points.csv",
            "event_id,customer_id,occurred_at,kind,points\nL1,C1,2026-01-05 09:15:00,earned,10\n",
        ),
        file("targets.csv", "metric,period,value\nnet_sales,2026-Q1,90.00\n"),
        file("days.csv", "date,event,type\n2026-01-01,New Year,Public holiday\n2026-02-01,Sale week,promo\n"),
        file("vendors.csv", "vendor,lead time,moq\nCocoa,14,100\nNuts,7,50\n"),
        file(
            "fx.csv",
            "date,currency,rate\n2026-01-05,USD,0.9123456\n2026-01-06,USD,0.9\n2026-01-07,USD,0.9\n",
        ),
    ]);
    let entities: BTreeMap<&str, Entity> =
        tried.rows.iter().map(|(spec, _)| (spec.name.as_str(), spec.entity)).collect();
    let expected = BTreeMap::from([
        ("till", Entity::SaleLines),
        ("buchungen", Entity::LedgerEntries),
        ("points", Entity::LoyaltyEvents),
        ("targets", Entity::Targets),
        ("days", Entity::CalendarEvents),
        ("vendors", Entity::Suppliers),
        ("fx", Entity::ExchangeRates),
    ]);
    assert_eq!(entities, expected);
    for (spec, rows) in &tried.rows {
        assert_eq!(rows.balance.rows_in, rows.balance.loaded.rows, "{}", spec.name);
    }
    let values = |source: &str, column: &str| {
        let (spec, _) = tried.source(source);
        spec.columns.iter().find(|mapping| mapping.column == column).expect("a column").values.clone()
    };
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(values("buchungen", "account"), pairs(&[("Löhne", "payroll"), ("Miete", "rent")]));
    assert_eq!(values("days", "kind"), pairs(&[("Public holiday", "holiday"), ("promo", "promotion")]));
    // The rates name every currency but the shop's.
    assert!(tried.proposal.report("shop").join("\n").contains("currency EUR"));
}

#[test]
fn what_is_not_understood_is_left_out_and_said() {
    let files = [("weather.csv".to_owned(), b"station,temperature\nA,1\nB,2\n".to_vec())];
    let tried = tried(&files);
    assert!(tried.rows.is_empty());
    assert!(left_out(&tried, "weather.csv").starts_with("not understood"));
    assert!(tried.proposal.all_doubts().iter().any(|doubt| doubt.contains("no file holds sales")));
}

#[test]
fn a_till_without_receipt_numbers_gets_numbered_rows() {
    let mut text = String::from("Date,Product ID,Units,Price\n");
    for row in 0..30 {
        text.push_str(&format!("2024-01-{:02},P{},2,1.50\n", row % 28 + 1, row % 4));
    }
    let tried = tried(&[("till.csv".to_owned(), text.into_bytes())]);
    assert_eq!(tried.column("till", "invoice_no").origin, Origin::RowNumber("ROW-".to_owned()));
    assert_eq!(tried.column("till", "invoice_no").confidence, Confidence::Unsure);
    assert_eq!((tried.loaded("till"), tried.distinct("till", "invoice_no")), (30, 30));
    let kept =
        tried.proposal.sources[0].options.iter().any(|held| held.option == SourceOption::Deduplicate(false));
    assert!(kept, "the same article twice a day is two sales");
}

#[test]
fn headings_cannot_break_out_of_the_written_file() {
    let text =
        "\"Order \"\"ID\"\"\",Order Date,Product ID,Quantity,\"a'''b\\\",Price\n1,2024-01-31,A,1,x,2\n";
    let tried = tried(&[("a [b] \"c\"'.csv".to_owned(), text.as_bytes().to_vec())]);
    assert_eq!(tried.rows.len(), 1);
    assert_eq!(tried.rows[0].1.balance.loaded.rows, 1);
}

#[test]
fn a_project_is_started_with_its_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let (exports, root) = (folder.path().join("exports"), folder.path().join("toy-shop"));
    let mut paths = Vec::new();
    for (name, bytes) in shop::toys() {
        std::fs::create_dir_all(&exports).expect("a folder");
        std::fs::write(exports.join(&name), bytes).expect("written");
        paths.push(exports.join(name));
    }
    std::fs::write(exports.join("report.xlsx"), b"PK\x03\x04 and so on").expect("written");
    paths.push(exports.join("report.xlsx"));
    let started = start_project(&root, &paths, None).expect("a project");
    assert!(started.report[0].starts_with("report.xlsx: left out: "), "{:?}", started.report[0]);
    let below: BTreeSet<String> = started
        .files
        .iter()
        .map(|path| path.strip_prefix(&root).expect("below the project").to_string_lossy().into_owned())
        .collect();
    let expected = [
        ".gitignore",
        "README.md",
        "access.toml",
        "confect.toml",
        "data/.gitkeep",
        "data/inventory.csv",
        "data/products.csv",
        "data/sales.csv",
        "data/stores.csv",
        "sources/toy_shop.toml",
    ];
    assert_eq!(below.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    let project = Project::load_with(&root, &Packs::embedded()).expect("a sound project");
    assert_eq!((project.shop.name.as_str(), project.shop.currency.as_str()), ("toy-shop", "USD"));
    assert_eq!(start_project(&root, &paths, None).expect_err("refused").code, "project-exists");
    let none = start_project(&folder.path().join("other"), &[], None).expect_err("refused");
    assert_eq!(none.code, "no-files");
    let missing =
        start_project(&folder.path().join("other"), &[exports.join("no.csv")], None).expect_err("refused");
    assert_eq!(missing.code, "file-missing");
}
