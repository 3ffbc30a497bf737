//! Data quality and the quarantine: the account of every row, decisions, mending and reading again.

use serde_json::{Value, json};

use crate::support::{Project, SALES, Server, shared};

fn quality(server: &Server, cookie: &str) -> Value {
    let answer = server.get("/api/quality", cookie, &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

#[test]
fn the_page_accounts_for_every_row_and_every_penny() {
    let server = Server::start(shared(), &[]);
    let quality = quality(&server, &server.sign_in(shared(), "mara"));
    let flows = quality["reconciliation"].as_array().expect("flows");
    let rows = |bucket: &str| {
        flows
            .iter()
            .filter(|flow| flow["bucket"] == bucket)
            .filter_map(|flow| flow["rows"].as_u64())
            .sum::<u64>()
    };
    // Worked out by hand in `support`: nine rows.
    assert_eq!((rows("sales"), rows("returns"), rows("duplicates"), rows("quarantine")), (6, 1, 1, 1));
    assert_eq!(flows.iter().filter_map(|flow| flow["rows"].as_u64()).sum::<u64>(), 9);
    let worth =
        |bucket: &str| flows.iter().find(|flow| flow["bucket"] == bucket).map(|flow| flow["amount"].clone());
    assert_eq!(worth("sales"), Some(json!("164.6")));
    assert_eq!(worth("returns"), Some(json!("-15")));
    assert_eq!(worth("duplicates"), Some(json!("17.7")));
    assert_eq!(worth("quarantine"), Some(json!("2.55")));
    assert!(flows.iter().any(|flow| flow["bucket"] == "sales" && flow["table"] == "fact_sales"));

    let checks = quality["checks"].as_array().expect("checks");
    assert!(checks.len() > 50, "{}", checks.len());
    assert!(checks.iter().all(|check| check["passed"] == true), "{checks:?}");
    assert!(checks.iter().any(|check| check["name"] == "key is unique: invoice_no, line_no"));

    let record = &quality["quarantine"]["rows"][0];
    assert_eq!(
        (&record["line_first"], &record["code"], &record["state"]),
        (&json!(10), &json!("bad-date"), &json!("open"))
    );
    assert!(record["id"].as_str().is_some_and(|id| id.len() == 16), "{record}");
    assert_eq!(quality["quarantine"]["reasons"][0]["open"], 1);

    let steps = quality["runs"][0]["timeline"].as_array().expect("steps");
    assert!(steps.iter().any(|step| step["name"] == "fact_sales"), "{steps:?}");

    let edges = quality["lineage"]["edges"].as_array().expect("edges");
    for edge in [
        json!(["source:online_retail", "stg_sale_lines"]),
        json!(["stg_sale_lines", "fact_sales"]),
        json!(["fact_sales", "metric:net_sales"]),
        json!(["metric:net_sales", "page:overview"]),
    ] {
        assert!(edges.contains(&edge), "{edge} is not among {edges:?}");
    }
    let nodes: Vec<&str> = quality["lineage"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    for end in edges.iter().flat_map(|edge| [&edge[0], &edge[1]]) {
        assert!(end.as_str().is_some_and(|end| nodes.contains(&end)), "{end} is no node");
    }
}

#[test]
fn only_stewards_see_it() {
    let server = Server::start(shared(), &[]);
    let (mara, jean) = (server.sign_in(shared(), "mara"), server.sign_in(shared(), "jean"));
    for path in ["/api/quality", "/api/quarantine.csv"] {
        let refused = server.get(path, &jean, &[]);
        assert_eq!(refused.status, 403, "{path}: {}", refused.body);
        assert!(!refused.body.contains("2011-11-31"), "{}", refused.body);
    }
    let pages = |cookie: &str| server.get("/api/pages", cookie, &[]).body;
    assert!(pages(&mara).contains("quality") && !pages(&jean).contains("quality"));
}

#[test]
fn records_are_ignored_taken_out_mended_and_read() {
    let project = Project::new();
    project.fine(&["refresh"]);
    let listed = project.fine(&["quarantine"]);
    assert!(listed.contains("data/sales.csv:10 [bad-date]") && listed.contains("remedy:"), "{listed}");
    project.fine(&["quarantine", "ignore", "--code", "bad-date"]);
    assert!(project.fine(&["quarantine"]).contains("(ignored)"));
    assert_eq!(project.run(&["quarantine", "ignore"]).code, 2, "which records must be said");
    project.fine(&["quarantine", "reopen", "--source", "online_retail"]);

    // Take the record out, mend it, put it below data/: it is read, and the one in the old file stays.
    let out = project.path("mend");
    let written = project.fine(&["quarantine", "export", "--out", out.to_str().expect("a path")]);
    let text = std::fs::read_to_string(written.trim()).expect("a file");
    assert_eq!(text.lines().next(), SALES.lines().next(), "the heading stands above");
    std::fs::write(project.path("data/sales.mended.csv"), text.replace("2011-11-31", "2011-11-30"))
        .expect("a file");
    project.fine(&["refresh"]);
    assert_eq!(project.csv(&["sql", "select count(*) as n from fact_sales"]), ["n", "7"]);

    // Mend the file itself: nothing is left, and the history says so.
    std::fs::remove_file(project.path("data/sales.mended.csv")).expect("removed");
    std::fs::write(project.path("data/sales.csv"), SALES.replace("2011-11-31", "2011-11-30"))
        .expect("a file");
    let ran = project.run(&["quarantine", "retry"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("bad-date: 1 before, 0 now"), "{}", ran.err);
    assert_eq!(project.csv(&["sql", "select count(*) as n from fact_sales"]), ["n", "7"]);
}
