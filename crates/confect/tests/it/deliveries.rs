//! Deliveries over time: keys that come twice, rows that come late, members and files that do not come.
//! Each test names the fault of the table in `access-and-reliability.md` that it holds.

use confect_domain::Date;
use serde_json::Value;

use crate::support::{Project, Server};

const SOURCES: &str = r#"
[[source]]
name = "till"
entity = "sale_lines"
files = ["till*.csv"]
[source.columns]
invoice_no = ["Invoice"]
sold_at = ["Date"]
stock_code = ["Code"]
quantity = ["Qty"]
unit_price = ["Price"]
customer_id = ["Customer"]
store_id = ["Shop"]
country = ["Country"]
[source.constants]
currency = "EUR"

[[source]]
name = "articles"
entity = "products"
files = ["articles*.csv"]
[source.columns]
stock_code = ["Code"]
description = ["Name"]
list_price = ["Price"]

[[source]]
name = "shops"
entity = "stores"
files = ["shops*.csv"]
[source.columns]
store_id = ["Shop"]
name = ["Name"]

[[source]]
name = "crm"
entity = "customers"
files = ["crm*.csv"]
[source.columns]
customer_id = ["Id"]
name = ["Name"]
city = ["Town"]
"#;

const HEADING: &str = "Invoice,Date,Code,Qty,Price,Customer,Shop,Country\n";

/// A shop with its own sources and one day of sales.
fn shop(options_of_crm: &str, options_of_till: &str) -> Project {
    let project = Project::empty("blank");
    let sources = SOURCES
        .replace("[source.constants]", &format!("[source.options]\n{options_of_till}\n[source.constants]"));
    let text = format!("{sources}\n[source.options]\n{options_of_crm}\n");
    std::fs::create_dir_all(project.path("sources")).expect("a folder");
    std::fs::write(project.path("sources/own.toml"), text).expect("a file");
    put(&project, "till_2024-01-05.csv", &sales("2024-01-05", 4));
    project
}

fn put(project: &Project, name: &str, text: &str) {
    std::fs::write(project.path(&format!("data/{name}")), text).expect("a file");
}

/// So many lines of one piece for 2.00 on one day.
fn sales(day: &str, lines: usize) -> String {
    let line =
        |number: usize| format!("{day}-{number},{day},A{},1,2.00,C{},1,Spain\n", number % 3, number % 3);
    HEADING.to_owned() + &(0..lines).map(line).collect::<String>()
}

fn crm(ids: impl Iterator<Item = usize>) -> String {
    "Id,Name,Town\n".to_owned() + &ids.map(|id| format!("C{id},Person {id},Town {id}\n")).collect::<String>()
}

/// The record of a refresh that must succeed.
fn refreshed(project: &Project, more: &[&str]) -> Value {
    let out = project.fine(&[&["refresh", "--json"], more].concat());
    serde_json::from_str(out.trim()).expect("a record")
}

fn finding<'a>(record: &'a Value, code: &str) -> &'a Value {
    let findings = record["findings"].as_array().expect("findings");
    findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("no {code}: {record}"))
}

fn has(record: &Value, code: &str) -> bool {
    record["findings"]
        .as_array()
        .is_some_and(|findings| findings.iter().any(|finding| finding["code"] == code))
}

fn source<'a>(record: &'a Value, name: &str) -> &'a Value {
    let sources = record["sources"].as_array().expect("sources");
    sources.iter().find(|source| source["name"] == name).expect("the source")
}

#[test]
fn f77_a_key_twice_in_one_file_is_set_aside_before_any_model_sees_it() {
    let project = shop("", "");
    put(&project, "articles.csv", "Code,Name,Price\nA0,Tea,1.00\nA1,Cup,2.00\nA0,Green tea,1.50\n");
    let record = refreshed(&project, &[]);
    let articles = source(&record, "articles");
    assert_eq!(
        (&articles["rows_in"], &articles["rows_loaded"], &articles["rows_quarantined"]),
        (&3.into(), &2.into(), &1.into())
    );
    let listed = project.fine(&["quarantine"]);
    assert!(listed.contains("data/articles.csv:2 [key-repeated]"), "{listed}");
    assert!(listed.contains("`A0` in `Code` is there again on line 4, which counts"), "{listed}");
    assert!(listed.contains("list each one once"), "{listed}");
    let names = project
        .csv(&["sql", "select stock_code, description, list_price from dim_product where stock_code = 'A0'"]);
    assert_eq!(names, ["stock_code,description,list_price", "A0,Green tea,1.5"]);
}

