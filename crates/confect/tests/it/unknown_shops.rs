//! Shops that no profile names: from their files alone to a star, with `init --from`.
//!
//! On the real files where they lie beside the repository; the figures are those that their provenance
//! states, counted with other tools. A small shop of the same kinds is written out here.

use std::path::Path;

use serde_json::Value;

use crate::real_data::shared;
use crate::support::{Project, confect};

/// A project made from every file of a folder but those whose name holds one of `without`.
fn made_from(folder: &Path, without: &[&str]) -> Project {
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path().to_str().expect("a path").to_owned())
        .filter(|path| path.contains(".csv") && !without.iter().any(|part| path.contains(part)))
        .collect();
    files.sort();
    let project = Project::folder();
    let mut arguments = vec!["init", project.text(), "--name", "Unknown shop", "--from"];
    arguments.extend(files.iter().map(String::as_str));
    let made = confect(&arguments);
    assert_eq!(made.code, 0, "{}", made.err);
    project
}

fn refreshed(project: &Project) -> Value {
    let out = project.fine(&["refresh", "--json"]);
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

fn one(project: &Project, sql: &str) -> String {
    project.csv(&["sql", sql])[1].clone()
}

const SALES: &str = "select count(*) as n, count(distinct invoice_no) as orders, round(sum(revenue), 2) as revenue, \
    round(sum(cost_amount), 2) as cost from fact_sales";

#[test]
fn maven_toys_from_its_files_alone() {
    let Some(folder) = shared("data/maven_toys") else { return };
    let project = made_from(&folder, &[]);
    let record = refreshed(&project);
    assert_eq!(record["rows_quarantined"], 0);
    assert_eq!(one(&project, SALES), "829262,829262,14444572.35,10430543.35");
    assert_eq!(one(&project, "select sum(quantity) as units from fact_sales"), "1090565");
    assert_eq!(one(&project, "select count(*) as n from dim_product where product_key <> 0"), "35");
    assert_eq!(one(&project, "select count(*) as n from dim_store where store_key <> 0"), "50");
}

#[test]
fn adventure_works_from_its_files_alone() {
    let Some(folder) = shared("data/adventureworks_csv") else { return };
    let project = made_from(&folder, &[]);
    let record = refreshed(&project);
    assert_eq!(record["rows_quarantined"], 0, "{record}");
    assert_eq!(one(&project, SALES), "56046,25164,24914586.82,14456871.39");
    assert_eq!(one(&project, "select count(*) as n, sum(quantity) as q from fact_returns"), "1809,1828");
    assert_eq!(one(&project, "select count(distinct customer_id) as n from fact_sales"), "17416");
    let customers = "select count(distinct customer_id) as n from dim_customer where customer_key <> 0";
    assert_eq!(one(&project, customers), "18148");
    let categories = project.csv(&["sql", "select category, count(*) as n from dim_product where product_key <> 0 group by category order by category"]);
    assert_eq!(categories[1..], ["Accessories,29", "Bikes,97", "Clothing,35", "Components,132"]);
}

#[test]
fn superstore_from_its_one_flat_file() {
    let Some(folder) = shared("data/superstore") else { return };
    let project = made_from(&folder, &[]);
    refreshed(&project);
    let sales =
        "select count(*) as n, count(distinct invoice_no) as orders, sum(revenue) as revenue from fact_sales";
    assert_eq!(one(&project, sales), "9994,5009,2297200.8603");
    assert_eq!(one(&project, "select count(*) as n from dim_product where product_key <> 0"), "1862");
    assert_eq!(one(&project, "select count(distinct customer_id) as n from fact_sales"), "793");
    // 32 articles carry two names: one row each in the dimension, the other name is an alias.
    let aliases = "select count(*) as n from dim_product where alias_count > 0";
    assert_eq!(one(&project, aliases), "32");
}

const TILL: &str = "\
Bon;Datum;Artikel;Menge;Preis;Kunde
1;03.01.2024 10:00;T1;2;3,50;K1
1;03.01.2024 10:00;T2;1;12,00;K1
2;14.01.2024 11:30;T1;1;3,50;K2
3;15.01.2024 12:00;T2;-1;12,00;K1
4;32.01.2024 12:00;T2;1;12,00;K1
";

const ARTICLES: &str = "\
Artikel;Bezeichnung;Warengruppe
T1;Trüffel;Pralinen
T2;Torte;Kuchen
";

#[test]
fn a_german_shop_with_two_files() {
    let exports = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        // As a till writes it: windows-1252.
        let bytes: Vec<u8> =
            text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect();
        std::fs::write(exports.path().join(name), bytes).expect("a file");
    };
    write("kasse.csv", TILL);
    write("artikel.csv", ARTICLES);
    let project = made_from(exports.path(), &[]);
    let record = refreshed(&project);
    assert_eq!((&record["rows_in"], &record["rows_quarantined"]), (&7.into(), &1.into()), "{record}");
    assert_eq!(project.csv(&["metric", "net_sales", "orders"])[1], "10.5,2");
    let articles = project
        .csv(&["sql", "select description, category from dim_product where product_key <> 0 order by 1"]);
    assert_eq!(articles[1..], ["Torte,Kuchen", "Trüffel,Pralinen"]);
    let aside = project.fine(&["quarantine"]);
    assert!(aside.contains("kasse.csv:6 [bad-date]") && aside.contains("32.01.2024"), "{aside}");
}
