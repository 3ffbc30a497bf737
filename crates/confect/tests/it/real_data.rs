//! The real exports, where they lie beside the repository (`../shared`, or `CONFECT_SHARED`); skipped
//! with a message where they do not. Figures: `../shared/reference/`, computed with other tools.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support::Project;

/// A file or folder of the shared data.
pub(crate) fn shared(relative: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let found = std::env::var_os("CONFECT_SHARED").map_or(beside, PathBuf::from).join(relative);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: no {} beside the repository", found.display());
    None
}

pub(crate) fn refreshed(project: &Project) -> Value {
    let out = project.fine(&["refresh", "--json"]);
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

/// Online Retail with the rule of the reference: no line is dropped as a duplicate.
pub(crate) fn without_deduplication(project: &Project) {
    let profile = include_str!("../../../../packs/retail/sources/online-retail.toml");
    let changed = profile.replace("deduplicate = true", "deduplicate = false");
    assert_ne!(profile, changed);
    std::fs::create_dir_all(project.path("sources")).expect("a folder");
    std::fs::write(project.path("sources/online-retail.toml"), changed).expect("a file");
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).expect("a number")
}

#[test]
fn online_retail_agrees_with_the_reference() {
    let Some((data, reference)) =
        shared("data/online_retail/online_retail.csv.zst").zip(shared("reference/online_retail_facts.json"))
    else {
        return;
    };
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(reference).expect("a file")).expect("JSON");
    let facts = &reference["facts"];
    let project = Project::empty("online-retail");
    std::fs::copy(data, project.path("data/online_retail.csv.zst")).expect("a copy");

    let record = refreshed(&project);
    assert_eq!(record["rows_in"], facts["rows"]);
    assert_eq!(record["rows_deduplicated"], facts["duplicate_rows_beyond_first_all_8_columns"]);
    assert_eq!(record["rows_quarantined"], 0);
    // What the peers of benches/star.py find after dropping duplicates.
    assert_eq!(
        project.csv(&["sql", "select count(*) as n, sum(revenue) as revenue from fact_sales"])[1],
        "524877,10631048.744"
    );
    let counts = "select (select count(distinct customer_id) from dim_customer where customer_key <> 0) as customers, \
        (select count(*) from dim_product where product_key <> 0) as articles, \
        (select count(*) from dim_country where country_key <> 0) as countries, \
        (select count(*) from single_customer_view) as buyers, \
        (select count(*) from (select customer_id from dim_customer where customer_key <> 0 group by customer_id having count(distinct country) > 1) as s) as several";
    let expected = [
        "distinct_customers",
        "distinct_stock_codes_uppercase",
        "distinct_countries",
        "customers_rule_SI",
        "customers_with_more_than_one_country",
    ]
    .map(|fact| facts[fact].to_string())
    .join(",");
    assert_eq!(project.csv(&["sql", counts])[1], expected);

    // A loop over the file in Python, with each return taking pieces from the latest sale that has enough.
    let matched = "select count(*) as n, sum(quantity) as q from fact_returns where is_matched";
    assert_eq!(project.csv(&["sql", matched])[1], "7047,245347");

    without_deduplication(&project);
    let record = refreshed(&project);
    assert_eq!(record["rows_deduplicated"], 0);
    let sales = "select count(*) as n, sum(revenue) as revenue from fact_sales";
    let found = project.csv(&["sql", sales])[1].clone();
    assert_eq!(found, format!("{},{}", facts["sales_rows_rule_S"], facts["sales_amount_rule_S"]));
    let identified = "select count(*) as n, sum(revenue) as revenue, count(distinct invoice_no) as i, count(distinct customer_id) as c \
        from fact_sales where customer_id is not null";
    let expected = ["sales_rows_rule_SI", "sales_amount_rule_SI", "invoices_rule_SI", "customers_rule_SI"];
    assert_eq!(project.csv(&["sql", identified])[1], expected.map(|fact| facts[fact].to_string()).join(","));
    let lines = "select (select count(*) from fact_returns) + (select count(*) from fact_adjustments where reason in \
        ('credited_non_merchandise', 'write_off')) as negative, (select count(*) from fact_sales where customer_id is null) + \
        (select count(*) from fact_returns where customer_id is null) + (select count(*) from fact_adjustments where customer_id is null) as unknown, \
        (select count(*) from fact_adjustments where reason in ('sample', 'write_off')) as free, \
        (select count(*) from fact_returns) + (select count(*) from fact_adjustments where reason = 'credited_non_merchandise') as cancelled";
    let expected =
        ["quantity_negative", "null_customer_rows", "price_zero", "cancellation_rows_invoice_starts_C"];
    assert_eq!(project.csv(&["sql", lines])[1], expected.map(|fact| facts[fact].to_string()).join(","));
    let total = "select (select sum(revenue) from fact_sales) - (select sum(revenue) from fact_returns) + (select sum(amount) from fact_adjustments) as total";
    assert_eq!(project.csv(&["sql", total])[1], facts["net_amount_all_rows"].to_string());
    monthly(&project, &facts["monthly"]);
}

