//! Every entity through a whole refresh: the full retailer of the test kit, whose numbers are worked out
//! there by hand; what happens to currencies without a rate; and what a viewer of a country may see.

use serde_json::Value;

use crate::support::Project;

fn refreshed(project: &Project) -> Value {
    let out = project.fine(&["refresh", "--json"]);
    serde_json::from_str(out.lines().last().expect("a line")).expect("JSON")
}

fn rows(project: &Project, sql: &str) -> Vec<String> {
    project.csv(&["sql", sql])[1..].to_vec()
}

fn metrics(project: &Project, names: &[&str], more: &[&str]) -> Vec<String> {
    project.csv(&[&["metric"], names, more].concat())[1..].to_vec()
}

#[test]
fn the_full_retailer_adds_up_as_by_hand() {
    let project = Project::full();
    let record = refreshed(&project);
    // A kind of movement and a period that nobody knows; the rest are the tiny retailer's.
    assert_eq!(record["rows_quarantined"], 5 + 2);
    let mut failed: Vec<(&str, &str)> = record["checks_failed"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| (check["table"].as_str().unwrap_or(""), check["name"].as_str().unwrap_or("")))
        .collect();
    failed.sort_unstable();
    // One count found a piece less than the books, one movement was delivered twice.
    assert_eq!(
        failed,
        [
            ("fact_stock_daily", "accepted values: count_difference_qty"),
            ("fact_stock_movements", "accepted values: delivery_count")
        ]
    );
    money(&project);
    stock(&project);
    versions(&project);
    books(&project);
    points_and_targets(&project);
    let suppliers = "select supplier, lead_time_days, lead_time_sd_days, min_order_qty, is_inferred from dim_supplier where supplier_key <> 0";
    assert_eq!(rows(&project, suppliers), ["Cocoa & Co,14,2.5,100,false"]);
    let days = "select date, is_trading_day, event_names, is_holiday, is_promotion, is_closure from dim_date where event_names is not null order by date";
    assert_eq!(
        rows(&project, days),
        [
            "2026-01-01,false,New Year,false,false,true",
            "2026-01-06,false,Epiphany,true,false,false",
            "2026-02-14,false,Carnival; Valentine's Day,false,true,false"
        ]
    );
    // Twice the same is the same.
    assert_eq!(refreshed(&project)["changed"], false);
}

fn money(project: &Project) {
    assert_eq!(rows(project, "select sum(revenue) as r from fact_sales"), ["145.9"]);
    let web = "select invoice_no, revenue, currency, original_currency, original_amount, cost_amount from fact_sales where original_amount is not null order by 1";
    assert_eq!(rows(project, web), ["W1,7.2,EUR,USD,8,3", "W2,5.7,EUR,USD,6,2.2"]);
    let returns = "select invoice_no, revenue, is_matched, original_invoice_no, original_date_key from fact_returns order by 1";
    assert_eq!(
        rows(project, returns),
        ["C1008,5,true,1002,20260105", "W4,7.6,true,W1,20260310", "W5,3.8,false,,"]
    );
    let channels = metrics(project, &["net_sales"], &["--by", "channel"]);
    assert_eq!(channels, ["Unknown,128", "web,1.5"]);
    assert_eq!(metrics(project, &["cost_of_goods", "gross_margin"], &[]), ["51.3,74.2"]);
}

fn stock(project: &Project) {
    let ends = "select stock_date, store_id, on_hand_qty, on_order_qty, value_at_cost, is_out_of_stock, count_difference_qty from fact_stock_daily \
        where stock_date in (date '2026-01-04', date '2026-02-28', date '2026-03-31') order by 1, 2";
    assert_eq!(
        rows(project, ends),
        [
            "2026-01-04,N,20,5,40,false,",
            "2026-01-04,S,5,,10,false,",
            "2026-02-28,N,17,5,34,false,",
            "2026-02-28,S,2,,4,false,",
            "2026-03-31,N,26,0,57.2,false,-1",
            "2026-03-31,S,0,,0,true,"
        ]
    );
    let found = metrics(
        project,
        &[
            "stock_value",
            "stock_on_hand",
            "out_of_stock_count",
            "out_of_stock_rate",
            "units_received",
            "shrinkage",
        ],
        &[],
    );
    assert_eq!(found, ["57.2,26,1,0.00565,15,2.2"]);
    let february =
        metrics(project, &["stock_value", "stock_on_hand"], &["--from", "2026-02-01", "--to", "2026-03-01"]);
    assert_eq!(february, ["38,19"]);
    assert_eq!(metrics(project, &["stock_value"], &["--by", "store"]), ["Lille Nord,57.2", "Sevilla Sur,0"]);
    // The later delivery of M3 holds.
    let moves = "select kind, count(*) as n, sum(quantity) as q, sum(cost_amount) as c, max(delivery_count) as d from fact_stock_movements group by kind order by 1";
    assert_eq!(
        rows(project, moves),
        ["receipt,2,15,32,2", "return,1,1,2,1", "sale,4,-8,-16.2,1", "write_off,1,-1,-2.2,1"]
    );
    // One piece for 5.00 in the 56 days before, so 1/56 on a usual day.
    let outs = "select stock_code, store_id, first_date, last_date, out_days, is_still_out, usual_days, usual_daily_qty, lost_qty, lost_revenue from stock_outs";
    assert_eq!(rows(project, outs), ["A1,S,2026-03-31,2026-03-31,1,true,56,0.0179,0.0179,0.0895"]);
}

