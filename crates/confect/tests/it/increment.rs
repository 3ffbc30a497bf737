//! A refresh that adds what is new must leave the tables that one build of all files makes.
//!
//! Each case delivers files one after the other and compares every table with a project that got
//! them at once; the record says whether rows were added or everything was built, and why.

use serde_json::Value;

use crate::support::Project;

const HEADING: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

const TABLES: [(&str, &str); 21] = [
    ("fact_sales", "invoice_no, line_no"),
    ("fact_returns", "invoice_no, line_no"),
    ("fact_adjustments", "invoice_no, line_no"),
    ("dim_product", "product_key"),
    ("dim_customer", "customer_key"),
    ("dim_country", "country_key"),
    ("dim_store", "store_key"),
    ("dim_date", "date_key"),
    ("single_customer_view", "customer_id"),
    ("customer_orders", "customer_id, order_no, is_purchase"),
    ("customer_articles", "customer_id, place"),
    ("customer_rfm", "as_of_month, customer_id"),
    ("customer_value", "customer_id"),
    ("customer_signals", "customer_id"),
    ("customer_next_best", "customer_id, rank"),
    ("cohort_retention", "definition, cohort, sole_country_key, age"),
    ("second_purchase", "scope_key, days"),
    ("segment_proof", "position"),
    ("revenue_bridge", "month, comparison, scope_key, component"),
    ("basket_rules", "level, rule_no"),
    ("basket_itemsets", "level, itemset_no"),
];

/// The shop, and what its files hold so far.
struct Deliveries {
    shop: Project,
    files: Vec<(String, String)>,
}

impl Deliveries {
    fn new() -> Self {
        Self { shop: Project::empty("online-retail"), files: Vec::new() }
    }

    /// Puts a file in and refreshes; the record.
    fn deliver(&mut self, name: &str, text: &str) -> Value {
        let name = format!("data/{name}");
        std::fs::write(self.shop.path(&name), text).expect("a file");
        self.files.retain(|(known, _)| *known != name);
        self.files.push((name, text.to_owned()));
        refreshed(&self.shop)
    }

    fn lines(&mut self, name: &str, lines: &str) -> Value {
        self.deliver(name, &format!("{HEADING}{lines}"))
    }

