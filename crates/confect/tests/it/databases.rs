//! A shop whose sale lines sit in PostgreSQL; skipped with a message where there is no server.

use std::path::Path;
use std::process::Command;

use confect_testkit::postgres::{Database, PASSWORD, Server};
use serde_json::Value;

use crate::support::{Project, SALES};

const LINES: &str = "create table lines (\"InvoiceNo\" text, \"StockCode\" text, \"Description\" text, \"Quantity\" int, \"InvoiceDate\" text,
    \"UnitPrice\" numeric(12, 2), \"CustomerID\" text, \"Country\" text)";

/// The small shop's lines as rows.
fn fill(database: &Database<'_>) {
    let quoted = |cell: &str| match cell {
        "" => "null".to_owned(),
        cell => format!("'{cell}'"),
    };
    let rows: Vec<String> = SALES
        .lines()
        .skip(1)
        .map(|line| format!("({})", line.split(',').map(quoted).collect::<Vec<_>>().join(", ")))
        .collect();
    database.run(&format!("{LINES}; insert into lines values {}", rows.join(", ")));
}

/// A project of the template `online-retail`, the database before the files.
fn shop(url: &str, query: &str) -> Project {
    let project = Project::empty("online-retail");
    std::fs::create_dir_all(project.path("sources")).expect("a folder");
    std::fs::create_dir_all(project.path("secrets")).expect("a folder");
    let profile = include_str!("../../../../packs/retail/sources/online-retail.toml");
    let start = profile.find("files = ").expect("files");
    let end = start + profile[start..].find('\n').expect("a line");
    let rest = &profile[end..];
    let columns = rest.find("[source.columns]").expect("columns");
    let text = format!(
        "{}{}[source.database]\nkind = \"postgres\"\nurl = \"file:secrets/db\"\n{query}\n\n{}",
        &profile[..start],
        &rest[..columns],
        &rest[columns..]
    );
    std::fs::write(project.path("sources/online-retail.toml"), text).expect("a file");
    project.write_address(url);
    project
}

impl Project {
    fn write_address(&self, url: &str) {
        let path = self.path("secrets/db");
        std::fs::write(&path, url).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        }
    }
}

fn refreshed(project: &Project) -> Value {
    let out = project.fine(&["refresh", "--json"]);
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

const ASKED: [&str; 3] = [
    "select invoice_no, line_no, stock_code, sold_at, quantity, unit_price, revenue, channel, country, source_line from fact_sales join dim_country using (country_key) order by 1, 2",
    "select invoice_no, line_no, quantity, revenue from fact_returns order by 1, 2",
    "select * from single_customer_view order by customer_id",
];

#[test]
fn rows_of_a_database_make_the_tables_that_the_same_rows_of_a_file_make() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("whole");
    fill(&database);
    let ours = shop(&database.url(), "table = \"lines\"");
    let theirs = Project::new();
    let (record, expected) = (refreshed(&ours), refreshed(&theirs));
    for key in [
        "rows_in",
        "rows_loaded",
        "rows_deduplicated",
        "rows_quarantined",
        "tables",
        "buckets",
        "checks_passed",
    ] {
        assert_eq!(record[key], expected[key], "{key}");
    }
    assert_eq!(record["rows_in"], 9);
    for question in ASKED {
        let tried = theirs.run(&["sql", question]);
        assert_eq!(tried.code, 0, "{question}\n{}", tried.err);
        assert_eq!(ours.fine(&["sql", question]), tried.out, "{question}");
    }
    // Nothing new: nothing is published.
    assert_eq!(refreshed(&ours)["changed"], false);
    database.run("insert into lines values ('536500', '22633', 'HAND WARMER', 3, '2011-11-09 10:00:00', 1.85, '17850', 'United Kingdom')");
    let next = refreshed(&ours);
    assert_eq!((next["changed"].as_bool(), next["rows_in"].as_u64()), (Some(true), Some(10)));
    // The same without the extracts, which may always be deleted.
    std::fs::remove_dir_all(ours.path("state/extracts")).expect("removed");
    assert_eq!(refreshed(&ours)["changed"], false);
}

#[test]
fn a_record_set_aside_names_its_row_and_is_exported_with_its_heading() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("aside");
    fill(&database);
    let project = shop(&database.url(), "query = \"select * from lines order by \\\"InvoiceNo\\\"\"");
    project.fine(&["refresh"]);
    let shown = project.fine(&["quarantine"]);
    assert!(shown.contains("state/extracts/") && shown.contains("2011-11-31"), "{shown}");
    let out = project.path("mend");
    project.fine(&["quarantine", "export", "--out", out.to_str().expect("text")]);
    let files: Vec<_> =
        std::fs::read_dir(&out).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(&files[0]).expect("a file");
    assert!(text.starts_with("InvoiceNo,StockCode,") && text.contains("536401,85123A"), "{text}");
}

