//! Customer tables through the whole command: the small shop by hand, real exports against other programs,
//! shops that no method likes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::real_data::{number, refreshed, shared as shared_data, without_deduplication};
use crate::support::{Project, repository, shared};

/// The rows of a query as JSON objects of texts.
fn rows(project: &Project, sql: &str) -> Vec<Value> {
    let out = project.fine(&["sql", "--format", "json", sql]);
    serde_json::from_str::<Vec<Value>>(out.trim()).expect("JSON")
}

/// The pack's file of that name, to be changed for a project.
fn pack(relative: &str) -> String {
    std::fs::read_to_string(repository().join("packs/retail").join(relative)).expect("a file of the pack")
}

fn write(project: &Project, relative: &str, text: &str) {
    let path = project.path(relative);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// Three customers, a day after the last sale of 2011-11-08. Days silent 8, 7, 6; one order each; 33.80, 93.00 and
/// 17.70 net. With three customers a rank of n is a score of `1 + floor(5 (n - 1) / 3)`: 1, 2, 4; one value is 3.
#[test]
fn the_small_shop_is_scored_by_hand() {
    let scores = "select customer_id, recency_days, frequency, monetary, r_score, f_score, m_score, rfm_segment, previous_segment from customer_rfm order by customer_id";
    assert_eq!(
        shared().csv(&["sql", scores])[1..],
        [
            "12583,7,1,93,2,3,4,At Risk,",
            "12662,6,1,17.7,4,3,1,Potential Loyalist,",
            "17850,8,1,33.8,1,3,2,Hibernating,"
        ]
    );
    let view = "select customer_id, favourite_stock_code, next_best_stock_code from single_customer_view order by customer_id";
    // Both articles of 17850 once; the hand warmer brought 18.50, the heart 15.30.
    assert_eq!(shared().csv(&["sql", view])[1..], ["12583,22728,", "12662,22326,", "17850,22633,"]);
    let value = "select v.customer_id, v.model, v.p_alive, v.clv_12m, s.is_at_risk, s.is_whale from customer_value as v inner join customer_signals as s on s.customer_id = v.customer_id order by v.customer_id";
    assert_eq!(
        shared().csv(&["sql", value])[1..],
        [
            "12583,pooled rate,,0,false,true",
            "12662,pooled rate,,0,false,false",
            "17850,pooled rate,,0,false,false"
        ]
    );
    let bins = "select measure, score, customers, value_from, value_to from rfm_bins where measure = 'recency' order by score desc";
    assert_eq!(
        shared().csv(&["sql", bins])[1..],
        ["recency,5,0,,", "recency,4,1,6,6", "recency,3,0,,", "recency,2,1,7,7", "recency,1,1,8,8"]
    );
    let cohort = "select cohort, age, sum(customers) as n, sum(active_customers) as a, sum(revenue) as r from cohort_retention where definition = 'first_month' group by cohort, age";
    assert_eq!(shared().csv(&["sql", cohort])[1..], ["2011-11-01,0,3,3,144.5"]);
    let article = "select cohort, sum(customers) as n from cohort_retention where definition = 'first_article' group by cohort order by cohort";
    assert_eq!(shared().csv(&["sql", article])[1..], ["22326,1", "22633,1", "22728,1"]);
    // One month has none to compare with, and nobody can be seen after it.
    assert_eq!(shared().csv(&["sql", "select count(*) as n from revenue_bridge"])[1], "0");
    assert_eq!(
        shared().csv(&["sql", "select test, verdict from segment_proof"])[1..],
        ["highest,untestable"]
    );
    let card = rows(
        shared(),
        "select words from value_model where name in ('model', 'clv-thin-data') order by position",
    );
    assert_eq!(card[0]["words"], "pooled rate");
    assert!(
        card[1]["words"].as_str().is_some_and(|words| words.contains("0 of 3 customers bought again")),
        "{card:?}"
    );
}

#[test]
fn a_viewer_of_one_country_reads_nothing_about_others() {
    let seen = |sql: &str| shared().csv(&["sql", "--as", "jean", sql])[1..].to_vec();
    for table in ["customer_orders", "customer_articles"] {
        let sql = format!("select distinct customer_id from {table}");
        assert_eq!(seen(&sql), ["12583"], "{table}");
    }
    let cohorts = "select sum(customers) as n, sum(revenue) as r from cohort_retention where definition = 'first_month'";
    assert_eq!(seen(cohorts), ["1,93"]);
    // What is about all customers is not there at all.
    let whole_shop = [
        "customer_rfm",
        "rfm_bins",
        "customer_value",
        "value_model",
        "value_calibration",
        "customer_signals",
        "segment_proof",
    ];
    for table in whole_shop {
        let ran = shared().run(&["sql", "--as", "jean", &format!("select * from {table}")]);
        assert!(ran.code != 0 && ran.out.is_empty(), "{table}: {}", ran.out);
    }
    assert_eq!(seen("select count(*) as n from second_purchase where scope_key = -1"), ["0"]);
    let all = shared().run(&["customer", "12583", "--as", "jean"]);
    assert!(all.code == 0 && all.out.contains("C536379 (returned)"), "{}{}", all.out, all.err);
    assert!(!all.out.contains("segment") && !all.out.contains("next 12 months"), "{}", all.out);
    let other = shared().run(&["customer", "17850", "--as", "jean"]);
    assert!(other.code == 2 && !other.err.contains("did you mean"), "{}", other.err);
}

#[test]
fn one_customer_is_told_whole() {
    let told = shared().fine(&["customer", "12583"]);
    let line = |name: &str| told.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("net sales").ends_with("93.00 GBP: sold 108.00 GBP, returned 15.00 GBP"), "{told}");
    assert!(line("segment").ends_with("At Risk (2-3-4), new within the month"), "{told}");
    assert!(told.contains("last orders") && told.contains("favourite articles"), "{told}");
    let json: Value = serde_json::from_str(&shared().fine(&["customer", "12583", "--json"])).expect("JSON");
    assert_eq!(json["customer"]["monetary"], "93");
    assert_eq!(json["scores"]["rfm_segment"], "At Risk");
    assert_eq!(json["value"]["model"], "pooled rate");
    assert_eq!(json["orders"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["orders"][0]["order_no"], "C536379");
    assert_eq!(json["articles"][0]["stock_code"], "22728");
    let slip = shared().run(&["customer", "12538"]);
    assert!(slip.code == 2 && slip.err.contains("did you mean `12583`?"), "{}", slip.err);
}

#[test]
fn parameters_that_do_not_fit_are_told_before_any_data() {
    let project = Project::new();
    let contract = pack("marts/customer_rfm.toml");
    let sql = pack("marts/customer_rfm.sql");
    write(&project, "marts/customer_rfm.sql", &sql);
    for (good, bad, told) in [
        ("bins = 5", "bins = 12", "parameter `bins` is `12`"),
        ("weights = [1, 1, 1]", "weights = [1, -1, 1]", "parameter `weights`"),
        ("bins = 5", "binz = 5", "unknown parameter `binz`"),
        (
            "segments = \"standard\"",
            "segments = [\"1**,Few\"]",
            "parameter `segments`: 100 of 125 triples have no name",
        ),
        ("bins = 5", "bins = 5\nrecency_thresholds = [9, 3, 1, 0]", "parameter `recency_thresholds`"),
    ] {
        let changed = contract.replacen(good, bad, 1);
        assert_ne!(changed, contract);
        write(&project, "marts/customer_rfm.toml", &changed);
        let ran = project.run(&["check"]);
        assert!(ran.code == 2 && ran.err.contains(told), "{bad}: {}", ran.err);
        assert!(ran.err.contains("customer_rfm.toml:") && ran.err.contains("hint: "), "{bad}: {}", ran.err);
        assert_eq!(ran.err.matches("error[").count(), 1, "once, though two tables have it: {}", ran.err);
    }
    let map = "segments = [\"[45]**,Near\", \"[123]**,Far\"]";
    write(&project, "marts/customer_rfm.toml", &contract.replacen("segments = \"standard\"", map, 1));
    project.fine(&["refresh"]);
    let found =
        project.csv(&["sql", "select customer_id, rfm_segment from customer_rfm order by customer_id"]);
    assert_eq!(found[1..], ["12583,Far", "12662,Near", "17850,Far"]);
    let part = pack("marts/value_model.toml").replace("of = \"customer_value\"", "of = \"customer_valve\"");
    write(&project, "marts/value_model.toml", &part);
    let ran = project.run(&["check"]);
    assert!(ran.err.contains("customer_valve") && ran.err.contains("`customer_value`"), "{}", ran.err);
}

/// Online Retail with the rules of the reference: no line is dropped as a duplicate, returns are not looked at.
#[test]
fn online_retail_is_what_other_programs_say() {
    let Some(data) = shared_data("data/online_retail/online_retail.csv.zst") else { return };
    let Some(folder) = shared_data("reference") else { return };
    let project = Project::empty("online-retail");
    std::fs::copy(data, project.path("data/online_retail.csv.zst")).expect("a copy");
    without_deduplication(&project);
    // The reference counts the last month, of which there are nine days, as well.
    let settings = std::fs::read_to_string(project.path("confect.toml")).expect("settings");
    std::fs::write(project.path("confect.toml"), format!("{settings}whole_months = false\n"))
        .expect("a file");
    let purchases = |table: &str| {
        let sql = pack(&format!("marts/{table}.sql"));
        write(&project, &format!("marts/{table}.sql"), &format!("{}where o.is_purchase\n", sql));
    };
    purchases("customer_value");
    purchases("cohort_retention");
    let bg = pack("marts/customer_value.toml")
        .replace("model = \"auto\"", "model = \"bg\"")
        // 52 weeks in twelve months, as the reference counts.
        .replace("month_days = 30.4375", "month_days = 30.333333333333333");
    write(&project, "marts/customer_value.toml", &bg);
    // The reference counts whole days back from 12:50, so that its days begin at 12:51.
    let shifted = "select f.customer_id, min(d.sole_country_key) as sole_country_key,
        cast(max(f.sold_at) + interval '11 hours 9 minutes' as date) as order_date, true as is_purchase,
        sum(f.revenue) as revenue, cast('2011-12-10' as date) as as_of_date
        from fact_sales as f inner join dim_customer as d on d.customer_id = f.customer_id and d.is_current
        where f.customer_id is not null group by f.customer_id, f.invoice_no\n";
    write(&project, "marts/customer_rfm.sql", shifted);
    let recipe = pack("marts/customer_rfm.toml")
        .replace("binning = \"ties_together\"", "binning = \"quantiles\"\nfrequency = \"rank_quantiles\"")
        .replace("segments = \"standard\"", "segments = \"recency_and_frequency\"");
    write(&project, "marts/customer_rfm.toml", &recipe);
    let record = refreshed(&project);
    assert_eq!(record["tables"]["customer_rfm"].as_u64().map(|rows| rows > 4_338), Some(true));

    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(name)).expect("a file");
        serde_json::from_str(&text).expect("JSON")
    };
    same_scores(&project, &folder.join("online_retail_rfm_per_customer.csv.zst"));
    same_cohorts(&project, &read("online_retail_cohorts.json"));
    same_models(&project, &read("online_retail_clv.json")["freq_D_div_7"]);
    bridges_add_up(&project);
}