    /// Every table is that of a shop that got all files at once.
    fn assert_as_at_once(&self) {
        let once = Project::empty("online-retail");
        for (name, text) in &self.files {
            std::fs::write(once.path(name), text).expect("a file");
        }
        let (record, last) = (refreshed(&once), refreshed(&self.shop));
        for count in ["rows_in", "rows_loaded", "rows_deduplicated", "rows_quarantined", "buckets"] {
            assert_eq!(last[count], record[count], "{count}");
        }
        for (table, order) in TABLES {
            let sql = format!("select * from {table} order by {order}");
            assert_eq!(rows(&self.shop, &sql), rows(&once, &sql), "{table}");
        }
        // All but the time at which a record was seen first.
        let set_aside = |project: &Project| -> Vec<String> {
            let lines = project.csv(&["quarantine"]);
            lines.iter().map(|line| line.split(",open,").next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(set_aside(&self.shop), set_aside(&once));
    }
}

fn rows(project: &Project, sql: &str) -> Vec<String> {
    project.csv(&["sql", sql])
}

fn refreshed(project: &Project) -> Value {
    let out = project.fine(&["refresh", "--json"]);
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

#[test]
fn six_days_one_after_the_other_are_the_six_at_once() {
    let mut shop = Deliveries::new();
    let first = shop.lines(
        "day1.csv",
        "1,A,ALARM,6,2011-11-01 08:00:00,2.5,17850,France\n1,B,BOWL,2,2011-11-01 08:00:00,1.5,17850,France\n\
         2,A,ALARM,1,2011-11-01 09:00:00,2.5,,Spain\n",
    );
    assert_eq!(first["mode"], "full");
    let next = shop.lines(
        "day2.csv",
        // A customer who is new, an article that is new, a text that is new, a line that comes twice, a bad one.
        "3,A,ALARM CLOCK,3,2011-11-02 08:00:00,2.5,12583,Italy\n4,C,CUP,3,2011-11-02 08:00:00,1,17850,France\n\
         4,C,CUP,3,2011-11-02 08:00:00,1,17850,France\n5,C,CUP,3,2011-11-31 08:00:00,1,17850,France\n",
    );
    assert_eq!(
        (&next["mode"], &next["new_files"], &next["new_rows"]),
        (&"increment".into(), &1.into(), &4.into())
    );
    shop.assert_as_at_once();
    // A return of the first day's sale, postage, a line of the first day once more, a country more.
    let next = shop.lines(
        "day3.csv",
        "C6,A,ALARM,-2,2011-11-03 08:00:00,2.5,17850,France\n7,POST,POSTAGE,1,2011-11-03 08:00:00,18,12583,Italy\n\
         1,A,ALARM,6,2011-11-01 08:00:00,2.5,17850,France\n8,A,ALARM,1,2011-11-03 10:00:00,2.5,999,Norway\n",
    );
    // The repeated line would belong to invoice 1 if it were not a repetition.
    assert_eq!(next["mode"], "increment", "{next}");
    shop.assert_as_at_once();
    // Late: lines of a day before the first.
    let next = shop.lines("day4.csv", "9,A,ALARM,5,2011-10-15 08:00:00,2.25,17850,France\n");
    assert_eq!(next["mode"], "increment");
    shop.assert_as_at_once();
    let empty = shop.lines("day5.csv", "");
    assert_eq!(empty["rows_in"], 12);
    shop.assert_as_at_once();
    let next = shop.lines("day6.csv", "10,Z,ZEBRA,0,2011-11-06 08:00:00,2.25,17850,France\n");
    assert_eq!(next["mode"], "increment");
    shop.assert_as_at_once();
}

#[test]
fn what_would_change_an_old_row_builds_everything_and_says_why() {
    let mut shop = Deliveries::new();
    let cup = "3,C,CUP,3,2011-11-02 08:00:00,1,12583,France\n";
    shop.lines("day1.csv", "1,A,ALARM,6,2011-11-01 08:00:00,2.5,17850,France\n");
    let mut built = |name: &str, lines: &str, why: &str| {
        let record = shop.lines(name, lines);
        assert_eq!(record["mode"], "full", "{name}: {record}");
        let because = record["because"].as_str().expect("a reason").to_owned();
        assert!(because.contains(why), "{because}");
        shop.assert_as_at_once();
    };
    built("day2.csv", "1,B,BOWL,6,2011-11-01 08:00:00,2.5,17850,France\n", "belong to a number");
    built("day1.csv", "1,A,ALARM,7,2011-11-01 08:00:00,2.5,17850,France\n", "`data/day1.csv` has changed");
    built("day3.csv", "1,B,BOWL,6,2011-11-01 08:00:00,2.5,17850,France\n", "is a copy of an old file");
    // The customer had one country so far; the old lines keep their key, but that is not looked at so closely.
    built("day4.csv", "5,A,ALARM,1,2011-11-04 08:00:00,2.5,17850,Spain\n", "has changed for a `customer_id`");
    assert_eq!(shop.lines("day5.csv", cup)["mode"], "increment");
    // A file that stands before the others and repeats a line of them: the line would be this file's.
    let record = shop.lines("day0.csv", &format!("{cup}4,A,ALARM,1,2011-11-05 08:00:00,2.5,17850,Spain\n"));
    assert!(record["because"].as_str().expect("a reason").contains("stands before old ones"), "{record}");
    shop.assert_as_at_once();
    std::fs::remove_file(shop.shop.path("data/day5.csv")).expect("there");
    shop.files.retain(|(name, _)| !name.ends_with("day5.csv"));
    let record = refreshed(&shop.shop);
    assert!(record["because"].as_str().expect("a reason").contains("is gone"), "{record}");
    shop.assert_as_at_once();
}

#[test]
fn a_lost_memory_is_no_loss() {
    let mut shop = Deliveries::new();
    shop.lines("day1.csv", "1,A,ALARM,6,2011-11-01 08:00:00,2.5,17850,France\n");
    std::fs::remove_dir_all(shop.shop.path("warehouse/known")).expect("there");
    let record = shop.lines("day2.csv", "2,A,ALARM,6,2011-11-02 08:00:00,2.5,17850,France\n");
    assert_eq!(record["mode"], "full");
    shop.assert_as_at_once();
    let record = shop.lines("day3.csv", "3,A,ALARM,6,2011-11-03 08:00:00,2.5,17850,France\n");
    assert_eq!(record["mode"], "increment");
    shop.assert_as_at_once();
}

/// Lines of a month: three customers who buy every few days, an article that only one of them ever buys.
fn month(month: u32, days: std::ops::RangeInclusive<u32>) -> String {
    let mut lines = String::new();
    for day in days {
        for (number, customer) in [17850, 12583, 12662].into_iter().enumerate() {
            if (day as usize + number) % 3 == 0 {
                let invoice = month * 1_000 + day * 10 + number as u32;
                for (article, price) in [("A", "2.5"), ("B", "1.25"), ("C", "4")].into_iter().take(1 + number)
                {
                    lines.push_str(&format!(
                        "{invoice},{article},ARTICLE {article},{day},2011-{month:02}-{day:02} 08:00:00,{price},{customer},France\n"
                    ));
                }
            }
        }
    }
    lines
}

/// Tables of which only some rows were made.
fn by_key(record: &Value) -> Vec<&str> {
    let mut tables: Vec<&str> =
        record["by_key"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    tables.sort_unstable();
    tables
}

const BY_KEY: [&str; 4] = ["customer_articles", "customer_rfm", "rfm_bins", "stg_return_matches"];

#[test]
fn tables_of_whole_months_stay_until_the_month_is_over() {
    let mut shop = Deliveries::new();
    let whole: String = (1..=4).map(|number| month(number, 1..=28)).collect();
    shop.lines("first.csv", &whole);
    shop.lines("may_a.csv", &month(5, 1..=9));
    let built = |record: &Value, table: &str| record["steps"].get(table).is_some();
    let next = shop.lines("may_b.csv", &month(5, 10..=12));
    assert_eq!(next["mode"], "increment");
    // Nothing that these are made of has changed; the others tell of months, and May goes on.
    for table in ["dim_supplier", "fact_ledger", "basket_rules", "cohort_retention", "revenue_bridge"] {
        assert!(!built(&next, table), "{table}: {next}");
    }
    for table in ["customer_rfm", "customer_articles", "single_customer_view"] {
        assert!(built(&next, table), "{table}: {next}");
    }
    // Of the customers who did not buy the rows stay, and so do the scores of months that are over.
    assert_eq!(by_key(&next), BY_KEY);
    shop.assert_as_at_once();
    // A line of March comes late: its month is told of again.
    let late = shop.lines("may_c.csv", "9001,A,ARTICLE A,7,2011-03-30 08:00:00,2.5,17850,France\n");
    assert!(late["mode"] == "increment" && built(&late, "cohort_retention"), "{late}");
    shop.assert_as_at_once();
    // An old article gets another name, by which rules call it.
    let renamed: String = (1..=40)
        .map(|line| format!("91{line:02},A,OTHER A,1,2011-05-14 08:00:00,2.5,12583,France\n"))
        .collect();
    let named = shop.lines("may_d.csv", &renamed);
    assert!(!built(&named, "revenue_bridge"), "{named}");
    // What was bought before goes by the name that it had.
    assert_eq!(by_key(&named), BY_KEY);
    shop.assert_as_at_once();
    let june = shop.lines("may_e.csv", &month(6, 1..=2));
    assert!(june["mode"] == "increment" && built(&june, "basket_rules"), "{june}");
    shop.assert_as_at_once();
    // One who bought in France buys in Spain: what was told of him in months before is told otherwise.
    let moved = shop.lines("may_f.csv", "9201,A,OTHER A,7,2011-06-03 08:00:00,2.5,12583,Spain\n");
    assert_eq!(moved["mode"], "full");
    shop.assert_as_at_once();
}

#[test]
fn what_is_built_in_parts_is_what_is_built_at_once_and_long_lists_are_read_once() {
    const LAST: &str = "data/sale_lines_2026-10.csv";
    let arguments = ["--customers", "5600", "--days", "330", "--seed", "3", "--dirt", "0.01"];
    let (parts, once) = (Project::empty("generated"), Project::empty("generated"));
    for project in [&parts, &once] {
        let data = project.path("data");
        let made = crate::support::confect(
            &[&["generate", data.to_str().expect("a path")], &arguments[..]].concat(),
        );
        assert_eq!(made.code, 0, "{}", made.err);
        std::fs::rename(project.path(LAST), project.path("last.csv")).expect("the last month");
    }
    // By size and time of change alone a file is known again only if it was not changed just now.
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let record = |project: &Project, mb: &str| -> Value {
        let out = project.fine(&["refresh", "--json", "--part-mb", mb]);
        serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
    };
    let (first, second) = (record(&parts, "1"), record(&once, "1000"));
    assert_eq!((&first["mode"], &first["because"]), (&"full".into(), &Value::Null));
    let readings = |record: &Value| {
        let steps = record["timeline"].as_array().expect("steps").iter();
        steps.filter(|step| step["name"] == "read").count()
    };
    assert!(readings(&first) > 2 && readings(&second) == 1, "{first}");
    for count in ["rows_in", "rows_loaded", "rows_deduplicated", "rows_quarantined", "buckets", "tables"] {
        assert_eq!(first[count], second[count], "{count}");
    }
    let compare = || {
        for (table, order) in TABLES.into_iter().chain([
            ("fact_stock_movements", "movement_id"),
            ("fact_loyalty_points", "event_id"),
            ("dim_customer", "customer_key"),
            ("dim_date", "date_key"),
        ]) {
            let sql = format!("select * from {table} order by {order}");
            assert!(rows(&parts, &sql) == rows(&once, &sql), "{table}");
        }
    };
    compare();
    // The customers are the same by size and time, and are not read again: there is nothing in the file any more.
    let customers = parts.path("data/customers.csv");
    let metadata = std::fs::metadata(&customers).expect("the file");
    std::fs::write(&customers, vec![b'#'; metadata.len() as usize]).expect("written");
    let file = std::fs::File::options().write(true).open(&customers).expect("the file");
    file.set_modified(metadata.modified().expect("a time")).expect("set back");
    for project in [&parts, &once] {
        std::fs::rename(project.path("last.csv"), project.path(LAST)).expect("the last month");
    }
    let added = record(&parts, "1000");
    assert_eq!(added["mode"], "increment", "{added}");
    assert!(added["steps"].get("fact_loyalty_points").is_none(), "{added}");
    let out = once.fine(&["refresh", "--json", "--full"]);
    let all: Value = serde_json::from_str(out.lines().last().expect("a line")).expect("JSON");
    for count in ["rows_in", "rows_loaded", "rows_deduplicated", "rows_quarantined", "buckets", "tables"] {
        assert_eq!(added[count], all[count], "{count}");
    }
    let newest = |record: &Value| -> Vec<(Value, Value, Value)> {
        let sources = record["sources"].as_array().expect("sources").iter();
        let told =
            |source: &Value| (source["name"].clone(), source["newest"].clone(), source["rows_in"].clone());
        let mut told: Vec<_> = sources.map(told).collect();
        told.sort_by_key(|source| source.0.to_string());
        told
    };
    assert_eq!(newest(&added), newest(&all));
    compare();
}
