//! Pages over HTTP: the numbers, the contract's shape, exports.

use crate::support::{Server, kind, kpi, shared, tile};

#[test]
fn a_page_shows_the_numbers_worked_out_by_hand() {
    let server = Server::start(shared(), &[]);
    let cookie = server.sign_in(shared(), "mara");
    let page = server.page(&cookie, "");
    assert_eq!(page["page"]["id"], "overview");
    assert_eq!(page["shop"]["name"], "Small shop");
    assert_eq!((kpi(&page, "net_sales").as_str(), kpi(&page, "orders").as_str()), ("149.6", "4"));
    assert_eq!(page["period"]["range"], "last-12-months");
    assert_eq!(
        (&page["period"]["from"], &page["period"]["to"]),
        (&"2010-11-09".into(), &"2011-11-09".into())
    );
    assert_eq!(page["compare"]["covered"], "none");
    assert_eq!(page["publication"]["rows_quarantined"], 1);
    assert_eq!(page["access"]["limited"], false);

    let trend = kind(&page, "trend");
    assert_eq!(trend["grain"], "week");
    let values = trend["points"].as_array().expect("points");
    assert!(values.iter().any(|point| point["value"].is_null()), "weeks before the data are gaps");
    let last: Vec<&str> = values.iter().rev().take(2).filter_map(|point| point["value"].as_str()).collect();
    assert_eq!(last, ["5.1", "144.5"]);

    let bars = kind(&page, "bars");
    assert_eq!(bars["filter"], "country");
    let keys: Vec<&str> =
        bars["rows"].as_array().expect("rows").iter().filter_map(|row| row["key"].as_str()).collect();
    assert_eq!(keys, ["France", "United Kingdom", "Germany"]);
    let table = kind(&page, "table");
    assert_eq!(table["total_rows"], 4, "postage is no article");
    assert_eq!(table["columns"][0]["type"], "text");
    assert!(
        table["columns"]
            .as_array()
            .expect("columns")
            .iter()
            .any(|column| column["metric"]["id"] == "net_sales")
    );
}

#[test]
fn ranges_filters_and_comparisons_change_the_numbers() {
    let server = Server::start(shared(), &[]);
    let cookie = server.sign_in(shared(), "mara");
    let one = server.page(&cookie, "?country=France&country=Germany&country=Atlantis");
    assert_eq!(kpi(&one, "net_sales"), "110.7");
    let bars = kind(&one, "bars")["rows"].as_array().expect("rows").len();
    assert_eq!(bars, 3, "bars leave their own filter out");
    let country = one["filters"].as_array().expect("filters").iter().find(|filter| filter["id"] == "country");
    assert_eq!(country.expect("a filter")["selected"], serde_json::json!(["France", "Germany", "Atlantis"]));

    let days = server.page(&cookie, "?range=custom&from=2011-11-05&to=2011-11-09&compare=previous");
    assert_eq!(kpi(&days, "net_sales"), "-9.9");
    assert_eq!(days["compare"]["covered"], "full");
    let net =
        days["tiles"].as_array().expect("tiles").iter().find(|tile| tile["metric"]["id"] == "net_sales");
    assert_eq!(net.expect("a tile")["baseline"], "159.5");
    assert_eq!(server.page(&cookie, "?compare=none")["compare"], serde_json::Value::Null);
}

#[test]
fn what_is_not_understood_is_refused() {
    let server = Server::start(shared(), &[]);
    let cookie = server.sign_in(shared(), "mara");
    for query in
        ["?contry=France", "?range=yesterday", "?compare=budget", "?range=custom", "?policy=everything"]
    {
        let answer = server.get(&format!("/api/page/overview{query}"), &cookie, &[]);
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad-parameter"), "{query}");
    }
    for path in [
        "/api/page/secret",
        "/api/page/overview/tile/secret.csv",
        "/api/page/overview/tile/products",
        "/api/none",
        "/api/page/overview/",
    ] {
        assert_eq!(server.get(path, &cookie, &[]).status, 404, "{path}");
    }
    let injected = server.page(&cookie, "?country=France'%20or%20'1'%3D'1");
    assert_eq!(kpi(&injected, "net_sales"), "0");
}

#[test]
fn an_export_is_what_the_tile_shows() {
    let server = Server::start(shared(), &[]);
    let cookie = server.sign_in(shared(), "mara");
    let page = server.page(&cookie, "");
    let id = kind(&page, "bars")["id"].as_str().expect("an id");
    let answer = server.get(&format!("/api/page/overview/tile/{id}.csv"), &cookie, &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"overview-"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let lines: Vec<&str> = answer.body.lines().collect();
    assert_eq!(lines, ["country,net_sales,baseline", "France,93,", "United Kingdom,38.9,", "Germany,17.7,"]);
    let table = kind(&page, "table");
    let csv = server.get(
        &format!("/api/page/overview/tile/{}.csv", table["id"].as_str().expect("an id")),
        &cookie,
        &[],
    );
    assert_eq!(
        csv.body.lines().count(),
        1 + tile(&page, table["id"].as_str().expect("an id"))["rows"].as_array().expect("rows").len()
    );
}
