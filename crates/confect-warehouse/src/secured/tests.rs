//! Row security on real publications: what each viewer sees, and that hidden rows change nothing.
//!
//! Two shops are built that differ only in rows that a viewer of France may not see. Every answer
//! and every error must be the same for both, byte for byte (non-interference); that one property
//! covers bypasses that nobody listed.

use std::collections::BTreeMap;
use std::sync::Arc;

use confect_domain::{Problem, Viewer};
use confect_metrics::{Access, Filter, Grain, MetricQuery, authorise_sql};
use confect_project::Project;
use confect_testkit::write_tiny;
use tempfile::TempDir;

use crate::{NoRefreshProgress, Publication, RefreshPlan, Warehouse, refresh};

struct Shop {
    project: Project,
    warehouse: Warehouse,
    publication: Arc<Publication>,
    _folder: TempDir,
}

/// The tiny retailer, its till file rewritten by `change`.
fn shop(change: impl Fn(String) -> String) -> Shop {
    let folder = tempfile::tempdir().expect("a folder");
    write_tiny(folder.path()).expect("the tiny retailer");
    let till = folder.path().join("data/till.csv");
    let text = std::fs::read_to_string(&till).expect("the till file");
    std::fs::write(&till, change(text)).expect("the till file");
    let project = Project::load(folder.path()).expect("a project");
    let warehouse_folder = folder.path().join("warehouse");
    refresh(&warehouse_folder, plan(&project), "2026-11-21T08:00:00Z", &NoRefreshProgress)
        .expect("a refresh");
    let warehouse = Warehouse::open(&warehouse_folder).expect("a warehouse");
    let publication = warehouse.latest().expect("readable").expect("a publication");
    Shop { project, warehouse, publication, _folder: folder }
}

fn plan(project: &Project) -> RefreshPlan {
    let inputs = project.find_inputs().expect("inputs");
    RefreshPlan {
        identity: project.identity.clone(),
        growing_files: Vec::new(),
        accept_shrink: Vec::new(),
        sources: inputs
            .into_iter()
            .map(|(index, files)| (project.sources[index].spec.clone(), files))
            .collect(),
        models: project.models.clone(),
        seeds: project.seeds.clone(),
        currency: project.shop.currency.clone(),
        whole_months: true,
        part_bytes: None,
        as_of: project.shop.as_of,
        calendar: project.shop.calendar,
        fingerprint: project.fingerprint.clone(),
        full: false,
        unread_files: Vec::new(),
    }
}

fn access(shop: &Shop, role: &str, attribute: &str, values: &[&str]) -> Access {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let viewer = Viewer {
        name: "mara".into(),
        roles: vec![role.into()],
        attributes: BTreeMap::from([(attribute.to_owned(), values)]),
    };
    Access::of(&viewer, &shop.project.roles)
}

fn france(shop: &Shop) -> Access {
    access(shop, "country_manager", "countries", &["France"])
}

/// The answer as text, or the error as the viewer is told it.
fn ask(shop: &Shop, access: &Access, sql: &str) -> String {
    let query = match authorise_sql(sql, access) {
        Ok(query) => query,
        Err(error) => return Problem::from(error).to_string(),
    };
    match shop.warehouse.query(&shop.publication, &query) {
        Ok(result) => {
            let mut text = result.columns().join("|");
            for row in result.to_rows() {
                let cells: Vec<String> =
                    row.into_iter().map(|cell| cell.unwrap_or_else(|| "∅".into())).collect();
                text.push('\n');
                text.push_str(&cells.join("|"));
            }
            text
        }
        Err(error) => Problem::from(error).to_string(),
    }
}

/// Rows of Spain get other amounts, pieces, customers and receipts; one more row appears.
fn with_other_spain(text: String) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if cells.get(9).is_some_and(|country| country == "Spain") {
                cells[0] = cells[0].replace("10", "77");
                cells[7] = "777777.77".into();
                cells[8] = format!("CANARY-{}", cells[0]);
            }
            cells.join(",")
        })
        .collect();
    let extra = "7799,1,2026-03-16 10:21:00,S,A2,Nougat bar,3,3.50,CANARY-EXTRA,Spain";
    lines.join("\n") + "\n" + extra + "\n"
}