fn versions(project: &Project) {
    let customers = "select customer_id, loyalty_tier, country, valid_from, valid_to, is_current, is_inferred from dim_customer \
        where customer_id in ('C01', 'C12', 'C99') order by customer_id, valid_from nulls first";
    assert_eq!(
        rows(project, customers),
        [
            "C01,Gold,France,,2026-02-10,false,false",
            "C01,Platinum,France,2026-02-10,2026-03-15,false,false",
            "C01,Gold,France,2026-03-15,,true,false",
            "C12,Silver,France,,2026-02-10,false,false",
            "C12,Silver,Spain,2026-02-10,,true,false",
            "C99,,,,,true,true"
        ]
    );
    let articles = "select stock_code, category, unit_cost, valid_from, valid_to, is_current, is_inferred from dim_product \
        where stock_code in ('A1', 'A3', 'A9', 'POST') order by stock_code, valid_from nulls first";
    assert_eq!(
        rows(project, articles),
        [
            "A1,Chocolate,2,,2026-03-01,false,false",
            "A1,Chocolate,2.2,2026-03-01,,true,false",
            "A3,Candy,0.3,,2026-03-01,false,false",
            "A3,Liquorice,0.3,2026-03-01,,true,false",
            "A9,Chocolate,1,,,true,false",
            "POST,,,,,true,true"
        ]
    );
    // Each line has the article and the customer of its day: liquorice was candy until February.
    let by_category = "select p.category, sum(f.revenue) as r from fact_sales as f join dim_product as p on p.product_key = f.product_key \
        where p.stock_code = 'A3' group by 1 order by 1";
    assert_eq!(rows(project, by_category), ["Candy,8", "Liquorice,20"]);
    let by_tier = "select c.loyalty_tier, e.event_id from fact_loyalty_points as e join dim_customer as c on c.customer_key = e.customer_key \
        where c.customer_id = 'C01' order by 2";
    assert_eq!(rows(project, by_tier), ["Gold,L1", "Platinum,L2"]);
    // One row per customer in the view for marketing, with the present version.
    let view = "select loyalty_tier, frequency, monetary from single_customer_view where customer_id = 'C01'";
    assert_eq!(rows(project, view), ["Gold,2,18.5"]);
    let moved = "select c.country, f.invoice_no from fact_sales as f join dim_customer as c on c.customer_key = f.customer_key where f.customer_id = 'C12'";
    assert_eq!(rows(project, moved), ["Spain,1016"]);
}

fn books(project: &Project) {
    let steps = [
        "contribution_margin",
        "operating_expenses",
        "ebitda",
        "ebit",
        "profit_before_tax",
        "net_profit",
        "labour_cost_rate",
    ];
    // 20.00 of payroll in 129.50 of net sales.
    assert_eq!(metrics(project, &steps, &[]), ["70.5,30,43.5,41.5,41,40,0.15444"]);
    let postings =
        "select account, statement_line, amount, result_amount, store_id from fact_ledger order by entry_id";
    assert_eq!(
        rows(project, postings),
        [
            "payroll,operating_expense,20,-20,N",
            "rent,operating_expense,10,-10,",
            "payment_fees,variable_cost,1.5,-1.5,",
            "depreciation,depreciation,2,-2,",
            "interest,interest,0.5,-0.5,",
            "tax,tax,1,-1,",
            "other_income,other_income,3,3,"
        ]
    );
}