fn same_scores(project: &Project, reference: &std::path::Path) {
    let unpacked =
        std::process::Command::new("zstd").args(["-dcq"]).arg(reference).output().expect("zstd runs");
    let text = String::from_utf8(unpacked.stdout).expect("text");
    let expected: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            [0, 5, 3, 7, 8, 9, 10].map(|at| fields[at]).join(",")
        })
        .collect();
    let sql = "select customer_id, recency_days, frequency, r_score, f_score, m_score, rfm_segment from customer_rfm where is_latest order by customer_id";
    let found = project.csv(&["sql", sql]);
    assert_eq!(found.len() - 1, 4_338);
    for (found, expected) in found[1..].iter().zip(&expected) {
        assert_eq!(found, expected);
    }
}

fn same_cohorts(project: &Project, reference: &Value) {
    let sql = "select substr(cohort, 1, 7) as cohort, age, sum(active_customers) as active, round(sum(revenue), 2) as revenue, max(customers) as any_customers
        from cohort_retention where definition = 'first_month' group by cohort, age order by cohort, age";
    let mut cells: BTreeMap<(String, usize), (Option<f64>, Option<f64>)> = BTreeMap::new();
    for row in rows(project, sql) {
        let key = (row["cohort"].as_str().expect("a cohort").to_owned(), number(&row["age"]) as usize);
        let cell = |name: &str| (!row[name].is_null()).then(|| number(&row[name]));
        cells.insert(key, (cell("active"), cell("revenue")));
    }
    let mut seen = 0;
    for (cohort, active) in reference["active_customers"].as_object().expect("cohorts") {
        for (age, expected) in active.as_array().expect("ages").iter().enumerate() {
            let (active, revenue) = cells.get(&(cohort.clone(), age)).copied().expect("a cell");
            assert_eq!(active, expected.as_f64(), "{cohort} {age}");
            let amount = reference["amount"][cohort][age].as_f64();
            let near = revenue.zip(amount).is_none_or(|(left, right)| (left - right).abs() < 0.011);
            assert!(near && revenue.is_some() == amount.is_some(), "{cohort} {age}: {revenue:?} {amount:?}");
            seen += usize::from(expected.is_number());
        }
    }
    assert_eq!((seen, cells.len()), (91, 13 * 13));
}

