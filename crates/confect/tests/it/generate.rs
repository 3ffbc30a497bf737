//! An invented group, from `generate` to its tables. That what was planted is found stands in `planted`.

use std::collections::BTreeMap;
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
