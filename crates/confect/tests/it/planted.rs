//! Everything that `confect generate` plants is found by one refresh of a larger shop with dirt: each row of the table
//! in `docs/design/generator.md`, but for the behaviour of customers and their segments, which the models' own tests
//! hold (`confect-analytics/tests/invented.rs`).
//!
//! The truth is `truth.json`, or the generated files read again here without the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::Value;

use crate::generate::{count, groups, invented, text};
use crate::support::Project;

/// The shop, its manifest and the record of its refresh.
struct Planted {
    project: Project,
    truth: Value,
    record: Value,
}

const ARGUMENTS: [&str; 10] =
    ["--customers", "4000", "--days", "500", "--stores", "3", "--seed", "5", "--dirt", "0.01"];

fn planted() -> &'static Planted {
    static PLANTED: OnceLock<Planted> = OnceLock::new();
    PLANTED.get_or_init(|| {
        // Nothing drops a static: the folder of the last run is replaced instead.
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("planted-shop");
        let _ = std::fs::remove_dir_all(&folder);
        let (project, truth, record) = invented(Project::kept(folder, "generated"), &ARGUMENTS);
        Planted { project, truth, record }
    })
}

impl Planted {
    /// Rows of a query, without the heading and the quotes of texts.
    fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let row = |line: &String| line.split(',').map(|field| field.trim_matches('"').to_owned()).collect();
        self.project.csv(&["sql", sql]).iter().skip(1).map(row).collect()
    }

    /// The only field of a query.
    fn one(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        assert_eq!((rows.len(), rows.first().map(Vec::len)), (1, Some(1)), "{sql}: {rows:?}");
        rows[0][0].clone()
    }

    fn number(&self, sql: &str) -> f64 {
        let found = self.one(sql);
        found.parse().unwrap_or_else(|_| panic!("{sql}: {found}"))
    }

    /// A generated file, read again: fields of each row, without the heading. No field of these holds a comma.
    fn file(&self, name: &str) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.project.path("data").join(name)).expect(name);
        let row = |line: &str| line.split(',').map(str::to_owned).collect();
        text.lines().skip(1).map(row).collect()
    }

    /// Files of a series by month, all rows.
    fn files(&self, series: &str) -> Vec<Vec<String>> {
        let names = self.truth["files"].as_array().expect("files").iter().map(|name| text(name).to_owned());
        names.filter(|name| name.starts_with(series)).flat_map(|name| self.file(&name)).collect()
    }
}

/// Cents of `12.34` or `12.3400`.
fn cents(amount: &str) -> i64 {
    let value: f64 = amount.parse().unwrap_or_else(|_| panic!("{amount:?} is an amount"));
    (value * 100.0).round() as i64
}

fn sums(groups: &Value) -> BTreeMap<String, (u64, String)> {
    let sums = groups.as_object().expect("groups").iter();
    sums.map(|(name, sum)| (name.clone(), (count(&sum["lines"]), text(&sum["amount"]).to_owned())))
        .filter(|(_, (lines, _))| *lines > 0)
        .collect()
}

#[test]
fn totals_are_found_to_the_cent() {
    let Planted { project, truth, .. } = planted();
    let whole = |table: &str, amount: &str| {
        let sql = format!("select 'all', count(*), cast(sum({amount}) as decimal(18, 2)) from {table}");
        groups(project, &sql).remove("all").expect("a row")
    };
    let sum = |name: &str| {
        let sum = &truth["totals"][name];
        (count(&sum["lines"]), text(&sum["amount"]).to_owned())
    };
    assert_eq!(whole("fact_sales", "revenue"), sum("sales"));
    assert_eq!(whole("fact_returns", "revenue"), sum("returns"));
    assert_eq!(whole("fact_adjustments", "amount").0, count(&truth["totals"]["adjustments"]));

    let by = |name: &str, from: &str| {
        let sql =
            format!("select {name}, count(*), cast(sum(f.revenue) as decimal(18, 2)) from {from} group by 1");
        groups(project, &sql)
    };
    assert_eq!(by("f.store_id", "fact_sales f"), sums(&truth["by_store"]));
    assert_eq!(by("f.store_id", "fact_returns f"), sums(&truth["returns_by_store"]));
    let kinds = by("p.category", "fact_sales f join dim_product p on p.product_key = f.product_key");
    assert_eq!(kinds, sums(&truth["by_category"]));
    let countries = by("c.country", "fact_sales f join dim_country c on c.country_key = f.country_key");
    assert_eq!(countries, sums(&truth["by_country"]));
    for (part, table) in [("sales", "fact_sales f"), ("returns", "fact_returns f")] {
        let months = truth["by_month"].as_object().expect("months").iter();
        let months: BTreeMap<String, (u64, String)> = months
            .map(|(month, of)| {
                let of = &of[part];
                (month.replace('-', ""), (count(&of["lines"]), text(&of["amount"]).to_owned()))
            })
            .filter(|(_, (lines, _))| *lines > 0)
            .collect();
        assert_eq!(by("f.date_key / 100", table), months, "{part}");
    }
}

