//! Market baskets: the command on files and on a shop, the marts, the page's answers, and who sees what.
//!
//! The basket shop, 130 receipts in two months, each with postage:
//!
//! | country | receipts | articles |
//! |---|--:|---|
//! | United Kingdom | 40 | TEA, JAM |
//! | | 20 | TEA |
//! | | 20 | BUN |
//! | France | 25 | FIG, NUT |
//! | | 10 | FIG |
//! | | 15 | BUN |
//!
//! Of all receipts: JAM 40, TEA 60, both 40, so JAM → TEA is certain with lift 130/60, and TEA → JAM holds in
//! 40 of 60 with the same lift. NUT 25, FIG 35, both 25: lift 130/35. Of the 50 of France, lift 50/35.
//! JAM costs nothing here: no cost is known, so rules add revenue. A jam is 4.00 and a tea 2.00.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::real_data::shared as shared_data;
use crate::support::{Project, Server, confect};

fn sales() -> String {
    let mut text =
        String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    let mut number = 0;
    let mut sell = |receipts: u32, country: &str, articles: &[(&str, &str)]| {
        for receipt in 0..receipts {
            number += 1;
            let month = if receipt % 2 == 0 { "10" } else { "11" };
            // Two receipts each; those with a tea alone are others' than those with a jam.
            let customer = 10_000 + number / 2;
            for (code, price) in articles.iter().chain(&[("POST", "1.00")]) {
                let _ = writeln!(
                    text,
                    "{},{code},The {code},1,2011-{month}-01 08:00:00,{price},{customer},{country}",
                    500_000 + number
                );
            }
        }
    };
    let (tea, jam, bun) = (("TEA", "2.00"), ("JAM", "4.00"), ("BUN", "1.50"));
    sell(40, "United Kingdom", &[tea, jam]);
    sell(20, "United Kingdom", &[tea]);
    sell(20, "United Kingdom", &[bun]);
    sell(25, "France", &[("FIG", "3.00"), ("NUT", "5.00")]);
    sell(10, "France", &[("FIG", "3.00")]);
    sell(15, "France", &[bun]);
    text
}

/// Refreshed, with the owner `mara` and `jean`, who manages France.
fn shop() -> &'static Project {
    static SHOP: OnceLock<Project> = OnceLock::new();
    SHOP.get_or_init(|| {
        let project = Project::empty("online-retail");
        std::fs::write(project.path("data/sales.csv"), sales()).expect("a file");
        project.fine(&["refresh"]);
        project.fine(&["user", "add", "mara", "--role", "owner"]);
        project.fine(&["user", "add", "jean", "--role", "country_manager", "--set", "countries=France"]);
        project
    })
}

fn last_json(out: &str) -> Value {
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("baskets.csv");
    std::fs::write(&path, text).expect("a file");
    let path = path.to_str().expect("a path").to_owned();
    (folder, path)
}

#[test]
fn a_file_needs_no_project_and_rules_read_like_sentences() {
    // Five baskets: milk in 4, bread in 3, both in 3, tea in 1 (and once more in the same basket).
    let (_folder, path) = file("milk,bread\nmilk,bread,tea,tea\nbread,milk\nmilk\neggs\n");
    let ran = confect(&["basket", &path, "--min-support", "2", "--rules"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.out,
        "who buys milk also buys bread: 75 % (1.2 times as often as usual), 3 baskets\n\
         who buys bread also buys milk: 100 % (1.2 times as often as usual), 3 baskets\n"
    );
    assert!(ran.err.contains("read as one basket a line, names"), "{}", ran.err);
    assert!(ran.err.contains("5 baskets of 4 items; 3 itemsets in at least 2 baskets (40 %)"), "{}", ran.err);
    let ran = confect(&["basket", &path, "--min-support", "60%"]);
    assert_eq!(
        ran.out,
        "baskets  support  items\n───────  ───────  ────────────\n      4     80 %  milk\n      3     60 %  milk + bread\n      3     60 %  bread\n"
            .replace("milk + bread", "bread + milk")
    );
    let ran = confect(&["basket", &path, "--min-support", "2", "--maximal", "--json", "--limit", "9"]);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], r#"{"items":["bread","milk"],"baskets":3}"#);
    let summary = last_json(&ran.out);
    let number = |name: &str| summary[name].as_u64().expect("a number");
    assert_eq!((number("baskets"), number("items"), number("itemsets"), number("rules")), (5, 4, 1, 0));
    assert!(summary["seconds"].as_f64().expect("a number") >= 0.0);
}

