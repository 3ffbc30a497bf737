//! An invented group, from `generate` to its tables: what the warehouse finds is what was planted, to the cent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::support::{Project, confect};

/// Generates into a new project, which `prepare` may change, and refreshes it; the manifest.
pub(crate) fn invented(
    template: &str,
    arguments: &[&str],
    prepare: impl FnOnce(&Project),
) -> (Project, Value) {
    let project = Project::empty(template);
    prepare(&project);
    let data = project.path("data");
    let wrote = confect(&[&["generate", data.to_str().expect("a path")], arguments].concat());
    assert_eq!(wrote.code, 0, "{}", wrote.err);
    let truth = truth(&data);
    let refreshed = project.run(&["refresh", "--json"]);
    assert_eq!(refreshed.code, 0, "{}", refreshed.err);
    let record: Value =
        serde_json::from_str(refreshed.out.lines().last().expect("a record")).expect("a record");
    let rows = |name: &str| record[name].as_u64().expect(name);
    assert_eq!(rows("rows_quarantined"), count(&truth["totals"]["quarantined"]), "{record}");
    assert_eq!(rows("rows_deduplicated"), count(&truth["totals"]["deduplicated"]), "{record}");
    (project, truth)
}

fn truth(data: &Path) -> Value {
    let text = std::fs::read_to_string(data.join("truth.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}

fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// `name,lines,amount` of a query, as the manifest has it.
fn groups(project: &Project, sql: &str) -> BTreeMap<String, (u64, String)> {
    let lines = project.csv(&["sql", sql]);
    let group = |line: &String| {
        let parts: Vec<&str> = line.rsplitn(3, ',').collect();
        let amount: f64 = parts[0].parse().expect("an amount");
        (parts[2].trim_matches('"').to_owned(), (parts[1].parse().expect("a count"), format!("{amount:.2}")))
    };
    lines.iter().skip(1).map(group).collect()
}

fn planted(groups: &Value) -> BTreeMap<String, (u64, String)> {
    let sums = groups.as_object().expect("groups").iter();
    sums.map(|(name, sum)| (name.clone(), (count(&sum["lines"]), text(&sum["amount"]).to_owned())))
        .filter(|(_, (lines, _))| *lines > 0)
        .collect()
}

#[test]
fn what_was_planted_is_found_to_the_cent() {
    let arguments = ["--customers", "900", "--days", "400", "--stores", "3", "--seed", "5", "--dirt", "0.01"];
    let (project, truth) = invented("generated", &arguments, |_| ());
    let whole = |table: &str, amount: &str| {
        let sql = format!("select 'all', count(*), cast(sum({amount}) as decimal(18, 2)) from {table}");
        groups(&project, &sql).remove("all").expect("a row")
    };
    let sum = |name: &str| {
        let sum = &truth["totals"][name];
        (count(&sum["lines"]), text(&sum["amount"]).to_owned())
    };
    assert_eq!(whole("fact_sales", "revenue"), sum("sales"));
    assert_eq!(whole("fact_returns", "revenue"), sum("returns"));
    assert_eq!(whole("fact_adjustments", "amount").0, count(&truth["totals"]["adjustments"]));

    let by = |name: &str, from: &str| {
        groups(
            &project,
            &format!(
                "select {name}, count(*), cast(sum(f.revenue) as decimal(18, 2)) from {from} group by 1"
            ),
        )
    };
    assert_eq!(by("f.store_id", "fact_sales f"), planted(&truth["by_store"]));
    assert_eq!(by("f.store_id", "fact_returns f"), planted(&truth["returns_by_store"]));
    let kinds = by("p.category", "fact_sales f join dim_product p on p.product_key = f.product_key");
    assert_eq!(kinds, planted(&truth["by_category"]));
    let countries = by("c.country", "fact_sales f join dim_country c on c.country_key = f.country_key");
    assert_eq!(countries, planted(&truth["by_country"]));
    let months = truth["by_month"].as_object().expect("months").iter();
    let months: BTreeMap<String, (u64, String)> = months
        .map(|(month, sums)| {
            (
                month.replace('-', ""),
                (count(&sums["sales"]["lines"]), text(&sums["sales"]["amount"]).to_owned()),
            )
        })
        .collect();
    assert_eq!(by("f.date_key / 100", "fact_sales f"), months);

    // Every row set aside is a planted one, by the reader's code for it.
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for line in project.csv(&["quarantine", "--limit", "100000"]).iter().skip(1) {
        for kind in truth["dirt"].as_array().expect("kinds") {
            let code = text(&kind["code"]);
            if kind["bucket"] == "quarantined" && line.split(',').any(|field| field == code) {
                *codes.entry(code.to_owned()).or_default() += 1;
                break;
            }
        }
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for kind in truth["dirt"].as_array().expect("kinds") {
        assert!(count(&kind["lines"]) > 0, "every kind of dirt is there: {kind}");
        if kind["bucket"] == "quarantined" {
            *expected.entry(text(&kind["code"]).to_owned()).or_default() += count(&kind["lines"]);
        }
    }
    assert_eq!(codes, expected);

    // Persons who are in the CRM twice are one, and nobody else is.
    let merged = project.csv(&["identity", "--limit", "100000"]);
    let pairs: BTreeSet<BTreeSet<String>> = merged
        .iter()
        .skip(1)
        .map(|line| line.split(',').take(2).map(|id| id.trim_matches('"').to_owned()).collect())
        .collect();
    let pair =
        |pair: &Value| pair["ids"].as_array().expect("ids").iter().map(|id| text(id).to_owned()).collect();
    let twice: BTreeSet<BTreeSet<String>> =
        truth["duplicate_persons"]["pairs"].as_array().expect("pairs").iter().map(pair).collect();
    assert!(twice.len() >= 15, "{twice:?}");
    assert_eq!(pairs, twice, "{merged:?}");
}

/// What the shops have of the article that a rule offers, counted from the files of the newest day.
#[test]
fn rules_tell_the_stock_of_what_they_offer() {
    let arguments = ["--customers", "4000", "--days", "365", "--stores", "2", "--dirt", "0"];
    let (project, truth) = invented("generated", &arguments, |_| ());
    let newest = text(&truth["spec"]["until"]);
    let file = project.path(&format!("data/stock_levels_{}.csv", &newest[..7]));
    let levels = std::fs::read_to_string(file).expect("a file");
    let mut lines = levels.lines();
    let heading: Vec<&str> = lines.next().expect("a heading").split(',').collect();
    let at = |name: &str| heading.iter().position(|column| *column == name).expect("a column");
    let (day, code, pieces) = (at("as_of"), at("stock_code"), at("on_hand_qty"));
    let mut counted: BTreeMap<String, f64> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[day].starts_with(newest) {
            let on_hand: f64 = fields[pieces].parse().expect("pieces");
            *counted.entry(fields[code].to_owned()).or_default() += on_hand.max(0.0);
        }
    }
    let sql = "select consequent, consequent_on_hand_qty from basket_rules where level = 'article'";
    let rules = project.csv(&["sql", sql]);
    assert!(rules.len() > 1, "{rules:?}");
    for rule in &rules[1..] {
        let (code, pieces) = rule.split_once(',').expect("two columns");
        assert_eq!(pieces.parse::<f64>().ok(), counted.get(code).copied(), "{code}");
    }
    // What was planted is what a shop should read first: the five rules are the first five.
    let first = "select antecedent_list, consequent from basket_rules where level = 'article' order by rule_no limit 5";
    let out = project.fine(&["sql", "--format", "json", first]);
    let out: Vec<Value> = serde_json::from_str(out.trim()).expect("JSON");
    let list = |row: &Value| -> BTreeSet<String> {
        let codes: Value = serde_json::from_str(text(&row["antecedent_list"])).expect("a list");
        let codes = codes.as_array().expect("a list").iter();
        codes.chain([&row["consequent"]]).map(|code| text(code).to_owned()).collect()
    };
    let planted =
        truth["rules"]["planted"].as_array().expect("rules").iter().map(|rule| -> BTreeSet<String> {
            let with = rule["if"].as_array().expect("articles").iter();
            with.chain([&rule["then"]]).map(|code| text(code).to_owned()).collect()
        });
    let (first, planted): (BTreeSet<_>, BTreeSet<_>) = (out.iter().map(list).collect(), planted.collect());
    println!("{first:?}");
    assert_eq!(first, planted);
    let groups = "select count(*) as n from basket_rules where level <> 'article' and consequent_on_hand_qty is not null";
    assert_eq!(project.csv(&["sql", groups])[1], "0");
}

#[test]
fn a_confectionery_project_reads_what_was_generated_as_well() {
    let arguments = ["--customers", "40", "--days", "60", "--dirt", "0", "--format", "csv.gz"];
    let (project, truth) = invented("confectionery", &arguments, |_| ());
    let lines = project.csv(&["sql", "select count(*) from fact_sales"]);
    assert_eq!(lines[1], truth["totals"]["sales"]["lines"].to_string());
    // Five stores, one of which opens within the time, and the web shop.
    assert!((6..=7).contains(&project.csv(&["metric", "orders", "--by", "store"]).len()));
}

#[test]
fn generating_again_leaves_nothing_of_a_longer_time_before() {
    let folder = Project::folder();
    let data = folder.path("data");
    let run = |arguments: &[&str]| {
        let ran = confect(
            &[&["generate", data.to_str().expect("a path"), "--customers", "30"], arguments].concat(),
        );
        assert_eq!(ran.code, 0, "{}", ran.err);
    };
    let files = || -> BTreeMap<String, Vec<u8>> {
        std::fs::read_dir(&data)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, std::fs::read(&path).expect("a file"))
            })
            .collect()
    };
    run(&["--days", "40"]);
    let first = files();
    run(&["--days", "200", "--format", "csv.gz"]);
    assert!(files().len() > first.len());
    std::fs::write(data.join("own.csv"), "mine").expect("a file");
    run(&["--days", "40", "--threads", "3"]);
    let mut again = files();
    assert_eq!(again.remove("own.csv").as_deref(), Some(b"mine".as_slice()));
    assert!(again == first, "the same arguments give the same bytes, and nothing else is left");

    let late = confect(&["generate", data.to_str().expect("a path"), "--until", "2026-02-30"]);
    assert!(late.code == 2 && late.err.contains("YYYY-MM-DD"), "{}", late.err);
    let none = confect(&["generate", data.to_str().expect("a path"), "--stores", "0"]);
    assert!(none.code == 2 && none.err.contains("1..=200"), "{}", none.err);
}