/// Revenue, invoices and cancelled amounts of each month.
fn monthly(project: &Project, months: &Value) {
    let sql = "select substr(cast(invoice_date as varchar), 1, 7) as month, round(sum(revenue), 2) as revenue, count(distinct invoice_no) as invoices \
        from fact_sales group by 1 order by 1";
    let found = project.csv(&["sql", sql]);
    let expected: Vec<String> = months
        .as_array()
        .expect("months")
        .iter()
        .map(|month| {
            let text = month["month"].as_str().expect("a month");
            format!("{text},{},{}", month["sales_amount_S"], month["invoices_S"])
        })
        .collect();
    assert_eq!(found[1..], expected);
    let cancelled = "select sum(x) as x from (select -revenue as x from fact_returns union all select amount from fact_adjustments where reason = 'credited_non_merchandise') as c";
    let sum: f64 =
        months.as_array().expect("months").iter().map(|month| number(&month["cancelled_amount_C"])).sum();
    let found: f64 = project.csv(&["sql", cancelled])[1].parse().expect("a number");
    assert!((found - sum).abs() < 0.005, "{found} {sum}");
}

#[test]
fn one_file_a_day_gives_the_same_tables_as_one_file() {
    let Some((whole, daily)) =
        shared("data/online_retail/online_retail.csv.zst").zip(shared("data/online_retail/by-day.tar.zst"))
    else {
        return;
    };
    let (one, many) = (Project::empty("online-retail"), Project::empty("online-retail"));
    std::fs::copy(whole, one.path("data/online_retail.csv.zst")).expect("a copy");
    let unpacked = Command::new("tar")
        .args(["--zstd", "-xf"])
        .arg(daily)
        .arg("-C")
        .arg(many.path("data"))
        .status()
        .expect("tar runs");
    assert!(unpacked.success());
    let (first, second) = (refreshed(&one), refreshed(&many));
    for count in ["rows_in", "rows_loaded", "rows_deduplicated", "rows_quarantined"] {
        assert_eq!(first[count], second[count], "{count}");
    }
    let tables = [
        "select * from single_customer_view order by customer_id",
        "select * from dim_customer order by customer_key",
        "select * from dim_product order by product_key",
        "select invoice_no, line_no, stock_code, quantity, unit_price, revenue, customer_key, country_key from fact_returns order by invoice_no, line_no",
        "select invoice_date, count(*) as n, sum(revenue) as r, sum(quantity) as q, sum(line_no) as l, count(distinct invoice_no) as i from fact_sales group by invoice_date order by invoice_date",
    ];
    for sql in tables {
        assert_eq!(one.csv(&["sql", sql]), many.csv(&["sql", sql]), "{sql}");
    }
}