#[test]
fn the_owner_sees_the_hand_worked_numbers() {
    let shop = shop(|text| text);
    let owner = Access::owner();
    let cases = [
        ("select count(*), sum(revenue), sum(cost_amount) from fact_sales", "15|133|52"),
        (
            "select count(*), sum(revenue), sum(case when is_matched then 1 else 0 end) from fact_returns",
            "1|5|1",
        ),
        (
            "select reason, sum(quantity) from fact_adjustments group by reason order by reason",
            "sample|1\nwrite_off|-2",
        ),
        (
            "select recency_days, frequency, monetary from single_customer_view where customer_id = 'C01'",
            "58|2|18.5",
        ),
        (
            "select recency_days, frequency, monetary from single_customer_view where customer_id = 'C02'",
            "86|1|15",
        ),
        ("select count(*) from single_customer_view", "11"),
        // Thirteen ids: C03 and C13 share an e-mail address and are one person.
        ("select count(*) from dim_customer where customer_key <> 0", "12"),
        ("select original_invoice_no from fact_returns", "1002"),
    ];
    for (sql, expected) in cases {
        let answer = ask(&shop, &owner, sql);
        assert_eq!(answer.split_once('\n').map(|(_, rows)| rows), Some(expected), "{sql}\n{answer}");
    }
    let publication = &shop.publication;
    assert_eq!(
        (publication.rows_in, publication.rows_deduplicated, publication.rows_quarantined),
        (24 + 13 + 5 + 2, 1, 5)
    );
    let buckets: Vec<String> = publication
        .buckets
        .iter()
        .map(|bucket| format!("{} {} {}", bucket.name, bucket.rows, bucket.amount))
        .collect();
    assert_eq!(
        buckets,
        [
            "adjustments: sample 1 0",
            "adjustments: write_off 1 0",
            "returns 1 -5",
            "sales 15 133",
            "duplicates 1 4",
            "quarantine 5 10"
        ]
    );
}

#[test]
fn each_viewer_sees_its_own_rows_and_disjoint_viewers_add_up() {
    let shop = shop(|text| text);
    let sum = "select count(*), sum(revenue) from fact_sales";
    assert_eq!(ask(&shop, &france(&shop), sum), "count(*)|sum(fact_sales.revenue)\n9|80.5");
    let spain = access(&shop, "country_manager", "countries", &["Spain"]);
    assert_eq!(ask(&shop, &spain, sum), "count(*)|sum(fact_sales.revenue)\n6|52.5");
    let both = access(&shop, "country_manager", "countries", &["Spain", "France"]);
    assert_eq!(ask(&shop, &both, sum), ask(&shop, &Access::owner(), sum));
    let south = access(&shop, "store_manager", "stores", &["S"]);
    assert_eq!(ask(&shop, &south, sum), ask(&shop, &spain, sum));
    assert_eq!(ask(&shop, &france(&shop), "select country from dim_country"), "country\nFrance");
    assert_eq!(ask(&shop, &france(&shop), "select count(*) from single_customer_view"), "count(*)\n6");
}