#[test]
fn every_spoilt_line_is_where_it_belongs() {
    let Planted { project, truth, .. } = planted();
    let kinds = truth["dirt"].as_array().expect("kinds");
    // Every row set aside is a planted one, by the reader's code for it.
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for line in project.csv(&["quarantine", "--limit", "100000"]).iter().skip(1) {
        let known =
            kinds.iter().filter(|kind| kind["bucket"] == "quarantined").map(|kind| text(&kind["code"]));
        if let Some(code) = known.into_iter().find(|code| line.split(',').any(|field| field == *code)) {
            *codes.entry(code.to_owned()).or_default() += 1;
        }
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for kind in kinds {
        assert!(count(&kind["lines"]) > 0, "every kind of dirt is there: {kind}");
        if kind["bucket"] == "quarantined" {
            *expected.entry(text(&kind["code"]).to_owned()).or_default() += count(&kind["lines"]);
        }
    }
    assert_eq!(codes, expected);
}

#[test]
fn persons_who_are_there_twice_are_one_and_nobody_else_is() {
    let Planted { project, truth, .. } = planted();
    let merged = project.csv(&["identity", "--limit", "100000"]);
    let pairs: BTreeSet<BTreeSet<String>> = merged
        .iter()
        .skip(1)
        .map(|line| line.split(',').take(2).map(|id| id.trim_matches('"').to_owned()).collect())
        .collect();
    let pair =
        |pair: &Value| pair["ids"].as_array().expect("ids").iter().map(|id| text(id).to_owned()).collect();
    let twice: BTreeSet<BTreeSet<String>> =
        truth["duplicate_persons"]["pairs"].as_array().expect("pairs").iter().map(pair).collect();
    assert!(twice.len() >= 100, "{}", twice.len());
    assert_eq!(pairs, twice, "{merged:?}");
}

#[test]
fn rules_are_found_with_their_exact_counts() {
    let shop = planted();
    let found = shop.rows(
        "select antecedent, consequent, antecedent_baskets, consequent_baskets, both_baskets, baskets, confidence, lift \
         from basket_rules where level = 'article'",
    );
    for rule in shop.truth["rules"]["planted"].as_array().expect("rules") {
        let mut with: Vec<&str> = rule["if"].as_array().expect("articles").iter().map(text).collect();
        with.sort_unstable();
        let row = found
            .iter()
            .find(|row| row[0] == with.join(" + ") && row[1] == text(&rule["then"]))
            .unwrap_or_else(|| panic!("{rule} is not among {found:?}"));
        for (place, name) in [(2, "receipts_if"), (3, "receipts_then"), (4, "receipts_both")] {
            assert_eq!(row[place], rule[name].to_string(), "{name} of {rule}");
        }
        assert_eq!(row[5], shop.truth["rules"]["receipts"].to_string());
        for (place, name) in [(6, "confidence"), (7, "lift")] {
            let (found, planted): (f64, f64) =
                (row[place].parse().expect("a number"), rule[name].as_f64().expect("a number"));
            assert!((found - planted).abs() <= 1e-4 * planted, "{name} of {rule}: {found}");
        }
    }
}

#[test]
fn stock_outs_are_found_on_their_days_and_no_others() {
    let shop = planted();
    let mut found: Vec<Vec<String>> = shop.rows(
        "select stock_code, store_id, first_date, last_date, is_still_out, out_days, lost_qty, lost_revenue from stock_outs",
    );
    let until = text(&shop.truth["spec"]["until"]);
    let mut lost = 0;
    for row in &mut found {
        assert_eq!(row[4] == "true", row[3] == until, "{row:?}");
        lost += i32::from(row[6].parse::<f64>().is_ok_and(|pieces| pieces > 0.0));
        row.truncate(4);
    }
    found.sort();
    let planted = shop.truth["stock_outs"].as_array().expect("times").iter();
    let mut planted: Vec<Vec<String>> = planted
        .map(|out| ["stock_code", "store_id", "from", "to"].map(|name| text(&out[name]).to_owned()).to_vec())
        .collect();
    planted.sort();
    assert!(planted.len() >= 30, "{}", planted.len());
    assert_eq!(found, planted);
    assert!(lost >= 10, "of most of them something would have been sold: {lost}");
}

#[test]
fn the_estimate_of_what_was_not_sold_is_that_of_the_files() {
    let shop = planted();
    let found = shop
        .rows("select stock_code, store_id, first_date, last_date, usual_days, lost_qty from stock_outs where lost_qty > 0");
    // Sold pieces by article, store and day, from the till's movements: every sale is one, spoilt lines and all.
    // So both are held against each other within the share of dirt.
    let mut sold: BTreeMap<(String, String, i64), f64> = BTreeMap::new();
    for row in shop.files("stock_movements").iter().filter(|row| row[4] == "sale") {
        let pieces: f64 = row[5].parse().expect("pieces");
        *sold.entry((row[2].clone(), row[3].clone(), day_number(&row[1][..10]))).or_default() -= pieces;
    }
    let pieces = |row: &[String], from: i64, to: i64| -> f64 {
        let days = (from..to).filter_map(|day| sold.get(&(row[0].clone(), row[1].clone(), day)));
        days.sum()
    };
    let (mut estimated, mut expected) = (0.0, 0.0);
    for row in found.iter().filter(|row| row[4] == "56") {
        let (first, last) = (day_number(&row[2]), day_number(&row[3]));
        let usual = pieces(row, first - 56, first) / 56.0;
        expected += (usual * (last - first + 1) as f64 - pieces(row, first, last + 1)).max(0.0);
        estimated += row[5].parse::<f64>().expect("pieces");
    }
    assert!(expected > 5.0 && (estimated - expected).abs() <= 0.05 * expected, "{estimated} {expected}");
}

/// Days since 1970 of `2026-01-31`.
fn day_number(day: &str) -> i64 {
    i64::from(confect_domain::Date::parse(day).expect("a day").days())
}

#[test]
fn the_price_rise_is_found_on_its_day_and_no_other() {
    let shop = planted();
    let found = shop.rows(
        "select stock_code, changed_on, cast(old_price as decimal(18, 2)), cast(new_price as decimal(18, 2)), \
         round(change_rate * 100), qty_change_rate, others_qty_change_rate, last_old_date from price_changes",
    );
    let planted = &shop.truth["price_rise"];
    assert_eq!(found.len(), 1, "{found:?}");
    let row = &found[0];
    assert_eq!(
        (row[0].as_str(), row[1].as_str(), cents(&row[2]), cents(&row[3])),
        (
            text(&planted["stock_code"]),
            text(&planted["day"]),
            cents(text(&planted["from"])),
            cents(text(&planted["to"]))
        )
    );
    let number = |place: usize| row[place].parse::<f64>().expect("a number");
    assert!((number(4) - planted["percent"].as_f64().expect("percent")).abs() < 1e-9, "{row:?}");
    assert!(row[7] < row[1], "{row:?}");
    // It is wanted 0.78 times as often as before; with so few pieces only the direction is sure.
    assert!(number(5) < number(6), "{row:?}");
}

#[test]
fn promotions_are_found_with_their_discounts() {
    let shop = planted();
    let (from, until) = (text(&shop.truth["spec"]["from"]), text(&shop.truth["spec"]["until"]));
    let promotions = shop.truth["promotions"].as_array().expect("promotions");
    assert!(promotions.len() >= 5, "{promotions:?}");
    for promotion in promotions {
        let (first, last) = (text(&promotion["from"]).max(from), text(&promotion["to"]).min(until));
        let discount = promotion["discount"].as_f64().expect("a rate");
        let rates = |within: &str| {
            let sql = format!(
                "select round(cast(f.discount_amount as double) / cast(f.gross_amount as double), 2) as rate, count(*) \
                 from fact_sales f join dim_product p on p.product_key = f.product_key \
                 where p.category = '{}' and f.invoice_date {within} between '{first}' and '{last}' \
                 group by 1 order by 2 desc, 1",
                text(&promotion["category"])
            );
            shop.rows(&sql)
        };
        let inside: Vec<f64> = rates("").iter().map(|row| row[0].parse().expect("a rate")).collect();
        // Vouchers may take off more than the promotion, never less.
        let least = inside.iter().copied().fold(f64::INFINITY, f64::min);
        assert!((inside[0] - discount).abs() < 1e-9, "mostly {}, of {promotion}", inside[0]);
        assert!((least - discount).abs() < 1e-9, "at least {least}, of {promotion}");
        let outside = rates("not");
        assert_eq!(outside[0][0].parse::<f64>().ok(), Some(0.0), "{outside:?}");
        let days = shop.one(&format!(
            "select count(*) from dim_date where date between '{first}' and '{last}' and is_promotion \
             and event_names like '%{} ({:.0} %)%'",
            text(&promotion["name"]),
            discount * 100.0
        ));
        assert_eq!(days, (day_number(last) - day_number(first) + 1).to_string(), "{promotion}");
    }
}

#[test]
fn dead_stock_is_found_and_nothing_else_is_dead() {
    let shop = planted();
    // Not sold for a hundred days and still there; goods for a feast are not sold for most of the year.
    let dead = shop.rows(
        "with last as (select stock_code, max(invoice_date) as day from fact_sales group by stock_code), \
         there as (select stock_code, sum(on_hand_qty) as pieces from fact_stock_daily \
         where stock_date = (select max(stock_date) from fact_stock_daily) group by stock_code) \
         select p.stock_code, l.day, t.pieces from dim_product p \
         join there t on t.stock_code = p.stock_code left join last l on l.stock_code = p.stock_code \
         where p.is_current and t.pieces > 0 and p.category <> 'Seasonal & Gifts' \
         and (l.day is null or l.day < (select max(invoice_date) from fact_sales) - interval '100 days')",
    );
    let planted = &shop.truth["dead_stock"];
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0][0], text(&planted["stock_code"]));
    assert!(dead[0][1].as_str() < text(&planted["last_wanted_before"]), "{dead:?}");
}

