//! What the commands do and print.

use serde_json::Value;

use crate::support::{Project, confect, shared};

#[test]
fn from_nothing_to_numbers() {
    let project = Project::new();
    assert!(project.path("confect.toml").is_file());
    let checked = project.run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    assert!(checked.err.contains("all definitions are fine") && checked.out.is_empty(), "{}", checked.err);

    let ran = project.run(&["refresh", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let record: Value = serde_json::from_str(ran.out.lines().last().expect("a line")).expect("JSON");
    assert_eq!(record["publication"], 1);
    assert_eq!(
        [
            &record["rows_in"],
            &record["rows_loaded"],
            &record["rows_quarantined"],
            &record["rows_deduplicated"]
        ],
        [9, 7, 1, 1]
    );
    assert_eq!(record["tables"]["fact_sales"], 6);
    assert_eq!(record["tables"]["fact_returns"], 1);
    assert_eq!(record["buckets"]["returns"]["rows"], 1);
    assert!(ran.err.contains("9 rows in = 7 loaded + 1 set aside + 1 duplicates"), "{}", ran.err);
    assert!(ran.err.contains("bad-date"), "{}", ran.err);

    let again = project.run(&["refresh", "--json"]);
    let record: Value = serde_json::from_str(again.out.trim()).expect("JSON");
    assert_eq!((&record["publication"], &record["changed"]), (&Value::from(1), &Value::from(false)));
    assert!(again.err.contains("nothing changed"), "{}", again.err);

    let runs: Value = serde_json::from_str(&project.fine(&["runs", "--json"])).expect("JSON");
    let outcomes: Vec<&str> =
        runs.as_array().expect("runs").iter().filter_map(|run| run["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["unchanged", "done"]);
    assert!(project.fine(&["runs"]).contains("set aside"));
}

#[test]
fn queries_give_exact_numbers_in_every_format() {
    let query = "select cast(sum(revenue) as decimal(18, 2)) as revenue, count(*) as lines from fact_sales";
    assert_eq!(shared().csv(&["sql", query]), ["revenue,lines", "164.6,6"]);
    assert_eq!(
        shared().fine(&["sql", "--format", "json", query]).trim(),
        r#"[{"revenue":"164.6","lines":"6"}]"#
    );
    let table = shared().fine(&["sql", query]);
    assert_eq!(table.lines().collect::<Vec<_>>(), ["revenue  lines", "───────  ─────", "  164.6      6"]);
    let piped = shared().run_with(&["sql", "-", "--format", "csv"], query);
    assert_eq!(piped.out.lines().nth(1).map(str::trim_end), Some("164.6,6"), "{}", piped.err);
}

#[test]
fn metrics_are_the_ones_of_the_dashboard() {
    assert_eq!(shared().csv(&["metric", "net_sales", "orders"]), ["net_sales,orders", "149.6,4"]);
    let by_country = shared().csv(&["metric", "net_sales", "--by", "country"]);
    assert_eq!(by_country, ["country,net_sales", "France,93", "Germany,17.7", "United Kingdom,38.9"]);
    let days = ["metric", "net_sales", "--from", "2011-11-05", "--to", "2011-11-08"];
    assert_eq!(shared().csv(&days), ["net_sales", "-15"]);
    let filtered = ["metric", "net_sales", "--filter", "country=France", "--filter", "country=Germany"];
    assert_eq!(shared().csv(&filtered), ["net_sales", "110.7"]);
    let months = shared().csv(&["metric", "net_sales", "--grain", "month"]);
    assert_eq!(months, ["period,net_sales", "2011-11-01,149.6"]);
}

#[test]
fn one_customer_and_the_quarantine() {
    let card = shared().fine(&["customer", "12583"]);
    assert!(card.lines().any(|line| line.starts_with("country ") && line.ends_with("France")), "{card}");
    assert!(card.lines().any(|line| line.starts_with("net sales ") && line.contains("93.00 GBP")), "{card}");
    let quarantine = shared().fine(&["quarantine", "--format", "csv"]);
    assert!(quarantine.contains("bad-date") && quarantine.contains("2011-11-31"), "{quarantine}");
}

#[test]
fn users_are_added_listed_and_turned_off() {
    let project = Project::new();
    project.fine(&["user", "add", "lena", "--role", "country_manager", "--set", "countries=France,Spain"]);
    let list = project.csv(&["user", "list"]);
    assert!(list[1].starts_with("lena,lena,country_manager,\"countries=France,Spain\",link,"), "{list:?}");
    assert!(project.fine(&["user", "link", "lena"]).starts_with("http://127.0.0.1:8080/sign-in?token="));
    project.fine(&["user", "disable", "lena"]);
    assert!(project.csv(&["user", "list"])[1].contains(",off,"));
    assert_eq!(project.run(&["user", "link", "lena"]).code, 2);
    project.fine(&["user", "enable", "lena"]);
    project.fine(&["user", "set", "lena", "--role", "analyst"]);
    assert!(project.csv(&["user", "list"])[1].contains(",analyst,"));
}

#[test]
fn help_and_completions_are_there() {
    let help = confect(&["--help"]);
    assert!(help.code == 0 && help.out.contains("confect demo"), "{}", help.err);
    for shell in ["bash", "zsh", "fish"] {
        assert!(confect(&["completions", shell]).out.contains("confect"), "{shell}");
    }
    let slip = confect(&["refesh"]);
    assert!(slip.code == 2 && slip.err.contains("'refresh'"), "{}", slip.err);
}