#[test]
fn large_and_odd_files_end_with_a_word_about_what_was_limited() {
    // A million distinct items in 100,000 baskets of ten.
    let mut text = String::new();
    for basket in 0..100_000_u32 {
        let items: Vec<String> = (0..10).map(|item| (basket * 10 + item).to_string()).collect();
        let _ = writeln!(text, "{}", items.join(" "));
    }
    let (_folder, path) = file(&text);
    let found = last_json(&confect(&["basket", &path, "--min-support", "2", "--json"]).out);
    assert_eq!((found["items"].as_u64(), found["itemsets"].as_u64()), (Some(1_000_000), Some(0)));
    // One basket of 10,000 items among three of two.
    let giant: Vec<String> = (0..10_000).map(|item| item.to_string()).collect();
    let (_folder, path) = file(&format!("{}\n1 2\n1 2\n1 2\n\n", giant.join(" ")));
    let ran = confect(&["basket", &path, "--min-support", "1", "--json"]);
    let found = last_json(&ran.out);
    assert_eq!((found["baskets"].as_u64(), found["itemsets"].as_u64()), (Some(3), Some(3)));
    assert_eq!((found["giant_baskets"].as_u64(), found["largest_giant"].as_u64()), (Some(1), Some(10_000)));
    let told = confect(&["basket", &path, "--min-support", "1"]).err;
    let words = "limited: 1 baskets with more than 5,000 items were left out; the largest has 10,000";
    assert!(told.contains(words), "{told}");
    // One basket; an item in every basket.
    let (_folder, path) = file("1 2\n");
    assert_eq!(
        last_json(&confect(&["basket", &path, "--min-support", "1.0", "--json"]).out)["itemsets"],
        Value::from(3)
    );
}