fn points_and_targets(project: &Project) {
    let found = metrics(
        project,
        &["points_issued", "points_redeemed", "points_expired", "points_change", "redemption_rate"],
        &[],
    );
    assert_eq!(found, ["23,4,3,16,0.173913"]);
    // C13 is C03; C99 is known from its points only.
    let events = "select event_id, customer_id, points_change, country from fact_loyalty_points as e join dim_country as c on c.country_key = e.country_key order by 1";
    assert_eq!(
        rows(project, events),
        ["L1,C01,10,France", "L2,C01,-4,France", "L3,C03,8,France", "L4,C99,5,Unknown", "L5,C02,-3,Spain"]
    );
    let found = metrics(
        project,
        &["sales_target", "target_attainment", "target_variance", "store_sales_target"],
        &[],
    );
    assert_eq!(found, ["90,1.438889,39.5,31"]);
    let january = metrics(project, &["sales_target"], &["--from", "2026-01-01", "--to", "2026-02-01"]);
    assert_eq!(january, ["31"]);
    let shops = metrics(project, &["store_sales_target"], &["--by", "store"]);
    // The target of the whole shop belongs to no store.
    assert_eq!(shops, ["Lille Nord,31", "Unknown,0"]);
}

#[test]
fn viewers_of_a_country_or_a_shop_see_their_part_of_the_new_facts() {
    let project = Project::full();
    project.fine(&["refresh"]);
    project.fine(&["user", "add", "jean", "--role", "country_manager", "--set", "countries=France"]);
    project.fine(&["user", "add", "sol", "--role", "store_manager", "--set", "stores=S"]);
    let seen = |user: &str, table: &str| {
        let sql = format!("select count(*) as n from {table}");
        let ran = project.run(&["sql", "--as", user, &sql, "--format", "csv"]);
        // A table that can show nothing is not there.
        if ran.code == 0 { ran.out.lines().nth(1).unwrap_or("").trim().to_owned() } else { "-".to_owned() }
    };
    let tables = [
        "fact_stock_daily",
        "fact_stock_movements",
        "fact_ledger",
        "fact_loyalty_points",
        "fact_targets",
        "target_days",
        "stock_outs",
        "price_changes",
    ];
    // Stock of the shop in France; points of customers in France; no postings and no targets.
    // Times out of stock go by shop alone, and changes of prices are made of everybody's sales.
    assert_eq!(tables.map(|table| seen("jean", table)), ["87", "3", "-", "3", "-", "-", "-", "-"]);
    // The shop in Spain: its stock; it has no postings and no targets, and points belong to no shop.
    assert_eq!(tables.map(|table| seen("sol", table)), ["90", "5", "0", "-", "0", "0", "1", "-"]);
    let stock = project.csv(&["metric", "stock_value", "--as", "jean"])[1].clone();
    assert_eq!(stock, "57.2");
    // A profit without the costs would be wrong.
    let ran = project.run(&["metric", "ebitda", "--as", "jean"]);
    assert_ne!(ran.code, 0);
    assert!(
        ran.err.contains("metric `ebitda` reads `fact_ledger`, of which you may see nothing"),
        "{}",
        ran.err
    );
}