#[test]
fn the_confectioner_agrees_with_the_reference() {
    let Some((data, reference)) =
        shared("data/confectionery").zip(shared("reference/confectionery_golden.json"))
    else {
        return;
    };
    let reference: Value =
        serde_json::from_str(&std::fs::read_to_string(reference).expect("a file")).expect("JSON");
    let project = Project::empty("confectionery");
    let files =
        ["pos_data", "crm_data", "inventory_data", "current_stock_snapshot", "inventory_transactions"];
    for name in files.map(|name| format!("{name}.csv")) {
        std::fs::copy(data.join(&name), project.path("data").join(&name)).expect("a copy");
    }
    let record = refreshed(&project);
    assert_eq!(record["rows_in"], 1_000 + 100 + 50 + 50 + 1_152);
    assert_eq!(record["rows_loaded"], record["rows_in"]);
    let totals =
        "select count(*) as n, sum(revenue) as r, sum(quantity) as q, sum(cost_amount) as c from fact_sales";
    assert_eq!(project.csv(&["sql", totals])[1], "1000,20235.97,2992,9006.27");
    let by = |column: &str, join: &str| {
        let sql = format!(
            "select {column} as k, sum(f.revenue) as r, sum(f.quantity) as q, sum(f.cost_amount) as c from fact_sales as f {join} group by {column} order by 1"
        );
        project.csv(&["sql", &sql])[1..].to_vec()
    };
    let expected = |group: &str| -> Vec<String> {
        let groups = reference[group].as_object().expect("groups");
        let mut rows: Vec<String> = groups
            .iter()
            .map(|(name, sums)| format!("{name},{},{},{}", sums["revenue"], sums["units"], sums["cogs"]))
            .collect();
        rows.sort();
        rows.iter()
            .map(|row| row.replace(".0,", ","))
            .map(|row| row.strip_suffix(".0").map_or(row.clone(), str::to_owned))
            .collect()
    };
    let product = "join dim_product as p on p.product_key = f.product_key";
    let customer = "join dim_customer as p on p.customer_key = f.customer_key";
    assert_eq!(by("p.category", product), expected("by_category"));
    assert_eq!(by("p.supplier", product), expected("by_supplier"));
    assert_eq!(by("p.loyalty_tier", customer), expected("by_loyalty_tier"));
    assert_eq!(by("f.store_id", ""), expected("by_store"));
    assert_eq!(by("substr(cast(f.invoice_date as varchar), 1, 7)", ""), expected("by_month"));
    stock_agrees(&project, &record, &reference);
}

/// The snapshot, the movements, and the days between them.
fn stock_agrees(project: &Project, record: &Value, reference: &Value) {
    // The snapshot equals the sum of the movements: no check that compares them fails.
    assert_eq!(reference["current_stock_from_transactions_equals_snapshot"], true);
    assert_eq!(record["checks_failed"], Value::Array(Vec::new()));
    let now = "select count(*) as n, sum(on_hand_qty) as q, sum(case when on_hand_qty < 0 then 1 else 0 end) as negative, \
        sum(case when on_hand_qty = 0 then 1 else 0 end) as zero, sum(case when is_low_stock then 1 else 0 end) as low \
        from fact_stock_daily where stock_date = date '2025-08-07'";
    let names =
        ["current_stock_total", "negative_stock_count", "zero_stock_count", "low_stock_count_(<= threshold)"];
    let expected = names.map(|name| reference[name].to_string()).join(",");
    assert_eq!(project.csv(&["sql", now])[1], format!("50,{expected}"));
    let moves = "select kind, count(*) as n, sum(quantity) as q from fact_stock_movements group by kind order by kind";
    let kinds = &reference["inventory_transactions_by_type"];
    let kind = |name: &str, word: &str| format!("{word},{},{}", kinds[name]["rows"], kinds[name]["units"]);
    assert_eq!(project.csv(&["sql", moves])[1..], [kind("Restock", "receipt"), kind("Sale", "sale")]);
    // Articles x days from each one's first movement, those without stock, and their value: summed day by day
    // in Python over the movements.
    let days = "select count(*) as n, sum(case when is_out_of_stock then 1 else 0 end) as o, sum(value_at_cost) as v from fact_stock_daily";
    assert_eq!(project.csv(&["sql", days])[1], "17855,5526,1394740.59");
    let margin = project.csv(&["metric", "gross_margin", "gross_margin_rate", "cost_of_goods"]);
    let expected = ["gross_profit", "gross_margin_pct", "cogs_quantity_times_unit_cost"];
    assert_eq!(margin[1], expected.map(|name| reference[name].to_string()).join(","));
}