#[test]
fn hidden_and_unknown_tables_are_told_apart_by_nothing() {
    let shop = shop(|text| text);
    let south = access(&shop, "store_manager", "stores", &["S"]);
    let hidden = ask(&shop, &south, "select * from single_customer_view");
    let unknown = ask(&shop, &south, "select * from single_customer_veiw");
    assert_eq!(hidden.replace("single_customer_view", "single_customer_veiw"), unknown);
    for role in ["nobody", "no_such_role"] {
        let nobody = access(&shop, role, "countries", &["France"]);
        for table in ["fact_sales", "dim_product", "dim_date", "quarantine", "stg_sale_lines"] {
            let answer = ask(&shop, &nobody, &format!("select count(*) from {table}"));
            assert!(answer.starts_with("error["), "{role} {table}: {answer}");
        }
    }
    let empty = access(&shop, "country_manager", "countries", &[]);
    assert_eq!(
        ask(&shop, &empty, "select count(*), sum(revenue) from fact_sales"),
        "count(*)|sum(fact_sales.revenue)\n0|∅"
    );
    assert!(ask(&shop, &Access::owner(), "select * from quarantine").starts_with("error["));
}

/// Attempts that have worked against other tools, or against a plain filter on this engine.
const ATTEMPTS: &[&str] = &[
    "select count(*) from fact_sales where 1 / (revenue - 777777.77) > 0",
    "select count(*) from fact_sales where cast(substr(customer_id, 2) as int) > 0",
    "select count(*) from fact_sales where case when customer_id like 'CANARY%' then 1 / 0 else 1 end = 1",
    "select sum(revenue * cast('99999999999999999999999999999999' as decimal(38, 0))) from fact_sales",
    "select customer_id, cast(revenue as decimal(6, 4)) from fact_sales",
    "select (select max(revenue) from fact_sales), (select min(customer_id) from fact_sales)",
    "select d.country from dim_country as d where exists (select 1 from fact_sales as f where f.country_key = d.country_key)",
    "select d.country, m.top from dim_country as d cross join lateral (select max(f.revenue) as top from fact_sales as f where f.country_key = d.country_key) as m",
    "with fact_sales as (select * from fact_sales) select count(*), max(revenue) from fact_sales",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < (select count(*) from fact_sales)) select max(n) from r",
    "select count(*) from fact_sales as a cross join fact_sales as b",
    "select revenue from fact_sales union all select revenue from fact_returns order by 1",
    "select customer_id from fact_sales except select customer_id from dim_customer order by 1",
    "select c.customer_id from dim_customer as c where c.customer_id not in (select f.customer_id from fact_sales as f where f.customer_id is not null) order by 1",
    "select d.date, count(f.revenue) from dim_date as d left join fact_sales as f on f.date_key = d.date_key group by d.date order by d.date",
    "select count(*), min(revenue), max(revenue), min(customer_id), max(customer_id) from fact_sales",
    "select approx_distinct(customer_id), approx_percentile_cont(cast(revenue as double), 0.99) from fact_sales",
    "select invoice_no, rank() over (order by revenue desc), sum(revenue) over () from fact_sales order by invoice_no, line_no",
    "select customer_id from fact_sales order by revenue desc limit 3",
    "select customer_id from fact_sales limit 0",
    "select country, customer_id from dim_customer order by customer_id",
    "select name, country from dim_store order by name",
    "select * from single_customer_view order by customer_id",
    "select * from customer_orders order by customer_id, order_no, is_purchase",
    "select * from customer_articles order by customer_id, place",
    "select * from cohort_retention order by definition, cohort, sole_country_key, age",
    "select * from second_purchase order by scope_key, days",
    "select * from revenue_bridge order by month, comparison, scope_key, position",
    "select * from customer_rfm",
    "select * from rfm_bins",
    "select * from customer_value",
    "select * from value_model",
    "select * from value_calibration",
    "select * from customer_signals",
    "select * from segment_proof",
    "select count(*) from fact_returns",
    "select regexp_match(customer_id, '(') from fact_sales",
    "select to_timestamp(customer_id) from fact_sales where customer_id like 'CAN%'",
    "select sum(revenue) over (order by sold_at rows between unbounded preceding and current row) from fact_sales order by sold_at, line_no",
    "select p.description, sum(f.revenue) from fact_sales as f join dim_product as p on p.product_key = f.product_key group by 1 order by 1",
    "explain select * from fact_sales",
    "explain analyze select * from fact_sales",
    "describe fact_sales",
    "show tables",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_class",
    "copy (select 1) to 'stolen.csv'",
    "explain analyze copy fact_sales to 'stolen.parquet'",
    "create external table t stored as parquet location 'tables/fact_sales'",
    "create view v as select 1",
    "select * from 'tables/fact_sales'",
    "select * from generate_series(1, 3)",
    "set datafusion.execution.target_partitions = 1",
    "select 1; select 2",
    "select * from confect.shop.quarantine",
    "select * from stg_sale_lines",
    "select surrogate_key('Spain')",
    "select count(*) from fact_sales where country_key in (select country_key from dim_country where country <> 'France')",
    "select count(*) from fact_sales where revenue > 777777",
    "select count(*) from fact_sales where customer_id = 'CANARY-EXTRA'",
    "select count(*) from fact_sales where customer_id >= 'CANARY' and customer_id <= 'CANARZ'",
    "select count(*) filter (where revenue > 100) from fact_sales group by rollup (country_key)",
    "select string_agg(customer_id, ',' order by customer_id) from fact_sales",
    "select sum(cast(revenue as double)) from fact_sales",
    "select count(*) from fact_sales f join fact_returns r on r.customer_id = f.customer_id",
    "select count(*) from fact_sales f full join dim_customer c on c.customer_id = f.customer_id",
    "values (1), ((select max(revenue) from fact_sales))",
];

