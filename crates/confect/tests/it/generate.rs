//! An invented group, from `generate` to its tables. That what was planted is found stands in `planted`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::support::{Project, confect};

/// Generates into a new project and refreshes it; the manifest and the record of the refresh.
pub(crate) fn invented(project: Project, arguments: &[&str]) -> (Project, Value, Value) {
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
    (project, truth, record)
}

fn truth(data: &Path) -> Value {
    let text = std::fs::read_to_string(data.join("truth.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn count(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// `name,lines,amount` of a query, as the manifest has it.
pub(crate) fn groups(project: &Project, sql: &str) -> BTreeMap<String, (u64, String)> {
    let lines = project.csv(&["sql", sql]);
    let group = |line: &String| {
        let parts: Vec<&str> = line.rsplitn(3, ',').collect();
        let amount: f64 = parts[0].parse().expect("an amount");
        (parts[2].trim_matches('"').to_owned(), (parts[1].parse().expect("a count"), format!("{amount:.2}")))
    };
    lines.iter().skip(1).map(group).collect()
}

/// What the shops have of the article that a rule offers, counted from the files of the newest day.
#[test]
fn rules_tell_the_stock_of_what_they_offer() {
    let arguments = ["--customers", "4000", "--days", "365", "--stores", "2", "--dirt", "0"];
    let (project, truth, _) = invented(Project::empty("generated"), &arguments);
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
    let (project, truth, record) = invented(Project::empty("confectionery"), &arguments);
    let findings = record["findings"].as_array().expect("findings");
    assert!(findings.iter().all(|finding| finding["code"] != "file-not-read"), "{findings:?}");
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
