//! `truth.json`: everything that a warehouse built from the files has to find, and how nearly.

use confect_domain::Date;
use serde_json::{Map, Value, json};

use crate::GenerateSpec;
use crate::books::{Months, kind_name};
use crate::customers::Customers;
use crate::dirt;
use crate::group::COUNTRIES;
use crate::people::Twice;
use crate::plan::{A, ALPHA, B, GROWTH, P, Q, R, SEGMENTS, V, WALK_IN_SHARE};
use crate::tally::{Sum, Tally};
use crate::text::amount;
use crate::world::{BEFORE, World};

/// What was counted on the way.
pub(crate) struct Counted<'a> {
    pub(crate) spec: &'a GenerateSpec,
    /// Names of the files written.
    pub(crate) files: &'a [String],
    pub(crate) total: &'a Tally,
    pub(crate) months: &'a Months,
    /// Rows of totals, one in each spoilt file.
    pub(crate) footers: u64,
    pub(crate) twice: &'a [Twice],
    /// Sales less returns of each customer, in hundredths.
    pub(crate) worth: &'a [i64],
    pub(crate) movements: u64,
    pub(crate) levels: u64,
}

/// Pairs that are told; more are counted only.
const MOST_PAIRS: usize = 100_000;

/// The manifest.
pub(crate) fn manifest(world: &World, customers: &Customers, counted: &Counted<'_>) -> Value {
    let total = counted.total;
    let spec = counted.spec;
    json!({
        "about": "What was planted in the files beside this one. Money in units, as text; shares as numbers; days inclusive.",
        "spec": {
            "seed": spec.seed, "customers": customers.count, "days": spec.days, "stores": spec.stores,
            "from": world.first.to_string(), "until": spec.until.to_string(), "dirt": spec.dirt,
        },
        "files": counted.files,
        "totals": totals(total, counted.footers),
        "by_month": by_month(counted.months),
        "by_store": named(world.stores.iter().map(|store| store.id.as_str()), &total.by_store),
        "returns_by_store": named(world.stores.iter().map(|store| store.id.as_str()), &total.returned_by_store),
        "by_category": named((0..total.by_kind.len()).map(kind_name), &total.by_kind),
        "by_country": named(COUNTRIES.iter().map(|country| country.name), &total.by_country),
        "customers": people(world, customers, counted),
        "duplicate_persons": duplicates(counted.twice),
        "behaviour": behaviour(),
        "segments": segments(total),
        "rules": rules(world, total),
        "promotions": promotions(world),
        "price_rise": price_rise(world),
        "stock_outs": stock_outs(world),
        "dead_stock": { "stock_code": code(world, world.plan.dead.0), "last_wanted_before": world.plan.dead.1.to_string() },
        "stock": { "movements": counted.movements, "levels": counted.levels },
        "loyalty": {
            "events": total.events, "earned": total.points[0], "redeemed": total.points[1], "expired": total.points[2],
            "outstanding": total.points[0] - total.points[1] - total.points[2],
        },
        "dirt": dirt_counts(total, counted.footers),
        "tolerances": {
            "totals": 0, "dirt": 0, "stock_outs": 0, "rules": 0,
            "duplicate_persons": "at least 0.99 found, at least 0.98 of what is joined right",
            "purchases": 0.15, "spend_mean": 0.06, "spend_q": 0.15, "segments": 0.05,
            "why": "relative, for 5,000 and more persons who joined within; fewer need more room. p and v of the \
                    spend are not held: whole pieces and returns make orders vary more, p of about 3.7 is seen",
        },
    })
}

fn sum(sum: &Sum) -> Value {
    json!({ "lines": sum.lines, "amount": amount(sum.cents) })
}

fn totals(total: &Tally, footers: u64) -> Value {
    json!({
        "lines": total.lines() + footers,
        "sales": sum(&total.sales),
        "returns": sum(&total.returns),
        "net_sales": amount(total.sales.cents - total.returns.cents),
        "adjustments": total.adjustments,
        "quarantined": total.quarantined + footers,
        "deduplicated": total.deduplicated,
        "receipts": total.receipts,
        "units": total.units,
    })
}

fn named<'a>(names: impl Iterator<Item = &'a str>, sums: &[Sum]) -> Value {
    Value::Object(names.zip(sums).map(|(name, own)| (name.to_owned(), sum(own))).collect())
}

fn by_month(months: &Months) -> Value {
    let mut found = Map::new();
    for (start, tally) in months {
        let month = Date::from_days(*start).to_string();
        let value = json!({
            "sales": sum(&tally.sales), "returns": sum(&tally.returns), "receipts": tally.receipts,
        });
        found.insert(month.get(..7).unwrap_or("").to_owned(), value);
    }
    Value::Object(found)
}