#[test]
fn no_listed_attempt_tells_hidden_rows_apart() {
    let (one, other) = (shop(|text| text), shop(with_other_spain));
    let control = "select max(revenue) from fact_sales";
    assert_ne!(
        ask(&one, &Access::owner(), control),
        ask(&other, &Access::owner(), control),
        "the shops must differ"
    );
    for sql in ATTEMPTS {
        let (first, second) = (ask(&one, &france(&one), sql), ask(&other, &france(&other), sql));
        assert_eq!(first, second, "{sql}");
        assert!(!second.contains("rls-verify"), "{sql}: {second}");
        assert!(!second.contains("CANARY") && !second.contains("777777"), "{sql}: {second}");
    }
}

#[test]
fn no_generated_query_tells_hidden_rows_apart() {
    let (one, other) = (shop(|text| text), shop(with_other_spain));
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..400 {
        let sql = generated(&mut seed);
        let (first, second) = (ask(&one, &france(&one), &sql), ask(&other, &france(&other), &sql));
        assert_eq!(first, second, "{sql}");
    }
}

fn pick<'a>(seed: &mut u64, from: &[&'a str]) -> &'a str {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    from[(*seed % from.len() as u64) as usize]
}

fn generated(seed: &mut u64) -> String {
    let table = pick(seed, &["fact_sales", "fact_returns", "fact_sales"]);
    let value = |seed: &mut u64| {
        pick(
            seed,
            &[
                "revenue",
                "quantity",
                "1 / (revenue - 5)",
                "1 / quantity",
                "cast(customer_id as int)",
                "length(customer_id)",
                "revenue * revenue * 1000000",
                "unit_price / nullif(quantity, 1)",
                "cast(substr(invoice_no, 2) as int)",
            ],
        )
    };
    let aggregate = |seed: &mut u64| pick(seed, &["count", "sum", "min", "max", "avg", "count"]);
    let test = |seed: &mut u64| {
        pick(
            seed,
            &[
                "revenue > 5",
                "1 / (revenue - 777777.77) < 1",
                "customer_id like 'C%'",
                "cast(substr(customer_id, 2) as int) > 3",
                "invoice_date >= date '2026-02-01'",
                "country_key is not null",
                "stock_code in ('A1', 'A4')",
                "quantity between 1 and 3",
                "customer_id is null",
                "store_id = 'S'",
            ],
        )
    };
    let group = pick(seed, &["stock_code", "store_id", "country_key", "invoice_date", "customer_id"]);
    let (first, second) = (value(seed), value(seed));
    let (one, two) = (aggregate(seed), aggregate(seed));
    let (left, right) = (test(seed), test(seed));
    let glue = pick(seed, &["and", "or", "and not"]);
    match pick(seed, &["plain", "group", "join", "sub"]) {
        "plain" => format!("select {one}({first}), {two}({second}) from {table} where {left} {glue} {right}"),
        "group" => format!(
            "select {group}, {one}({first}) from {table} where {left} group by {group} having count(*) > 0 order by {group}"
        ),
        "join" => format!(
            "select d.country, {one}(f.revenue) from (select * from {table} where {left} {glue} {right}) as f join dim_country as d on d.country_key = f.country_key group by d.country order by d.country"
        ),
        _ => format!(
            "select invoice_no, line_no from {table} where revenue >= (select {one}({first}) from fact_sales where {left}) order by 1, 2"
        ),
    }
}

