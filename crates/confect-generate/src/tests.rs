//! The invented shop is the same every time, believable, and true to what it says was planted.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn fields(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

fn file<'a>(generated: &'a Generated, name: &str) -> &'a str {
    &generated.files.iter().find(|file| file.name == name).expect("a file").text
}

/// FNV-1a, 64 bits: enough to notice any change of a byte.
fn hash(generated: &Generated) -> u64 {
    let bytes = generated.files.iter().flat_map(|file| file.name.bytes().chain(file.text.bytes()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn small() -> GenerateSpec {
    GenerateSpec { customers: 120, days: 400, dirt: 0.01, ..GenerateSpec::default() }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let spec = small();
    assert_eq!(generate(&spec), generate(&spec));
    assert_ne!(hash(&generate(&spec)), hash(&generate(&GenerateSpec { seed: 8, ..spec })));
    // A change here changes every demo and every number quoted from it: say so in the commit.
    assert_eq!(format!("{:016x}", hash(&generate(&spec))), "f76085999d6356ad");
}

#[test]
fn the_demo_has_the_size_of_a_small_chain() {
    let generated = generate(&GenerateSpec::default());
    let planted = generated.planted;
    assert!((50_000..75_000).contains(&planted.lines), "{planted:?}");
    let returned = planted.returns_cents as f64 / planted.sales_cents as f64;
    assert!((0.005..0.03).contains(&returned), "{returned}");
    let till = file(&generated, "pos_data.csv");
    let receipts: BTreeSet<&str> = fields(till).map(|line| line[0]).collect();
    let per_receipt = planted.lines as f64 / receipts.len() as f64;
    assert!((1.8..3.2).contains(&per_receipt), "{per_receipt}");
    let stores: BTreeSet<&str> = fields(till).map(|line| line[3]).collect();
    assert_eq!(stores.len(), 5);
    assert_eq!(fields(file(&generated, "inventory_data.csv")).count(), 60);
    assert!(till.lines().last().is_some_and(|line| line.contains("2026-10-31")), "trade on the last day");
}

#[test]
fn feasts_are_busy_and_saturdays_beat_mondays() {
    let generated = generate(&GenerateSpec { dirt: 0.0, ..GenerateSpec::default() });
    let mut months: BTreeMap<&str, u32> = BTreeMap::new();
    let mut weekdays = [0_u32; 8];
    for line in fields(file(&generated, "pos_data.csv")) {
        *months.entry(&line[1][..7]).or_default() += 1;
        weekdays[Date::parse(line[1]).expect("a date").weekday() as usize] += 1;
    }
    assert!(f64::from(months["2025-12"]) > 1.3 * f64::from(months["2025-08"]), "{months:?}");
    assert!(f64::from(weekdays[6]) > 1.5 * f64::from(weekdays[1]), "{weekdays:?}");
    assert!(!file(&generated, "pos_data.csv").contains("2025-12-25"));
}

#[test]
fn a_few_customers_make_most_of_the_trade() {
    let generated = generate(&GenerateSpec::default());
    let mut visits: Vec<u32> =
        fields(file(&generated, "crm_data.csv")).map(|line| line[5].parse().expect("a number")).collect();
    visits.sort_unstable_by(|left, right| right.cmp(left));
    let (top, all): (u32, u32) = (visits.iter().take(visits.len() / 5).sum(), visits.iter().sum());
    assert!(f64::from(top) / f64::from(all) > 0.45, "{top} of {all}");
}

#[test]
fn stock_adds_up_for_every_article() {
    let generated = generate(&small());
    let mut stock: BTreeMap<&str, i64> = fields(file(&generated, "inventory_data.csv"))
        .map(|line| (line[0], line[5].parse().expect("a number")))
        .collect();
    for line in fields(file(&generated, "inventory_transactions.csv")) {
        *stock.get_mut(line[2]).expect("an article") += line[4].parse::<i64>().expect("a number");
    }
    for line in fields(file(&generated, "current_stock_snapshot.csv")) {
        assert_eq!(stock[line[0]].to_string(), line[1], "article {}", line[0]);
        assert!(stock[line[0]] >= 0);
    }
}

#[test]
fn what_was_planted_is_what_stands_in_the_file() {
    let generated = generate(&small());
    let planted = generated.planted;
    let mut counted = Planted::default();
    let mut last = String::new();
    for text in file(&generated, "pos_data.csv").lines().skip(1) {
        let line: Vec<&str> = text.split(',').collect();
        counted.lines += 1;
        let cents: i64 = line[6].replace('.', "").parse().expect("cents");
        if text == last {
            counted.duplicates += 1;
        } else if Date::parse(line[1]).is_none() {
            counted.bad_dates += 1;
        } else if line[2].is_empty() {
            counted.missing_products += 1;
        } else if cents < 0 {
            counted.returns += 1;
            counted.returns_cents -= cents;
        } else {
            counted.sales_cents += cents;
        }
        last = text.to_owned();
    }
    assert_eq!(counted, planted);
    assert!(planted.bad_dates > 0 && planted.missing_products > 0 && planted.duplicates > 0, "{planted:?}");
}

#[test]
fn easter_falls_on_its_sundays() {
    for day in ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2011-04-24"] {
        let date = Date::parse(day).expect("a date");
        assert_eq!(season::easter(date.ymd().0), Some(date), "{day}");
    }
}

#[test]
fn silly_wishes_are_kept_within_bounds() {
    let spec = GenerateSpec { customers: 0, days: 0, dirt: f64::NAN, ..GenerateSpec::default() };
    assert_eq!(generate(&spec).files.len(), 5);
}