#[test]
fn customers_are_counted_and_the_best_of_them_weighed() {
    let shop = planted();
    let planted = &shop.truth["customers"];
    let counted = |sql: &str| shop.one(sql).parse::<u64>().expect("a count");
    let persons = counted("select count(distinct customer_id) from dim_customer where customer_key <> 0");
    assert_eq!(persons, count(&planted["persons"]));
    let joined = shop.project.csv(&["identity", "--limit", "100000"]).len() as u64 - 1;
    assert_eq!(persons + joined, count(&planted["entries_in_crm"]));
    let within = format!(
        "select count(distinct customer_id) from dim_customer where joined_date >= '{}'",
        text(&planted["joined_from"])
    );
    assert_eq!(counted(&within), count(&planted["joined_within"]));

    // Whoever has spoilt lines only is not among the customers.
    let (with, spoilt) =
        (count(&planted["with_purchases"]), 1 + count(&shop.truth["totals"]["quarantined"]) / 10);
    let found = counted("select count(*) from single_customer_view where frequency > 0");
    assert!(found <= with && found + spoilt >= with, "{found} of {with}");

    // Persons who are there twice have one of their two ids.
    let pairs = shop.truth["duplicate_persons"]["pairs"].as_array().expect("pairs");
    let ids = |id: &str| -> Vec<String> {
        let of = pairs.iter().filter_map(|pair| pair["ids"].as_array());
        let pair = of.into_iter().find(|ids| ids.iter().any(|own| own == id));
        pair.map_or_else(|| vec![id.to_owned()], |ids| ids.iter().map(|id| text(id).to_owned()).collect())
    };
    let worth = shop.rows(
        "select customer_id, cast(sales_amount - returns_amount as decimal(18, 2)) as net \
         from single_customer_view order by net desc, customer_id",
    );
    let persons: Vec<(&str, i64)> = worth.iter().map(|row| (row[0].as_str(), cents(&row[1]))).collect();
    for (place, best) in planted["best"].as_array().expect("the best").iter().enumerate() {
        let (_, net) = persons[place];
        assert_eq!(net, cents(text(&best["net_sales"])), "place {place}: {best}");
        let ids = ids(text(&best["customer_id"]));
        let mut equal = persons.iter().filter(|(_, other)| *other == net);
        assert!(equal.any(|(id, _)| ids.iter().any(|own| own == id)), "{best} is not at place {place}");
    }
    let best = &planted["best_percent"];
    let top: i64 = persons.iter().take(count(&best["customers"]) as usize).map(|(_, net)| net).sum();
    assert_eq!(top, cents(text(&best["net_sales"])));
    let all: i64 = persons.iter().map(|(_, net)| net).sum();
    let share = best["share"].as_f64().expect("a share");
    assert!((top as f64 / all as f64 - share).abs() < 1e-9, "{top} of {all}, planted {share}");

    // Who left is never seen; the model says for each customer how likely it is. Those who came before the first day
    // are seen in part, and the model is fitted on all of them.
    let gone = shop.number("select sum(1 - p_alive) from customer_value");
    let left = planted["of_these_left_for_good"].as_f64().expect("a count");
    assert!((gone - left).abs() <= 0.2 * left, "{gone:.0} of {left} who left");
}