#[test]
fn metrics_obey_the_same_policy() {
    let shop = shop(|text| text);
    let query = |by: &[&str], filters: Vec<Filter>| MetricQuery {
        metrics: ["net_sales", "orders", "aov", "units", "active_customers", "returns_rate"]
            .map(str::to_owned)
            .to_vec(),
        by: by.iter().map(|name| (*name).to_owned()).collect(),
        grain: None,
        period: None,
        filters,
        order: None,
        limit: None,
        offset: 0,
    };
    let run = |query: &MetricQuery, access: &Access| {
        let query = shop.project.catalogue.authorise(query, access).expect("authorised");
        let result = shop
            .warehouse
            .query(&shop.publication, &query)
            .unwrap_or_else(|error| panic!("{error:?}\n{}", query.sql()));
        result
            .to_rows()
            .into_iter()
            .map(|row| {
                row.into_iter().map(|cell| cell.unwrap_or_else(|| "∅".into())).collect::<Vec<_>>().join("|")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run(&query(&[], Vec::new()), &Access::owner()), ["128|13|9.8462|56|11|0.037594"]);
    assert_eq!(
        run(&query(&["country"], Vec::new()), &Access::owner()),
        ["France|80.5|7|11.5|40|6|0", "Spain|47.5|6|7.9167|16|5|0.095238"]
    );
    assert_eq!(run(&query(&["country"], Vec::new()), &france(&shop)), ["France|80.5|7|11.5|40|6|0"]);
    let spain = vec![Filter { dimension: "country".into(), values: vec!["Spain".into()] }];
    let hidden = run(&query(&[], spain), &france(&shop));
    assert_eq!(hidden.len(), 1, "{hidden:?}");
    assert!(!hidden[0].contains("47.5"), "{hidden:?}");
    let monthly = MetricQuery {
        metrics: vec!["net_sales".into()],
        grain: Some(Grain::Month),
        ..query(&[], Vec::new())
    };
    assert_eq!(run(&monthly, &Access::owner()), ["2026-01-01|48.5", "2026-02-01|28", "2026-03-01|51.5"]);
}

#[test]
fn a_second_refresh_changes_nothing_and_other_file_order_gives_the_same_tables() {
    let first = shop(|text| text);
    let folder = first._folder.path().join("warehouse");
    let again = refresh(&folder, plan(&first.project), "2026-11-21T09:00:00Z", &NoRefreshProgress)
        .expect("a refresh");
    assert!(!again.changed);
    assert_eq!(again.publication, 1);
    let full = RefreshPlan { full: true, ..plan(&first.project) };
    let rebuilt = refresh(&folder, full, "2026-11-21T10:00:00Z", &NoRefreshProgress).expect("a refresh");
    assert!(rebuilt.changed);
    let second = first.warehouse.latest().expect("readable").expect("a publication");
    let files = |publication: &Publication| -> Vec<_> {
        publication
            .tables
            .iter()
            .map(|table| (table.name.clone(), table.version, table.files.clone()))
            .collect()
    };
    assert_eq!(files(&second), files(&first.publication), "the same rows give the same files");
}