fn same_models(project: &Project, reference: &Value) {
    let card = rows(project, "select section, name, value from value_model where value is not null");
    let value = |section: &str, name: &str| {
        let row = card.iter().find(|row| row["section"] == section && row["name"] == name);
        number(&row.unwrap_or_else(|| panic!("{section} {name}"))["value"])
    };
    let near = |got: f64, expected: &Value, relative: f64| {
        let expected = number(expected);
        assert!((got - expected).abs() <= relative * expected.abs(), "{got} {expected}");
    };
    let bg = &reference["BG"]["BG_NBD_polished"];
    // `a` and `b` hardly move the likelihood here; the reference has six places of an `a` of 0.0034.
    for (name, relative) in [("r", 1e-5), ("alpha", 1e-5), ("a", 2e-3), ("b", 2e-3)] {
        near(value("purchases", name), &bg[name], relative);
    }
    near(value("model", "log_likelihood"), &reference["BG"]["BG_NBD_loglik_polished"], 1e-8);
    for name in ["p", "q", "v"] {
        near(value("spend", name), &reference["GG"]["GammaGamma_polished"][name], 1e-4);
    }
    assert_eq!(value("model", "customers"), 4_338.0);
    assert_eq!(value("model", "repeat_customers"), 2_790.0);
    near(
        value("model", "expected_orders"),
        &reference["BG"]["sum_conditional_expected_purchases"]["52"],
        1e-4,
    );
    let sums =
        rows(project, "select sum(expected_orders_12m) as orders, avg(p_alive) as alive from customer_value");
    near(number(&sums[0]["orders"]), &reference["BG"]["sum_conditional_expected_purchases"]["52"], 1e-4);
    near(number(&sums[0]["alive"]), &reference["BG"]["mean_p_alive"], 1e-4);
}