#[test]
fn f76_the_last_delivery_of_a_member_counts_and_what_it_was_stays_visible() {
    let project = shop("", "");
    // By name, January would come before December.
    put(&project, "articles_31.12.2023.csv", "Code,Name,Price\nA0,Tea,1.00\nA1,Cup,2.00\n");
    put(&project, "articles_01.01.2024.csv", "Code,Name,Price\nA0,Green tea,1.50\nA1,Cup,2.00\n");
    put(&project, "crm_1.csv", "Id,Name,Town\nC0,Ann,Rome\n");
    put(&project, "crm_2.csv", "Id,Name,Town\nC0,Ann,Oslo\n");
    let record = refreshed(&project, &[]);
    assert_eq!(
        project.csv(&["sql", "select description, list_price from dim_product where stock_code = 'A0'"])[1],
        "Green tea,1.5"
    );
    assert_eq!(project.csv(&["sql", "select city from dim_customer where customer_id = 'C0'"])[1], "Oslo");
    let told = finding(&record, "key-superseded");
    assert_eq!((&told["rows"], &told["severity"]), (&1.into(), &"warning".into()));
    // Three of four rows count, one is the past, one was there already.
    let articles = source(&record, "articles");
    assert_eq!((&articles["rows_loaded"], &articles["rows_deduplicated"]), (&3.into(), &1.into()));
    assert_eq!(record["tables"]["superseded_rows"], 2);

    let added = project
        .run_with(&["user", "add", "mara", "--role", "owner", "--password-stdin"], crate::support::PASSWORD);
    assert_eq!(added.code, 0, "{}", added.err);
    let server = Server::start(&project, &[]);
    let cookie = server.sign_in(&project, "mara");
    let quality: Value = serde_json::from_str(&server.get("/api/quality", &cookie, &[]).body).expect("json");
    let rows = quality["superseded"]["rows"].as_array().expect("rows");
    let tea = rows.iter().find(|row| row["member"] == "A0").expect("the row");
    assert_eq!(tea["file"], "data/articles_31.12.2023.csv");
    assert_eq!(
        (&tea["line"], &tea["replaced_by_file"]),
        (&"2".into(), &"data/articles_01.01.2024.csv".into())
    );
    assert_eq!(tea["changes"], "description: Tea → Green tea; list_price: 1.0000 → 1.5000");
    let flows = quality["reconciliation"].as_array().expect("flows");
    let flow = |bucket: &str| {
        flows
            .iter()
            .find(|flow| flow["source"] == "articles" && flow["bucket"] == bucket)
            .map(|flow| flow["rows"].clone())
    };
    assert_eq!((flow("loaded"), flow("superseded")), (Some(2.into()), Some(1.into())));
}