#[test]
fn points_movements_and_levels_are_all_there() {
    let shop = planted();
    let planted = &shop.truth["loyalty"];
    let by_kind = groups(
        &shop.project,
        "select kind, count(*), cast(sum(points) as decimal(18, 2)) from fact_loyalty_points group by kind",
    );
    let whole = |kind: &str| cents(&by_kind[kind].1) / 100;
    for (kind, name) in [("earn", "earned"), ("redeem", "redeemed"), ("expire", "expired")] {
        assert_eq!(whole(kind).to_string(), planted[name].to_string(), "{kind}");
    }
    assert_eq!(by_kind.values().map(|(events, _)| events).sum::<u64>(), count(&planted["events"]));
    let outstanding = shop.number("select sum(points_change) from fact_loyalty_points");
    assert_eq!(Some(outstanding), planted["outstanding"].as_f64());
    assert_eq!(
        shop.one("select count(*) from fact_stock_movements"),
        shop.truth["stock"]["movements"].to_string()
    );
    assert_eq!(shop.one("select count(*) from fact_stock_daily"), shop.truth["stock"]["levels"].to_string());
    // The books agree with every count.
    let differing = shop.one(
        "select count(*) from fact_stock_daily where count_difference_qty <> 0 or count_opening_qty <> 0",
    );
    assert_eq!(differing, "0");
}

