//! The small files: stores, suppliers, articles, ledger, targets and the calendar of events.

use std::collections::BTreeMap;

use confect_domain::{Date, Period};

use crate::assortment::{KINDS, SUPPLIERS};
use crate::group::COUNTRIES;
use crate::random::{Random, Stream};
use crate::season;
use crate::tally::Tally;
use crate::text::{amount, line};
use crate::world::World;

/// Counts by month, the month given by its first day.
pub(crate) type Months = BTreeMap<i32, Tally>;

/// A small file: name without ending, and its content.
pub(crate) fn all(world: &World, months: &Months) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("stores", stores(world)),
        ("suppliers", suppliers()),
        ("products", products(world)),
        ("ledger_entries", ledger(world, months)),
        ("targets", targets(world, months)),
        ("calendar_events", events(world)),
    ]
}

fn stores(world: &World) -> Vec<u8> {
    let mut out = b"store_id,name,region,country,city,opened_date,closed_date,floor_area_m2\n".to_vec();
    for store in &world.stores {
        let (city, region) = store.town();
        let area = if store.is_web { String::new() } else { store.floor_area_m2.to_string() };
        let country = COUNTRIES[store.country].name;
        line(
            &mut out,
            &[&store.id, &store.name, region, country, city, &store.opened.to_string(), "", &area],
        );
    }
    out
}

fn suppliers() -> Vec<u8> {
    let mut out = b"supplier,lead_time_days,lead_time_sd_days,min_order_qty\n".to_vec();
    for supplier in &SUPPLIERS {
        let deviation =
            format!("{}.{}", supplier.lead_time_sd_tenths / 10, supplier.lead_time_sd_tenths % 10);
        let fields = [&supplier.lead_time_days.to_string(), &deviation, &supplier.min_order_qty.to_string()];
        line(&mut out, &[supplier.name, fields[0], fields[1], fields[2]]);
    }
    out
}

/// List prices are those of the last day.
fn products(world: &World) -> Vec<u8> {
    let mut out =
        b"stock_code,description,category,subcategory,brand,supplier,unit_cost,list_price,pack_qty,\
                    shelf_life_days,lead_time_days,is_merchandise\n"
            .to_vec();
    let last = world.days.last();
    for (place, article) in world.articles.iter().enumerate() {
        let traits = article.traits();
        let price = last.and_then(|day| day.prices.get(place)).copied().unwrap_or(article.price);
        let half = usize::from(article.rank >= 5);
        let numbers = [
            amount(article.cost),
            amount(price),
            traits.pack_qty.to_string(),
            traits.shelf_life_days.to_string(),
            article.supplier().lead_time_days.to_string(),
        ];
        let texts =
            [traits.name, traits.subcategories[half], traits.brands[article.rank % 2], traits.supplier];
        let mut fields = vec![article.code.as_str(), article.name];
        fields.extend(texts);
        fields.extend(numbers.iter().map(String::as_str));
        fields.push("true");
        line(&mut out, &fields);
    }
    out
}

/// What running a store costs in a month, in units of money: account, fixed part, part of its sales in thousandths.
const ACCOUNTS: [(&str, i64, i64); 11] = [
    ("payroll", 900, 150),
    ("rent", 600, 60),
    ("utilities", 110, 8),
    ("marketing", 90, 25),
    ("admin", 120, 12),
    ("payment_fees", 0, 11),
    ("delivery", 0, 0),
    ("packaging", 0, 14),
    ("depreciation", 130, 0),
    ("interest", 25, 0),
    ("tax", 0, 9),
];