/// Components add up to the change, in each scope; net sales of a month are those of the metric, countries add up.
fn bridges_add_up(project: &Project) {
    let sql = "select count(*) as n from (select month, comparison, scope_key, sum(amount) as amount, max(net_sales_after) - max(net_sales_before) as change
        from revenue_bridge group by month, comparison, scope_key) as b where amount <> change";
    assert_eq!(project.csv(&["sql", sql])[1], "0");
    let months = "select month, net_sales_after from revenue_bridge where scope = 'all' and comparison = 'previous_month' and component = 'customers' order by month";
    let found = project.csv(&["sql", months]);
    let metric = project.csv(&[
        "metric",
        "net_sales",
        "--grain",
        "month",
        "--from",
        "2011-01-01",
        "--to",
        "2012-01-01",
    ]);
    assert_eq!(found.len(), 13);
    assert_eq!(found[1..], metric[1..]);
    let countries = "select count(*) as n from (select month, sum(case when scope = 'all' then amount else 0 end) as whole, sum(case when scope = 'country' then amount else 0 end) as parts
        from revenue_bridge where comparison = 'previous_month' group by month) as b where whole <> parts";
    assert_eq!(project.csv(&["sql", countries])[1], "0");
    let year = "select count(distinct month) as n from revenue_bridge where comparison = 'last_year'";
    assert_eq!(project.csv(&["sql", year])[1], "1");
}

#[test]
fn the_confectioner_has_its_customers_valued() {
    let Some(data) = shared_data("data/confectionery") else { return };
    let project = Project::empty("confectionery");
    for name in ["pos_data", "crm_data", "inventory_data"].map(|name| format!("{name}.csv")) {
        std::fs::copy(data.join(&name), project.path("data").join(&name)).expect("a copy");
    }
    refreshed(&project);
    consistent(&project);
    let known = "select count(*) as n from single_customer_view where favourite_category is null";
    assert_eq!(project.csv(&["sql", known])[1], "0");
}

