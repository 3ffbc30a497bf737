//! A refresh that adds what is new must leave the tables that one build of all files makes.
//!
//! Each case delivers files one after the other and compares every table with a project that got
//! them at once; the record says whether rows were added or everything was built, and why.

use serde_json::Value;

use crate::support::Project;

const HEADING: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

const TABLES: [(&str, &str); 9] = [
    ("fact_sales", "invoice_no, line_no"),
    ("fact_returns", "invoice_no, line_no"),
    ("fact_adjustments", "invoice_no, line_no"),
    ("dim_product", "product_key"),
    ("dim_customer", "customer_key"),
    ("dim_country", "country_key"),
    ("dim_store", "store_key"),
    ("dim_date", "date_key"),
    ("single_customer_view", "customer_id"),
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
    built("day4.csv", "5,A,ALARM,1,2011-11-04 08:00:00,2.5,17850,Spain\n", "stg_customer_versions");
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