/// Postings on the last day of each month, for each store that was open; costs are positive.
fn ledger(world: &World, months: &Months) -> Vec<u8> {
    let mut out = b"entry_id,posted_date,account,amount,store_id\n".to_vec();
    let mut random = Random::of(world.seed, Stream::Books, 0);
    let mut number = 100_000;
    for (start, tally) in months {
        let (from, last) = month(world, *start);
        let share = f64::from(last.days() - from.days() + 1) / 30.4;
        for (store, sales) in world.stores.iter().zip(&tally.by_store) {
            if store.opened > last {
                continue;
            }
            for (account, fixed, thousandths) in ACCOUNTS {
                let thousandths = match (account, store.is_web) {
                    ("delivery", true) => 70,
                    ("rent", true) => 0,
                    _ => thousandths,
                };
                let fixed = (fixed * 100) as f64 * share * (0.96 + 0.08 * random.share());
                let cents = fixed as i64 + sales.cents.max(0) * thousandths / 1000;
                if cents > 0 {
                    number += 1;
                    let fields = [format!("L{number}"), last.to_string(), amount(cents)];
                    line(&mut out, &[&fields[0], &fields[1], account, &fields[2], &store.id]);
                }
            }
        }
    }
    out
}

/// First and last day of a month within the days told.
fn month(world: &World, start: i32) -> (Date, Date) {
    let start = Date::from_days(start);
    let end = world.first.plus_days(world.days.len() as i32 - 1);
    (start.max(world.first), start.plus_months(1).plus_days(-1).min(end))
}

/// Net sales planned for each month, by store and for the group: what came, give or take a tenth.
fn targets(world: &World, months: &Months) -> Vec<u8> {
    let mut out = b"metric,period,value,scope_column,scope_value\n".to_vec();
    let mut random = Random::of(world.seed, Stream::Books, 1);
    for (start, tally) in months {
        let period = Date::from_days(*start).to_string();
        let period = period.get(..7).unwrap_or("");
        let mut total = 0;
        for ((store, sales), returns) in
            world.stores.iter().zip(&tally.by_store).zip(&tally.returned_by_store)
        {
            let net = (sales.cents - returns.cents).max(0);
            // Whole hundreds, as plans are.
            let planned = (net as f64 * (0.92 + 0.18 * random.share()) / 10_000.0) as i64 * 10_000;
            if planned > 0 {
                total += planned;
                line(&mut out, &["net_sales", period, &amount(planned), "store_id", &store.id]);
            }
        }
        line(&mut out, &["net_sales", period, &amount(total), "", ""]);
    }
    out
}

/// Feasts, promotions day by day, and the days on which shops are closed.
fn events(world: &World) -> Vec<u8> {
    let mut rows: Vec<(Date, String, &str)> = Vec::new();
    let end = world.first.plus_days(world.days.len() as i32);
    let span = Period { from: world.first, to: end };
    for year in world.first.ymd().0..=end.ymd().0 {
        let on = |month, day| Date::from_ymd(year, month, day);
        let easter = season::easter(year);
        let feasts = [
            (on(1, 1), "New Year", "closure"),
            (on(2, 14), "Valentine's Day", "holiday"),
            (easter, "Easter Sunday", "holiday"),
            (easter.map(|easter| easter.plus_days(-2)), "Good Friday", "holiday"),
            (on(10, 31), "Halloween", "holiday"),
            (on(12, 24), "Christmas Eve", "holiday"),
            (on(12, 25), "Christmas Day", "closure"),
        ];
        rows.extend(feasts.into_iter().filter_map(|(day, name, kind)| Some((day?, name.to_owned(), kind))));
    }
    for promotion in &world.plan.promotions {
        let name = format!("{} ({} %)", promotion.name, promotion.discount);
        rows.extend(
            (0..promotion.days).map(|later| (promotion.from.plus_days(later), name.clone(), "promotion")),
        );
    }
    for store in world.stores.iter().filter(|store| span.contains(store.opened)) {
        rows.push((store.opened, format!("{} opens", store.name), "campaign"));
    }
    rows.retain(|(day, _, _)| span.contains(*day));
    rows.sort();
    let mut out = b"date,name,kind\n".to_vec();
    for (day, name, kind) in rows {
        line(&mut out, &[&day.to_string(), &name, kind]);
    }
    out
}

/// Names of the kinds, for the manifest.
pub(crate) fn kind_name(kind: usize) -> &'static str {
    KINDS.get(kind).map_or("", |traits| traits.name)
}