#[test]
fn ledger_targets_suppliers_and_events_are_those_of_the_files() {
    let shop = planted();
    let mut accounts: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for row in shop.file("ledger_entries.csv") {
        let (rows, amount) = accounts.entry(row[2].clone()).or_insert((0, "0".to_owned()));
        let sum = cents(amount) + cents(&row[3]);
        (*rows, *amount) = (*rows + 1, format!("{}.{:02}", sum / 100, sum % 100));
    }
    let found = groups(
        &shop.project,
        "select account, count(*), cast(sum(amount) as decimal(18, 2)) from fact_ledger group by account",
    );
    assert!(accounts.len() >= 9, "{accounts:?}");
    assert_eq!(found, accounts);

    let mut targets: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for row in shop.file("targets.csv") {
        let of = if row[3].is_empty() { "net_sales".to_owned() } else { "net_sales by store".to_owned() };
        let (rows, sum) = targets.entry(of).or_default();
        (*rows, *sum) = (*rows + 1, *sum + cents(&row[2]));
    }
    let found = groups(
        &shop.project,
        "select target_of, count(*), cast(sum(value) as decimal(18, 2)) from fact_targets group by target_of",
    );
    let found: BTreeMap<String, (u64, i64)> =
        found.into_iter().map(|(of, (rows, sum))| (of, (rows, cents(&sum)))).collect();
    assert_eq!(found, targets);

    let suppliers: BTreeSet<Vec<String>> =
        shop.file("suppliers.csv").into_iter().map(|row| vec![row[0].clone(), row[1].clone()]).collect();
    let found = shop.rows(
        "select supplier, cast(lead_time_days as integer) from dim_supplier where supplier_key <> 0 and not is_inferred",
    );
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), suppliers);

    let mut events: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in shop.file("calendar_events.csv") {
        events.entry(row[0].clone()).or_default().insert(row[1].clone());
    }
    let events: Vec<Vec<String>> = events
        .into_iter()
        .map(|(day, names)| vec![day, names.into_iter().collect::<Vec<_>>().join("; ")])
        .collect();
    assert!(events.len() > 50, "{}", events.len());
    let found =
        shop.rows("select date, event_names from dim_date where event_names is not null order by date");
    assert_eq!(found, events);
}

#[test]
fn nothing_generated_is_unread() {
    let Planted { truth, record, .. } = planted();
    let unread = record["findings"].as_array().expect("findings").iter();
    let unread: Vec<&Value> = unread.filter(|finding| finding["code"] == "file-not-read").collect();
    assert!(unread.is_empty(), "{unread:?}");
    let read: u64 =
        record["sources"].as_array().expect("sources").iter().map(|source| count(&source["files"])).sum();
    assert_eq!(read, truth["files"].as_array().expect("files").len() as u64);
}