/// What must hold in every shop: one row per buyer everywhere, the same numbers in each table, no word for a number.
fn consistent(project: &Project) {
    let one = |sql: &str| project.csv(&["sql", sql])[1].clone();
    let buyers = one("select count(*) as n from single_customer_view");
    for table in ["customer_rfm where is_latest", "customer_value", "customer_signals"] {
        assert_eq!(one(&format!("select count(*) as n from {table}")), buyers, "{table}");
    }
    let differing = "select count(*) as n from single_customer_view as s inner join customer_rfm as r on r.customer_id = s.customer_id and r.is_latest
        where r.recency_days <> s.recency_days or r.frequency <> s.frequency or r.monetary <> s.monetary or s.as_of_date <> r.as_of_date";
    assert_eq!(one(differing), "0");
    for table in [
        "single_customer_view",
        "customer_value",
        "customer_signals",
        "value_model",
        "segment_proof",
        "cohort_retention",
        "second_purchase",
        "revenue_bridge",
        "rfm_bins",
    ] {
        let text =
            project.fine(&["sql", "--format", "csv", &format!("select * from {table}")]).to_lowercase();
        assert!(!text.split([',', '\n', '\r']).any(|cell| matches!(cell, "nan" | "inf" | "-inf")), "{table}");
    }
    let cohorts =
        "select count(*) as n from cohort_retention where age = 0 and active_customers <> customers";
    assert_eq!(one(cohorts), "0");
}

/// Shops of issue 5 that no method likes: an answer with a caveat, never a failure.
#[test]
fn shops_that_no_method_likes_are_refreshed_all_the_same() {
    let line = |invoice: &str, quantity: i32, day: &str, price: &str, customer: u32| {
        format!("{invoice},22728,ALARM CLOCK,{quantity},{day} 09:00:00,{price},{customer},France\n")
    };
    let head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    let once: String = (0..80)
        .map(|at| {
            line(
                &format!("{}", 5000 + at),
                1 + at % 3,
                &format!("2011-{:02}-15", 1 + at % 12),
                "2.50",
                100 + at as u32,
            )
        })
        .collect();
    let single: String = (1..=9)
        .map(|month| line(&format!("{}", 6000 + month), 2, &format!("2011-0{month}-03"), "3.10", 7))
        .collect();
    let constant: String = (0..60)
        .flat_map(|at| (1..=4).map(move |month| (at, month)))
        .map(|(at, month)| {
            line(
                &format!("{}", 10_000 + at * 10 + month),
                1,
                &format!("2011-0{month}-10"),
                "5.00",
                200 + at as u32,
            )
        })
        .collect();
    let three_days: String = (0..70)
        .map(|at| {
            line(
                &format!("{}", 20_000 + at),
                1,
                &format!("2011-05-0{}", 1 + at % 3),
                "4.00",
                300 + (at % 35) as u32,
            )
        })
        .collect();
    let free_of_net: String = (0..20)
        .flat_map(|at| {
            [
                line(&format!("{}", 30_000 + at), 3, "2011-03-01", "2.00", 400 + at as u32),
                line(&format!("C{}", 31_000 + at), -3, "2011-04-01", "2.00", 400 + at as u32),
            ]
        })
        .collect();
    let only_returns = format!(
        "{}{}",
        line("40000", 1, "2011-03-01", "2.00", 500),
        (0..20)
            .map(|at| line(&format!("C{}", 41_000 + at), -2, "2011-04-01", "2.00", 600 + at as u32))
            .collect::<String>()
    );
    let no_sale: String = (0..9)
        .map(|at| line(&format!("C{}", 51_000 + at), -2, "2011-04-01", "2.00", 700 + at as u32))
        .collect();
    for (name, text, caveat) in [
        ("one-time buyers", once, "clv-thin-data"),
        ("a single customer", single, "clv-thin-data"),
        ("constant values", constant, "rfm-degenerate"),
        ("three days", three_days, "clv-thin-data"),
        ("nothing left after returns", free_of_net, "rfm-net-nonpositive"),
        ("only returns but for one", only_returns, "rfm-credits-only"),
        ("not one sale", no_sale, "proof-no-window"),
    ] {
        let project = Project::empty("online-retail");
        write(&project, "data/sales.csv", &format!("{head}{text}"));
        let record = refreshed(&project);
        let codes: Vec<&str> = record["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter_map(|one| one["code"].as_str())
            .collect();
        assert!(codes.contains(&caveat), "{name}: {codes:?}");
        consistent(&project);
    }
}