#[test]
fn f80_who_is_missing_in_a_snapshot_is_deleted_and_many_need_a_word() {
    let project = shop("snapshot = true", "");
    put(&project, "crm.csv", &crm(0..40));
    assert!(!has(&refreshed(&project, &[]), "members-gone"));
    // Two of forty are 5 %, which is not more than 5 %.
    put(&project, "crm.csv", &crm(0..38));
    let record = refreshed(&project, &[]);
    assert_eq!(finding(&record, "members-gone")["rows"], 2);
    let gone = ["sql", "select count(*) as n, count(deleted_on) as days from dim_customer where is_deleted"];
    assert_eq!(project.csv(&gone)[1], "2,2");
    // Three of the thirty-eight that are left are more.
    put(&project, "crm.csv", &crm(0..35));
    let refused = project.run(&["refresh"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    for part in ["source `crm` lost 3 of 38 customers", "--accept-shrink crm", "nothing was published"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    assert_eq!(project.csv(&gone)[1], "2,2", "the last publication stays live");
    assert_eq!(project.run(&["refresh", "--accept-shrink", "crn"]).code, 2);
    refreshed(&project, &["--accept-shrink", "crm"]);
    assert_eq!(project.csv(&gone)[1], "5,5");
    // Said once is enough, and who comes back is there again.
    put(&project, "crm.csv", &crm(0..39));
    refreshed(&project, &[]);
    assert_eq!(project.csv(&gone)[1], "1,1");
}

#[test]
fn f80_a_snapshot_beside_the_older_ones_keeps_the_last_row_of_who_is_gone() {
    let project = shop("snapshot = true", "");
    put(&project, "crm_2024-01-01.csv", &crm(0..30));
    put(&project, "crm_2024-02-01.csv", &crm((0..30).filter(|id| *id != 7)));
    refreshed(&project, &[]);
    let gone = ["sql", "select customer_id, city, deleted_on from dim_customer where is_deleted"];
    assert_eq!(project.csv(&gone)[1..], ["C7,Town 7,2024-02-01"]);
}

#[test]
fn f67_a_source_that_lost_much_needs_a_word() {
    let project = shop("", "");
    put(&project, "till_2024-01-06.csv", &sales("2024-01-06", 40));
    refreshed(&project, &[]);
    put(&project, "till_2024-01-06.csv", &sales("2024-01-06", 20));
    let refused = project.run(&["refresh"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("source `till` lost 20 of 44 rows"), "{}", refused.err);
    let record = refreshed(&project, &["--accept-shrink", "till"]);
    assert_eq!(record["tables"]["fact_sales"], 24);
}

#[test]
fn f78_late_rows_are_loaded_and_listed_by_month() {
    let project = shop("", "");
    put(&project, "till_2024-03-01.csv", &sales("2024-03-01", 4));
    let first = refreshed(&project, &[]);
    assert!(!has(&first, "late-rows") && first["late"] == serde_json::json!([]));
    // One file with days before the newest, one after it.
    let late =
        sales("2024-01-05", 4).replace("2024-01-05-", "L") + &sales("2024-02-02", 3).replace(HEADING, "");
    put(&project, "till_2024-03-03.csv", &late);
    put(&project, "till_2024-03-02.csv", &sales("2024-03-02", 5));
    let record = refreshed(&project, &[]);
    assert_eq!(record["tables"]["fact_sales"], 4 + 4 + 4 + 3 + 5);
    assert_eq!(
        record["late"],
        serde_json::json!([
            { "source": "till", "month": "2024-01", "rows": 4 },
            { "source": "till", "month": "2024-02", "rows": 3 },
        ])
    );
    let told = finding(&record, "late-rows");
    assert_eq!(told["rows"], 7);
    assert!(
        told["message"].as_str().is_some_and(
            |text| text.contains("before 2024-03-01") && text.ends_with("4 in 2024-01, 3 in 2024-02")
        ),
        "{told}"
    );
}

#[test]
fn f79_a_fact_before_its_members_is_kept_and_points_to_them_later() {
    let project = shop("", "");
    refreshed(&project, &[]);
    let joined = [
        "sql",
        "select p.description, s.name, c.city, n.country, count(*) as lines from fact_sales f
         join dim_product p on p.product_key = f.product_key join dim_store s on s.store_key = f.store_key
         join dim_customer c on c.customer_key = f.customer_key join dim_country n on n.country_key = f.country_key
         where f.stock_code = 'A0' group by 1, 2, 3, 4",
    ];
    let keys = [
        "sql",
        "select product_key, store_key, customer_key, country_key from fact_sales order by invoice_no, line_no",
    ];
    // No list was delivered: members are inferred from the lines.
    assert_eq!(project.csv(&joined)[1..], [",Store 1,,Spain,2"]);
    let before = project.csv(&keys);
    put(&project, "articles.csv", "Code,Name,Price\nA0,Tea,1.00\n");
    put(&project, "shops.csv", "Shop,Name\n1,Harbour\n");
    put(&project, "crm.csv", "Id,Name,Town\nC0,Ann,Rome\n");
    refreshed(&project, &[]);
    assert_eq!(project.csv(&joined)[1..], ["Tea,Harbour,Rome,Spain,2"]);
    assert_eq!(project.csv(&keys), before, "the keys are those of the members all along");
}

#[test]
fn f86_a_missing_day_of_a_daily_series_is_named() {
    let project = shop("", "");
    for day in [6, 7, 8, 11, 12, 13] {
        put(&project, &format!("till_2024-01-{day:02}.csv"), &sales(&format!("2024-01-{day:02}"), 1));
    }
    let record = refreshed(&project, &[]);
    let gap = finding(&record, "delivery-gap");
    assert!(gap["message"].as_str().is_some_and(|text| text.contains("`2024-01-09`, `2024-01-10`")), "{gap}");
}

#[test]
fn f87_a_source_that_is_late_says_so_also_when_nothing_is_new() {
    let project = shop("", "expect_every = \"1d\"");
    let record = refreshed(&project, &[]);
    assert_eq!(source(&record, "till")["newest"], "2024-01-05");
    let told = finding(&record, "source-late")["message"].as_str().expect("text").to_owned();
    assert!(
        told.starts_with("source `till` should bring data every day, but its newest is of 2024-01-05"),
        "{told}"
    );
    let again = refreshed(&project, &[]);
    assert_eq!(again["changed"], false);
    assert!(has(&again, "source-late"));
    assert!(project.run(&["refresh"]).err.contains("warning[source-late]"));
}

/// Six weeks of a hundred lines a day, the last day 2024-02-11.
fn six_weeks(options_of_till: &str) -> Project {
    let project = shop("", options_of_till);
    let first = Date::parse("2024-01-01").expect("a day");
    for day in (0..42).map(|day| first.plus_days(day).to_string()) {
        put(&project, &format!("till_{day}.csv"), &sales(&day, 100));
    }
    project
}

fn sold(project: &Project) -> String {
    project.csv(&["sql", "select count(*) as n from fact_sales"])[1].clone()
}

#[test]
fn a_day_with_far_fewer_rows_than_its_weekday_has_is_told() {
    let project = six_weeks("");
    let record = refreshed(&project, &[]);
    assert!(!has(&record, "volume-unusual"), "{record}");
    put(&project, "till_2024-02-12.csv", &sales("2024-02-12", 99));
    put(&project, "till_2024-02-13.csv", &sales("2024-02-13", 30));
    let record = refreshed(&project, &[]);
    let told = finding(&record, "volume-unusual");
    assert_eq!(
        (&told["severity"], &told["message"]),
        (&"warning".into(), &"source `till`: 2024-02-13 has 30 rows, its weekday usually 100".into())
    );
    assert_eq!(record["tables"]["fact_sales"], 4_329, "a warning publishes");
    let failed = record["checks_failed"].as_array().expect("checks");
    let failed = failed.iter().find(|check| check["table"] == "till").expect("the check");
    assert_eq!((&failed["severity"], &failed["failing_rows"]), (&"warning".into(), &1.into()));
    // It is told once: the next refresh judges the next days.
    put(&project, "till_2024-02-14.csv", &sales("2024-02-14", 104));
    assert!(!has(&refreshed(&project, &[]), "volume-unusual"));
}

#[test]
fn a_critical_volume_keeps_the_old_publication_live_until_somebody_confirms() {
    let project = six_weeks("volume = \"critical\"");
    let before = refreshed(&project, &[]);
    put(&project, "till_2024-02-12.csv", &sales("2024-02-12", 301));
    let failed = project.run(&["refresh"]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    for part in [
        "error[contract-broken]",
        "source `till`: 2024-02-12 has 301 rows, its weekday usually 100",
        "confect refresh --accept-shrink till",
        "the last good publication stays live",
    ] {
        assert!(failed.err.contains(part), "{part}: {}", failed.err);
    }
    assert_eq!(sold(&project), "4200");

    // The failed check is in the history, with the run that was not published.
    let added = project
        .run_with(&["user", "add", "mara", "--role", "owner", "--password-stdin"], crate::support::PASSWORD);
    assert_eq!(added.code, 0, "{}", added.err);
    let server = Server::start(&project, &[]);
    let cookie = server.sign_in(&project, "mara");
    let quality: Value = serde_json::from_str(&server.get("/api/quality", &cookie, &[]).body).expect("json");
    let checks = quality["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["table"] == "till").expect("the check");
    assert_eq!((&check["severity"], &check["passed"]), (&"critical".into(), &false.into()), "{check}");
    assert_eq!(check["history"].as_array().map(Vec::len), Some(2), "{check}");
    drop(server);

    let accepted = refreshed(&project, &["--accept-shrink", "till"]);
    assert_eq!(
        accepted["publication"].as_u64(),
        before["publication"].as_u64().map(|publication| publication + 1)
    );
    assert_eq!(sold(&project), "4501");
    let again = refreshed(&project, &[]);
    assert_eq!(again["changed"], false, "what was confirmed once is not asked again");
}

#[test]
fn critically_late_data_keeps_the_old_publication_live() {
    let project = shop("", "expect_every = \"1d\"");
    refreshed(&project, &[]);
    let own = std::fs::read_to_string(project.path("sources/own.toml")).expect("a file");
    let own = own.replace("expect_every = \"1d\"", "expect_every = \"1d\"\nfreshness = \"critical\"");
    std::fs::write(project.path("sources/own.toml"), &own).expect("a file");
    put(&project, "till_2024-01-06.csv", &sales("2024-01-06", 3));
    let failed = project.run(&["refresh"]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    assert!(failed.err.contains("source `till`: its newest data is of 2024-01-06"), "{}", failed.err);
    assert!(failed.err.contains("the last good publication stays live"), "{}", failed.err);
    assert_eq!(sold(&project), "4");
    // Data of yesterday is in time.
    let written = std::fs::metadata(project.path("sources/own.toml")).and_then(|own| own.modified());
    let now = written.expect("a moment").duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let days = i32::try_from(now.as_secs() / 86_400).expect("a day");
    let yesterday = Date::from_days(days - 1).to_string();
    put(&project, &format!("till_{yesterday}.csv"), &sales(&yesterday, 3));
    let record = refreshed(&project, &[]);
    assert!(!has(&record, "source-late"), "{record}");
    assert_eq!(sold(&project), "10");

    // Another word is refused with those that are known.
    std::fs::write(project.path("sources/own.toml"), own.replace("\"critical\"", "\"fatal\""))
        .expect("a file");
    let refused = project.run(&["check"]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("`fatal`") && refused.err.contains("critical"), "{}", refused.err);
}

#[test]
fn f64_a_file_whose_column_changed_its_type_is_set_aside() {
    let project = shop("", "");
    let text = sales("2024-01-06", 12).replace(",2.00,", ",two,");
    put(&project, "till_2024-01-06.csv", &text);
    let record = refreshed(&project, &[]);
    assert_eq!(record["tables"]["fact_sales"], 4);
    let drift = finding(&record, "schema-drift");
    assert_eq!(
        (&drift["file"], &drift["column"], &drift["rows"]),
        (&"data/till_2024-01-06.csv".into(), &"Price".into(), &12.into())
    );
}

#[cfg(unix)]
#[test]
fn f89_a_pipe_in_the_inbox_is_refused_and_nobody_waits() {
    let project = shop("", "");
    let pipe = project.path("data/till_pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let started = std::time::Instant::now();
    let ran = project.run(&["refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("`data/till_pipe.csv` is a pipe, not a file"), "{}", ran.err);
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn checks_of_a_run_that_failed_by_them_are_kept() {
    let project = shop("", "");
    refreshed(&project, &[]);
    std::fs::create_dir_all(project.path("star")).expect("a folder");
    std::fs::write(project.path("star/dim_twice.sql"), "select 1 as twice_key union all select 1")
        .expect("a file");
    let contract = "grain = \"one row\"\nkey = [\"twice_key\"]\naccess = \"private\"\n\n[[column]]\nname = \"twice_key\"\ntype = \"integer\"\nabout = \"Key.\"\n";
    std::fs::write(project.path("star/dim_twice.toml"), contract).expect("a file");
    let failed = project.run(&["refresh"]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    let added = project
        .run_with(&["user", "add", "mara", "--role", "owner", "--password-stdin"], crate::support::PASSWORD);
    assert_eq!(added.code, 0, "{}", added.err);
    let server = Server::start(&project, &[]);
    let cookie = server.sign_in(&project, "mara");
    let quality: Value = serde_json::from_str(&server.get("/api/quality", &cookie, &[]).body).expect("json");
    let checks = quality["checks"].as_array().expect("checks");
    let first = checks.first().expect("a check");
    assert_eq!((&first["table"], &first["passed"]), (&"dim_twice".into(), &false.into()));
    assert!(
        first["message"].as_str().is_some_and(|text| text.ends_with("(run 2, which was not published)")),
        "{first}"
    );
    let of_sales = checks.iter().find(|check| check["table"] == "fact_sales").expect("a check");
    assert_eq!(of_sales["history"].as_array().map(Vec::len), Some(2));
}