#[test]
fn a_second_currency_without_a_rate_is_refused_and_never_summed() {
    let project = Project::full();
    std::fs::remove_file(project.path("data/rates.csv")).expect("a file");
    let ran = project.run(&["refresh"]);
    assert_ne!(ran.code, 0);
    for part in [
        "error[currency-mix]",
        "EUR and USD and no exchange rate for USD",
        "`data/web.csv:2` is the first line in USD, of 2026-03-10",
        "`exchange_rates`",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    // A rate that begins later does not help the earlier lines.
    std::fs::write(project.path("data/rates.csv"), "day,money,euros\n2026-03-11,USD,0.90\n").expect("a file");
    let ran = project.run(&["refresh"]);
    assert!(ran.err.contains("the first rate is later than 2026-03-10"), "{}", ran.err);
}

#[test]
fn one_foreign_currency_is_told_and_a_second_one_in_a_later_file_is_refused() {
    let project = Project::empty("online-retail");
    let line = |invoice: &str, day: &str| {
        format!("{invoice},85123A,HEART,1,2011-11-{day} 08:00:00,2.50,17850,France\n")
    };
    let head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    std::fs::write(project.path("data/a.csv"), format!("{head}{}", line("1", "01"))).expect("a file");
    let settings = std::fs::read_to_string(project.path("confect.toml")).expect("a file");
    std::fs::write(project.path("confect.toml"), settings.replace("\"GBP\"", "\"EUR\"")).expect("a file");
    let record = refreshed(&project);
    let told = record["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .any(|finding| finding["code"] == "currency-foreign");
    assert!(told, "{record}");
    std::fs::create_dir_all(project.path("sources")).expect("a folder");
    std::fs::write(project.path("data/b.csv"), format!("{head}{}", line("2", "02"))).expect("a file");
    let record = refreshed(&project);
    assert_eq!(record["rows_in"], 2);
}

#[test]
fn new_foreign_lines_are_added_as_one_build_would_make_them() {
    let (grown, whole) = (Project::full(), Project::full());
    let late = "order,line,sold_at,article,pieces,price,money,customer,country\n\
        W7,1,2026-03-25 20:00:00,A1,3,6.00,USD,C01,France\n\
        W8,1,2026-03-26 20:00:00,A1,-1,6.00,USD,C02,Spain\n\
        W9,1,2026-04-02 20:00:00,A3,2,1.00,EUR,C50,Italy\n";
    refreshed(&grown);
    for project in [&grown, &whole] {
        std::fs::write(project.path("data/web_late.csv"), late).expect("a file");
    }
    let record = refreshed(&grown);
    assert_eq!(record["mode"], "increment", "{}", record["because"]);
    assert_eq!(refreshed(&whole)["mode"], "full");
    let tables = [
        "select * from fact_sales order by invoice_no, line_no",
        "select * from fact_returns order by invoice_no, line_no",
        "select * from fact_stock_daily order by stock_date, stock_code, store_key",
        "select * from fact_loyalty_points order by event_id",
        "select * from target_days order by target_key, target_date",
        "select * from dim_customer order by customer_key",
        "select * from dim_product order by product_key",
        "select * from dim_date order by date_key",
        "select * from single_customer_view order by customer_id",
    ];
    for sql in tables {
        assert_eq!(rows(&grown, sql), rows(&whole, sql), "{sql}");
    }
    // W8 takes back a piece of W2, which was sold at another rate.
    let returned = "select original_invoice_no, revenue from fact_returns where invoice_no = 'W8'";
    assert_eq!(rows(&grown, returned), ["W2,5.7"]);
    // Another rate for a day of a line that is there: everything is built again.
    let rates = std::fs::read_to_string(grown.path("data/rates.csv")).expect("a file");
    std::fs::write(grown.path("data/rates.csv"), rates.replace("0.95", "0.96")).expect("a file");
    std::fs::write(grown.path("data/web_last.csv"), late.replace('W', "V")).expect("a file");
    let record = refreshed(&grown);
    assert_eq!(record["mode"], "full");
    assert_eq!(rows(&grown, "select revenue from fact_sales where invoice_no = 'W2'"), ["5.76"]);
}

#[test]
fn entities_that_nobody_delivers_are_empty_tables() {
    let project = Project::new();
    project.fine(&["refresh"]);
    for table in [
        "fact_stock_daily",
        "fact_stock_movements",
        "fact_ledger",
        "fact_loyalty_points",
        "fact_targets",
        "target_days",
    ] {
        assert_eq!(rows(&project, &format!("select count(*) as n from {table}")), ["0"], "{table}");
    }
    assert_eq!(metrics(&project, &["stock_value", "ebitda", "target_attainment"], &[]).len(), 1);
    let inferred = "select count(*) as n from dim_product where not is_inferred and product_key <> 0";
    assert_eq!(rows(&project, inferred), ["0"]);
}

#[test]
fn fiscal_years_start_when_the_shop_says() {
    let project = Project::new();
    let settings = std::fs::read_to_string(project.path("confect.toml")).expect("a file");
    std::fs::write(project.path("confect.toml"), format!("{settings}fiscal_year_start = 4\n"))
        .expect("a file");
    project.fine(&["refresh"]);
    let days = "select date, fiscal_year, fiscal_quarter, fiscal_period, retail_year, retail_period, retail_week from dim_date \
        where date in (date '2011-11-30', date '2012-03-31', date '2012-04-01', date '2012-04-02') order by 1";
    assert_eq!(
        rows(&project, days),
        [
            // The 4-4-5 year 2012 began on Monday 4 April 2011, the nearest to 1 April; its 35th week on 28 November.
            "2011-11-30,2012,3,8,2012,9,35",
            "2012-03-31,2012,4,12,2012,12,52",
            "2012-04-01,2013,1,1,2012,12,52",
            "2012-04-02,2013,1,1,2013,1,1"
        ]
    );
    std::fs::write(project.path("confect.toml"), format!("{settings}fiscal_year_start = 13\n"))
        .expect("a file");
    let ran = project.run(&["check"]);
    assert!(ran.err.contains("`13`") && ran.err.contains("a month from 1 to 12"), "{}", ran.err);
}