#[test]
fn ctrl_c_ends_a_search_within_a_second() {
    // 40 items, each in seven of ten of 4,000 baskets: 2^40 itemsets, and nothing that could be left out.
    let (mut text, mut state) = (String::new(), 7_u64);
    for _ in 0..4_000 {
        for item in 0..40 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 33 & 1023 < 716 {
                let _ = write!(text, "{item} ");
            }
        }
        text.push('\n');
    }
    let (_folder, path) = file(&text);
    // A shell that starts the tests in the background has them ignore the signal, and so would the program.
    let mut child = Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_confect")])
        .args(["basket", &path, "--min-support", "2", "--maximal"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().expect("a state").is_none(), "it should still be searching");
    let asked = Instant::now();
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    while child.try_wait().expect("a state").is_none() && asked.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let ended = child.wait().expect("it ends");
    assert!(!ended.success() && asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
}

#[test]
fn the_published_groceries_have_their_published_rules() {
    let Some(path) = shared_data("data/groceries/groceries.csv.zst") else { return };
    let path = path.to_str().expect("a path");
    let ask = |more: &[&str]| {
        let fixed = ["basket", path, "--min-support", "0.006", "--json"];
        last_json(&confect(&[&fixed[..], more].concat()).out)
    };
    let found = ask(&["--rules", "--min-confidence", "0.25"]);
    let number = |found: &Value, name: &str| found[name].as_u64().expect("a number");
    // methods.md 3.3, which agrees with arules and mlxtend.
    assert_eq!((number(&found, "baskets"), number(&found, "items")), (9_835, 169));
    assert_eq!((number(&found, "itemsets"), number(&found, "rules")), (747, 463));
    let found = ask(&["--rules", "--min-confidence", "0.25", "--max-consequent", "3"]);
    assert_eq!(number(&found, "rules"), 467);
    assert_eq!(number(&ask(&["--maximal"]), "itemsets"), 532);
    assert_eq!(number(&ask(&["--closed"]), "itemsets"), 747);
}

#[test]
fn a_refresh_fills_the_marts() {
    let rules = shop().csv(&[
        "sql",
        "select antecedent, consequent, both_baskets, antecedent_baskets, baskets, round(lift, 6) as l, months_held, months_total, added_revenue_amount, added_margin_amount from basket_rules order by rule_no",
    ]);
    // 130/35 = 3.714286, 130/60 = 2.166667. NUT adds 5.00 * (25/35 - 25/130) = 2.61; FIG 3.00 * (1 - 35/130) = 2.19.
    // TEA adds 2.00 * (1 - 60/130) = 1.08 to a receipt with jam; JAM 4.00 * (40/60 - 40/130) = 1.44.
    let mut found = rules[1..].to_vec();
    found.sort();
    assert_eq!(
        found,
        [
            "FIG,NUT,25,35,130,3.714286,2,2,2.6099,",
            "JAM,TEA,40,40,130,2.166667,2,2,1.0769,",
            "NUT,FIG,25,25,130,3.714286,2,2,2.1923,",
            "TEA,JAM,40,60,130,2.166667,2,2,1.4359,",
        ]
    );
    let sets =
        shop().csv(&["sql", "select items, itemset_baskets from basket_itemsets where size = 2 order by 1"]);
    assert_eq!(sets[1..], ["FIG + NUT,25", "JAM + TEA,40"]);
    let none = shop().csv(&["sql", "select count(*) as n from basket_rules where level = 'category'"]);
    assert_eq!(none[1], "0", "no article has a category here");
}

#[test]
fn nobody_is_offered_what_was_bought_and_france_learns_from_france() {
    let offers = shop().csv(&[
        "sql",
        "select n.stock_code, n.because, round(n.score, 4) as s, count(*) as n, min(c.country) as c from customer_next_best as n join dim_country as c on c.country_key = n.sole_country_key group by 1, 2, 3 order by 1",
    ]);
    // Ten customers of the kingdom had tea alone, and jam goes with it in 40 of 60; in France five had figs
    // alone (one of them shares a customer with a receipt of both), and nuts go with them in 25 of 35.
    let kinds: Vec<&str> = offers[1..].iter().map(String::as_str).collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(kinds[0].starts_with("JAM,TEA,0.6667,") && kinds[0].ends_with(",United Kingdom"), "{kinds:?}");
    assert!(kinds[1].starts_with("NUT,FIG,0.7143,") && kinds[1].ends_with(",France"), "{kinds:?}");
    let again = "select count(*) as n from customer_next_best as n join fact_sales as f on f.customer_id = n.customer_id and f.stock_code = n.stock_code";
    assert_eq!(shop().csv(&["sql", again])[1], "0");
    let jean = shop().csv(&["sql", "--as", "jean", "select distinct stock_code from customer_next_best"]);
    assert_eq!(jean[1..], ["NUT"]);
}

#[test]
fn the_command_reads_the_warehouse_as_the_user_sees_it() {
    let ran = shop().run(&["basket", "--min-confidence", "0.2"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let first = "who buys The NUT also buys The FIG: 100 % (3.7 times as often as usual), 25 baskets";
    assert!(ran.out.contains(first), "{}", ran.out);
    assert!(!ran.out.contains("POST"), "{}", ran.out);
    assert!(ran.err.contains("130 baskets of 5 articles"), "{}", ran.err);
    let jean = shop().run(&["basket", "--as", "jean", "--min-support", "0.1"]);
    assert_eq!(jean.code, 0, "{}", jean.err);
    let expected = "who buys The FIG also buys The NUT: 71 % (1.4 times as often as usual), 25 baskets";
    assert!(jean.out.contains(expected) && !jean.out.contains("TEA"), "{}", jean.out);
    assert!(jean.err.contains("50 baskets of 3 articles"), "{}", jean.err);
    let scoped = |more: &[&str]| {
        let fixed = ["basket", "--min-support", "2", "--json"];
        last_json(&shop().fine(&[&fixed[..], more].concat()))["baskets"].as_u64().expect("a number")
    };
    assert_eq!(scoped(&["--country", "France"]), 50);
    assert_eq!(scoped(&["--where", "country=United Kingdom"]), 80);
    assert_eq!(scoped(&["--season", "autumn"]), 130);
    // Every second receipt: 20 + 10 + 10, and 12 + 5 + 7 in France.
    assert_eq!(scoped(&["--from", "2011-11-01"]), 64);
    assert_eq!(scoped(&["--as", "jean", "--from", "2011-11-01"]), 24);
}

#[test]
fn the_page_shows_the_mart_to_the_owner_and_own_receipts_to_others() {
    let server = Server::start(shop(), &[]);
    let (mara, jean) = (server.sign_in(shop(), "mara"), server.sign_in(shop(), "jean"));
    let page = |cookie: &str, query: &str| {
        let answer = server.get(&format!("/api/basket{query}"), cookie, &[]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    let all = page(&mara, "");
    assert_eq!((&all["source"], &all["baskets"]), (&Value::from("mart"), &Value::from(130)));
    assert_eq!(all["rules"].as_array().expect("rules").len(), 4);
    assert_eq!(all["items"][0]["code"], "TEA");
    let own = page(&jean, "");
    assert_eq!((&own["source"], &own["baskets"]), (&Value::from("receipts"), &Value::from(50)));
    let text = own["rules"].to_string();
    assert!(text.contains("The NUT") && !text.contains("JAM"), "{text}");
    // What the owner gets for France is what its manager gets, to the last digit.
    assert_eq!(page(&mara, "?country=France")["rules"], own["rules"]);
    assert!(!own["scopes"].to_string().contains("Kingdom") || own["rules"].to_string().contains("NUT"));

    let ladder = server.get("/api/basket/ladder?item=TEA", &mara, &[]).json();
    assert_eq!(
        (&ladder["item"]["baskets"], &ladder["rungs"][0]["item"]["code"]),
        (&60.into(), &"JAM".into())
    );
    assert_eq!(ladder["others"], serde_json::json!([20, 40, 0, 0, 0]));
    let hidden = server.get("/api/basket/ladder?item=TEA", &jean, &[]);
    assert_eq!((hidden.status, hidden.code().as_str()), (400, "bad-parameter"));
    let cross = server.get("/api/basket/cross?item=TEA&item=JAM&item=FIG", &mara, &[]).json();
    assert_eq!(
        cross["combinations"],
        serde_json::json!([
            { "groups": [0, 1], "baskets": 40 }, { "groups": [2], "baskets": 35 }, { "groups": [0], "baskets": 20 }
        ])
    );
    let csv = server.get("/api/basket.csv", &mara, &[]);
    assert_eq!((csv.status, csv.body.lines().count()), (200, 5));
    assert!(csv.body.contains("JAM,The JAM,TEA,The TEA,40,40,"), "{}", csv.body);
    for wrong in ["?level=articles", "?season=xmas", "?contry=France"] {
        assert_eq!(server.get(&format!("/api/basket{wrong}"), &mara, &[]).status, 400, "{wrong}");
    }
    assert_eq!(server.get("/api/basket/cross?item=TEA", &mara, &[]).status, 400);
    let pages = server.get("/api/pages", &jean, &[]).json();
    assert!(pages.as_array().expect("pages").iter().any(|page| page["kind"] == "basket"));
}

#[test]
fn online_retail_has_the_itemsets_of_the_reference() {
    let Some((data, reference)) = shared_data("data/online_retail/online_retail.csv.zst")
        .zip(shared_data("reference/online_retail_market_basket.json"))
    else {
        return;
    };
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(reference).expect("a file")).expect("JSON");
    // Sales of the kingdom with a price, codes in capitals, postage and the like left out: our own rule.
    let expected = &reference["UK_M2_stockcode_products"];
    let project = Project::empty("online-retail");
    std::fs::copy(data, project.path("data/online_retail.csv.zst")).expect("a copy");
    project.fine(&["refresh"]);
    for (support, name) in [("0.02", "min_support_0.02"), ("0.01", "min_support_0.01")] {
        let all = ["basket", "--country", "United Kingdom", "--min-support", support, "--json"];
        let sharp = ["--unproven", "--min-confidence", "0.3", "--max-consequent", "9"];
        let found = last_json(&project.fine(&[&all[..], &sharp].concat()));
        assert_eq!(found["baskets"], expected["baskets"]);
        // The reference leaves out seven DCGS codes; they are party bags and the like, so they are goods here.
        assert_eq!(found["items"].as_u64(), expected["items"].as_u64().map(|items| items + 7));
        assert_eq!(found["itemsets"], expected[name]["frequent_itemsets"]);
        assert_eq!(found["rules"], expected[name]["min_confidence_0.3"]["rules"]);
    }
    let rules = "select level, count(*) as n, count(distinct min_support) as s, min(lift) as l, max(q_value) as q from basket_rules group by level";
    let found = project.csv(&["sql", rules]);
    println!("{found:?}");
    let counted: u32 = found[1].split(',').nth(1).and_then(|text| text.parse().ok()).expect("a number");
    assert!((50..=5_000).contains(&counted), "{found:?}");
    // The best known pair of that shop: green and roses regency teacups.
    let pair = project.csv(&["sql", "select both_baskets, round(lift, 1) as l from basket_rules where antecedent = '22697' and consequent = '22699'"]);
    assert_eq!(pair.len(), 2, "{pair:?}");
}