/// Who was there, who has left, and how much of the sales the best of them make.
fn people(world: &World, customers: &Customers, counted: &Counted<'_>) -> Value {
    let (mut new, mut seen, mut left) = (0_u64, 0_u64, 0_u64);
    for chunk in &customers.chunks {
        for (profile, visits) in chunk.profiles.iter().zip(&chunk.visits) {
            new += u64::from(usize::from(profile.joined) >= BEFORE);
            seen += u64::from(*visits > 0);
            left += u64::from(*visits > 0 && profile.has_left);
        }
    }
    let mut order: Vec<u32> = (0..customers.count).collect();
    let worth = |customer: &u32| counted.worth.get(*customer as usize).copied().unwrap_or(0);
    order.sort_unstable_by_key(|customer| (std::cmp::Reverse(worth(customer)), *customer));
    let whales = order.len().div_ceil(100);
    let top: i64 = order.iter().take(whales).map(worth).sum();
    let all: i64 = order.iter().map(worth).sum();
    let best = |customer: &u32| json!({ "customer_id": customers.id(*customer).to_string(), "net_sales": amount(worth(customer)) });
    json!({
        "persons": customers.count,
        "entries_in_crm": u64::from(customers.count) + counted.twice.len() as u64,
        "joined_within": new,
        "joined_from": world.first.to_string(),
        "with_purchases": seen,
        "of_these_left_for_good": left,
        "best_percent": { "customers": whales, "net_sales": amount(top), "share": ratio(top, all) },
        "best": order.iter().take(20).map(best).collect::<Vec<_>>(),
    })
}

fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn duplicates(twice: &[Twice]) -> Value {
    let pair = |twice: &Twice| json!({ "ids": [twice.first.to_string(), twice.second.to_string()], "by": twice.by.word() });
    json!({
        "count": twice.len(),
        "pairs": twice.iter().take(MOST_PAIRS).map(pair).collect::<Vec<_>>(),
    })
}

fn behaviour() -> Value {
    json!({
        "purchases": { "model": "BG/NBD", "unit": "week", "r": R, "alpha": ALPHA, "a": A, "b": B },
        "fit_on": "persons whose first joined_date lies within the files; others came before and are seen in part",
        "spend": { "model": "Gamma-Gamma", "p": P, "q": Q, "v": V, "mean": P * V / (Q - 1.0) },
        "growth_per_year": GROWTH,
        "share_without_card": WALK_IN_SHARE,
    })
}

fn segments(total: &Tally) -> Value {
    let one = |(segment, sum): (&crate::plan::Segment, &Sum)| {
        let found = if sum.lines == 0 { 0.0 } else { sum.cents as f64 / 100.0 / sum.lines as f64 };
        json!({
            "segment": segment.name, "share": segment.share, "mean_order": segment.mean_order,
            "receipts": sum.lines, "sales": amount(sum.cents), "mean_receipt": found,
        })
    };
    Value::Array(SEGMENTS.iter().zip(&total.by_segment).map(one).collect())
}

fn code(world: &World, article: usize) -> &str {
    world.articles.get(article).map_or("", |article| &article.code)
}

/// Exact over receipts with a line that is a sale.
fn rules(world: &World, total: &Tally) -> Value {
    let receipts = total.receipts.max(1) as f64;
    let one = |(rule, count): (&crate::plan::Rule, &crate::tally::RuleCount)| {
        let confidence = count.both as f64 / count.with.max(1) as f64;
        json!({
            "if": rule.with.iter().map(|article| code(world, *article)).collect::<Vec<_>>(),
            "then": code(world, rule.then),
            "planted_confidence": rule.confidence,
            "receipts_if": count.with, "receipts_then": count.then, "receipts_both": count.both,
            "support": count.both as f64 / receipts,
            "confidence": confidence,
            "lift": confidence / (count.then.max(1) as f64 / receipts),
        })
    };
    json!({
        "receipts": total.receipts,
        "planted": world.plan.rules.iter().zip(&total.rules).map(one).collect::<Vec<_>>(),
    })
}

fn promotions(world: &World) -> Value {
    let one = |promotion: &crate::plan::Promotion| {
        json!({
            "name": promotion.name, "category": kind_name(promotion.kind),
            "from": promotion.from.to_string(), "to": promotion.from.plus_days(promotion.days - 1).to_string(),
            "discount": promotion.discount as f64 / 100.0, "lift_of_choice": promotion.lift,
        })
    };
    Value::Array(world.plan.promotions.iter().map(one).collect())
}

fn price_rise(world: &World) -> Value {
    let rise = &world.plan.price_rise;
    let before = world.articles.get(rise.article).map_or(0, |article| article.price);
    let after = (before * (100 + rise.percent) + 50) / 100;
    json!({
        "stock_code": code(world, rise.article), "day": rise.day.to_string(), "percent": rise.percent,
        "from": amount(before), "to": amount(after), "demand_of_choice": rise.demand,
    })
}

fn stock_outs(world: &World) -> Value {
    let day = |index: usize| world.first.plus_days(index as i32).to_string();
    let one = |out: &crate::plan::StockOut| {
        json!({
            "stock_code": code(world, out.article),
            "store_id": world.stores.get(out.store).map_or("", |store| &store.id),
            "from": day(out.from), "to": day(out.to),
        })
    };
    Value::Array(world.plan.stock_outs.iter().map(one).collect())
}

fn dirt_counts(total: &Tally, footers: u64) -> Value {
    let mut found: Vec<Value> = dirt::KINDS
        .iter()
        .zip(&total.dirt)
        .map(|(kind, lines)| {
            json!({ "kind": kind.name, "lines": lines, "bucket": kind.bucket.word(), "code": kind.code })
        })
        .collect();
    found.push(
        json!({ "kind": "footer_row", "lines": footers, "bucket": "quarantined", "code": "footer-row" }),
    );
    Value::Array(found)
}
