//! The pages about customers over HTTP, on the small shop: numbers by hand, and who sees whom.

use serde_json::Value;

use crate::support::{Server, shared};

/// The rows of a part.
fn rows<'a>(answer: &'a Value, part: &str) -> &'a Vec<Value> {
    answer[part]["rows"].as_array().unwrap_or_else(|| panic!("no rows in `{part}`: {answer}"))
}

/// The text in a column of each row.
fn column(answer: &Value, part: &str, name: &str) -> Vec<String> {
    rows(answer, part).iter().map(|row| row[name].as_str().unwrap_or("null").to_owned()).collect()
}

fn number(value: &Value) -> f64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no number: {value}"))
}

fn total(answer: &Value, part: &str, name: &str) -> f64 {
    rows(answer, part).iter().map(|row| number(&row[name])).sum()
}

fn get(server: &Server, path: &str, cookie: &str) -> Value {
    let answer = server.get(path, cookie, &[]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// Net 33.80, 93.00 and 17.70; the French customer bought for 108.00 and sent 15.00 back.
#[test]
fn pages_show_what_the_tables_hold() {
    let server = Server::start(shared(), &[]);
    let mara = server.sign_in(shared(), "mara");
    let kinds: Vec<String> = get(&server, "/api/pages", &mara)
        .as_array()
        .expect("pages")
        .iter()
        .map(|page| page["kind"].as_str().unwrap_or_default().to_owned())
        .collect();
    for kind in ["customers", "segments", "cohorts", "value"] {
        assert!(kinds.contains(&kind.to_owned()), "{kinds:?}");
    }

    let segments = get(&server, "/api/segments", &mara);
    assert_eq!(segments["month"], "2011-11-01");
    assert_eq!(segments["before"], Value::Null);
    assert_eq!(segments["migration"], Value::Null);
    assert_eq!(column(&segments, "segments", "segment"), ["Potential Loyalist", "At Risk", "Hibernating"]);
    assert_eq!(column(&segments, "segments", "net_sales"), ["17.7", "93", "33.8"]);
    assert!((total(&segments, "segments", "net_sales_share") - 1.0).abs() < 1e-9);
    assert!((total(&segments, "grid", "customers") - 3.0).abs() < 1e-9);
    assert_eq!(column(&segments, "counts", "whales"), ["1"]);
    assert_eq!(column(&segments, "whales", "customer_id"), ["12583"]);
    assert_eq!(column(&segments, "proof", "verdict"), ["untestable"]);
    assert_eq!(segments["method"]["binning"], "ties_together");

    let cohorts = get(&server, "/api/cohorts?shown=absolute&measure=revenue", &mara);
    assert_eq!(column(&cohorts, "cells", "customers"), ["3"]);
    assert_eq!(column(&cohorts, "cells", "value"), ["144.5"]);
    let each = get(&server, "/api/cohorts?shown=per_customer&measure=orders&definition=first_article", &mara);
    assert_eq!(column(&each, "cells", "value"), ["1", "1", "1"]);

    let value = get(&server, "/api/value", &mara);
    assert_eq!(column(&value, "totals", "customers"), ["3"]);
    assert!(column(&value, "card", "words").contains(&"pooled rate".to_owned()));
    assert!((total(&value, "deciles", "customers") - 3.0).abs() < 1e-9);

    let one = get(&server, "/api/customers/12583", &mara);
    assert_eq!(column(&one, "customer", "monetary"), ["93"]);
    assert_eq!(column(&one, "orders", "order_no"), ["C536379", "536370"]);
    assert_eq!(column(&one, "orders", "revenue"), ["-15", "108"]);
    assert_eq!(column(&one, "articles", "stock_code"), ["22728"]);
    assert_eq!(column(&one, "history", "segment"), ["At Risk"]);
    let places = &rows(&one, "places")[0];
    assert_eq!(places["customers"], "3");
    // Two of three brought less; 15 of 108 came back.
    assert!((number(&places["monetary_below"]) - 2.0 / 3.0).abs() < 1e-3, "{places}");
    assert!((number(&places["return_rate"]) - 15.0 / 108.0).abs() < 1e-3, "{places}");
}

#[test]
fn a_viewer_of_one_country_sees_only_its_customers_on_each_page() {
    let server = Server::start(shared(), &[]);
    let (mara, jean) = (server.sign_in(shared(), "mara"), server.sign_in(shared(), "jean"));
    for path in [
        "/api/segments",
        "/api/cohorts",
        "/api/cohorts?definition=first_country",
        "/api/value",
        "/api/customers",
        "/api/customers?search=536",
        "/api/customers?search=1",
        "/api/customers/12583",
    ] {
        let answer = server.get(path, &jean, &[]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        for hidden in ["12662", "17850", "536365", "536371", "Germany", "United Kingdom"] {
            assert!(!answer.body.contains(hidden), "{path} tells {hidden}: {}", answer.body);
        }
    }
    // Scores and values compare with all customers: not for him.
    let segments = get(&server, "/api/segments", &jean);
    assert_eq!(segments["months"]["hidden"], true, "{segments}");
    assert!(segments.get("segments").is_none() && segments.get("grid").is_none(), "{segments}");
    let cohorts = get(&server, "/api/cohorts", &jean);
    assert_eq!(column(&cohorts, "cells", "customers"), ["1"]);
    assert!(column(&cohorts, "second_purchase", "scope_key").iter().all(|scope| scope != "-1"));
    let value = get(&server, "/api/value", &jean);
    for part in ["totals", "card", "calibration"] {
        assert_eq!(value[part]["hidden"], true, "{part}");
    }
    assert_eq!(column(&get(&server, "/api/customers", &jean), "customers", "customer_id"), ["12583"]);
    assert_eq!(column(&get(&server, "/api/customers/12583", &jean), "places", "customers"), ["1"]);
    // Found by the owner, by id and by order.
    assert_eq!(
        column(&get(&server, "/api/customers?search=126", &mara), "customers", "customer_id"),
        ["12662"]
    );
    assert_eq!(
        column(&get(&server, "/api/customers?search=536371", &mara), "orders", "customer_id"),
        ["12662"]
    );
    let file = |path: &str, cookie: &str| server.get(path, cookie, &[]).body;
    let (all, own) = (file("/api/cohorts.csv", &mara), file("/api/cohorts.csv", &jean));
    assert!(all.starts_with("cohort,") && own.starts_with("cohort,") && all != own, "{all}\n{own}");
    for list in ["champions", "at_risk", "win_back"] {
        let text = file(&format!("/api/customer-lists/{list}.csv"), &jean);
        assert!(!text.contains("12662") && !text.contains("17850"), "{text}");
    }
}

#[test]
fn an_unknown_customer_and_a_hidden_one_are_answered_alike() {
    let server = Server::start(shared(), &[]);
    let jean = server.sign_in(shared(), "jean");
    let told = |id: &str| {
        let answer = server.get(&format!("/api/customers/{id}"), &jean, &[]);
        let mut body = answer.json();
        body["error"]["request_id"] = Value::Null;
        (answer.status, body.to_string().replace(id, "ID"))
    };
    let (status, body) = told("99999");
    assert_eq!(status, 404, "{body}");
    assert!(body.contains("no-such-customer"), "{body}");
    assert_eq!(told("12662"), (status, body));
    let odd = server.get("/api/customers/x'%20or%20'1'='1", &jean, &[]);
    assert_eq!((odd.status, odd.code().as_str()), (404, "no-such-customer"), "{}", odd.body);
    let none = get(&server, "/api/customers?search=%27%20or%201=1%20--", &jean);
    assert!(rows(&none, "customers").is_empty() && rows(&none, "orders").is_empty());
}

#[test]
fn what_cannot_be_asked_is_told() {
    let server = Server::start(shared(), &[]);
    let mara = server.sign_in(shared(), "mara");
    for (path, status, code) in [
        ("/api/segments?as_of=2011-13", 400, "bad-parameter"),
        ("/api/cohorts?measure=profit", 400, "bad-parameter"),
        ("/api/cohorts.csv?grain=day", 400, "bad-parameter"),
        ("/api/customer-lists/everybody.csv", 404, "no-such-page"),
        ("/api/customer-lists/whales.xlsx", 404, "not-found"),
    ] {
        let answer = server.get(path, &mara, &[]);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}: {}", answer.body);
    }
    // A month without customers is empty, not wrong.
    let early = get(&server, "/api/segments?as_of=1999-01", &mara);
    assert!(rows(&early, "segments").is_empty());
}