/// F66, as far as the tables: what is no number and no moment of a shop is set aside, and money balances.
#[test]
fn values_that_only_a_database_has_are_set_aside() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("odd_values");
    database.run(
        "create type way as enum ('web', 'shop');
         create table lines (no text, code text, qty numeric, price numeric, at timestamptz, country way, who text[]);
         insert into lines select 'A' || n, 'X1', 1, 2.50, timestamptz '2024-01-01 10:00:00+02' + n * interval '1 day', 'web', '{a,b}' from generate_series(1, 400) n;
         insert into lines values ('B1', 'X1', 'NaN', 2.50, '2024-03-01', 'web', null), ('B2', 'X1', 1, 'Infinity', '2024-03-01', 'web', null),
          ('B3', 'X1', 1, 2.50, 'infinity', 'web', null), ('B4', 'X1', 1, 2.50, '0044-03-15 BC', 'web', null)",
    );
    let query = "query = \"\"\"select no as \\\"InvoiceNo\\\", code as \\\"StockCode\\\", qty as \\\"Quantity\\\", price as \\\"UnitPrice\\\", at as \\\"InvoiceDate\\\", country as \\\"Country\\\", who as \\\"CustomerID\\\", code as \\\"Description\\\" from lines\"\"\"";
    let project = shop(&database.url(), query);
    let record = refreshed(&project);
    println!("{}", record["findings"]);
    assert_eq!(
        (record["rows_in"].as_u64(), record["rows_loaded"].as_u64(), record["rows_quarantined"].as_u64()),
        (Some(404), Some(400), Some(4))
    );
    let asked = "select count(*) as n, sum(revenue) as revenue, min(invoice_date) as first from fact_sales";
    // 400 times 2.50.
    assert_eq!(project.csv(&["sql", asked])[1], "400,1000,2024-01-02");
}

/// F69 and S19: exit codes, one line, no secret anywhere.
#[test]
fn what_fails_says_so_and_keeps_the_secret() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("failing");
    fill(&database);
    let project = shop(&database.url(), "table = \"lines\"");
    project.fine(&["check"]);
    let before = refreshed(&project)["publication"].clone();
    let port = server.port();
    let cases = [
        (
            format!("postgres://shop:{PASSWORD}x@127.0.0.1:{port}/failing"),
            3,
            "error[database-login]: source `online_retail`: the server says: password authentication failed for user \"shop\"",
        ),
        (
            format!("postgres://shop:{PASSWORD}@no-such-host.invalid/failing"),
            3,
            "error[database-host-unknown]: source `online_retail`: the host `no-such-host.invalid` cannot be found",
        ),
        (
            format!("postgres://shop:{PASSWORD}@127.0.0.1:{port}/nowhere"),
            3,
            "error[database-missing]: source `online_retail`: the server says: database \"nowhere\" does not exist",
        ),
        (
            format!("mysql://shop:{PASSWORD}@127.0.0.1/failing"),
            2,
            "error[database-address]: source `online_retail`: the address cannot be read: it does not start with `postgres://`",
        ),
    ];
    for (url, code, line) in cases {
        project.write_address(&url);
        let ran = project.run(&["refresh"]);
        assert_eq!(
            (ran.code, ran.err.lines().find(|line| line.starts_with("error"))),
            (code, Some(line)),
            "{}",
            ran.err
        );
        assert!(!ran.err.contains("Zuckerguss") && !ran.out.contains("Zuckerguss"));
    }
    project.write_address(&database.url());
    database.run("alter table lines rename to gone");
    let ran = project.run(&["refresh"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.contains("error[database-query]") && ran.err.contains("\"lines\" does not exist"),
        "{}",
        ran.err
    );
    // The publication of before is live; nowhere in the project is the password, but in its own file.
    database.run("alter table gone rename to lines");
    let after = refreshed(&project);
    assert_eq!((after["changed"].as_bool(), &after["publication"]), (Some(false), &before));
    std::fs::remove_file(project.path("secrets/db")).expect("removed");
    let found =
        Command::new("grep").args(["-rl", "Zuckerguss"]).arg(project.path(".")).output().expect("grep");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    let missing = project.run(&["refresh"]);
    assert_eq!(missing.code, 2, "{}", missing.err);
    assert!(missing.err.contains("error[database-secret]"), "{}", missing.err);
    assert!(Path::new(&project.path("state/extracts/online_retail.csv")).is_file());
    // A source that is no longer a database leaves nothing.
    std::fs::remove_file(project.path("sources/online-retail.toml")).expect("removed");
    std::fs::write(project.path("data/sales.csv"), SALES).expect("a file");
    project.fine(&["refresh"]);
    assert!(!project.path("state/extracts/online_retail.csv").exists());
}

#[test]
fn an_address_may_stand_in_the_environment() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("environment");
    fill(&database);
    let project = shop("", "table = \"lines\"");
    let path = project.path("sources/online-retail.toml");
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(path, text.replace("file:secrets/db", "env:CONFECT_TEST_DB")).expect("a file");
    let unset = project.run(&["refresh"]);
    let line = "error[database-secret]: source `online_retail`: the environment variable `CONFECT_TEST_DB` is not set";
    assert_eq!((unset.code, unset.err.lines().find(|line| line.starts_with("error"))), (2, Some(line)));
    let mut command = Command::new(env!("CARGO_BIN_EXE_confect"));
    command.arg("-C").arg(project.path(".")).arg("refresh").env("CONFECT_TEST_DB", database.url());
    let out = command.output().expect("the program runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}
