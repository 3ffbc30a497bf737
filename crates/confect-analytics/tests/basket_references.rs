//! Published data sets against counts of other programs: FIMI, Groceries, Online Retail.
//!
//! The data have no licence that lets them lie here; they are looked for in `CONFECT_SHARED` or in `shared`
//! beside the repository, and without them the tests say so and pass.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use confect_analytics::basket::{
    Baskets, Correction, Itemsets, Kind, MinSupport, MineOptions, NamedBaskets, PairColumns, RuleOptions,
    corrected, mine, read_fimi, read_lines, read_pairs, rules,
};
use serde_json::Value;

static GO_ON: AtomicBool = AtomicBool::new(false);

fn shared(path: &str) -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("CONFECT_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let Ok(bytes) = std::fs::read(root.join(path)) else {
        println!("skipped: no `{path}` in CONFECT_SHARED or in `shared` beside the repository");
        return None;
    };
    let packed = path.ends_with(".zst");
    Some(if packed { zstd::decode_all(&bytes[..]).expect("zstd") } else { bytes })
}

fn reference(name: &str) -> Option<Value> {
    shared(&format!("reference/{name}")).map(|bytes| serde_json::from_slice(&bytes).expect("JSON"))
}

fn find(baskets: &Baskets, support: MinSupport, kind: Kind, threads: usize) -> Itemsets {
    mine(baskets, &MineOptions::new(support).of_kind(kind).on_threads(threads), &GO_ON).expect("itemsets")
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} of {value}"))
}

#[test]
fn fimi_sets_have_the_counts_of_other_programs() {
    let Some(reference) = reference("fimi_counts.json") else { return };
    for name in ["retail", "T10I4D100K", "chess", "mushroom", "BMS1"] {
        let Some(bytes) = shared(&format!("data/fimi/{name}.dat.zst")) else { return };
        let named = read_fimi(&bytes[..]).expect("FIMI text");
        let known = &reference["sets"][format!("{name}.dat")];
        assert_eq!(named.baskets.len() as u64, number(known, "transactions"));
        for (support, expected) in known["supports"].as_object().expect("supports") {
            let support = MinSupport::Share(support.parse().expect("a share"));
            let all = find(&named.baskets, support, Kind::All, 2);
            assert_eq!(u64::from(all.min_count), number(expected, "min_count"), "{name}");
            assert_eq!(all.len() as u64, number(expected, "frequent"), "{name} {support:?}");
            assert_eq!(all.sum_of_counts(), number(expected, "sum_of_counts"), "{name} {support:?}");
            for (length, count) in expected["by_length"].as_object().expect("lengths") {
                let place = length.parse::<usize>().expect("a length") - 1;
                assert_eq!(all.by_length()[place] as u64, count.as_u64().expect("a count"), "{name}");
            }
            let closed = find(&named.baskets, support, Kind::Closed, 2).len() as u64;
            let maximal = find(&named.baskets, support, Kind::Maximal, 1).len() as u64;
            let expected = [number(expected, "closed"), number(expected, "maximal")];
            assert_eq!([closed, maximal], expected, "{name} {support:?}");
        }
    }
}

/// Millions of sets, too slow without optimisation.
#[test]
#[cfg_attr(debug_assertions, ignore = "run with --release")]
fn deep_rows_have_the_published_checksums() {
    let rows: [(&str, u32, usize, u64); 8] = [
        ("retail", 88, 7_712, 1_870_120),
        ("retail", 44, 19_836, 2_594_976),
        ("retail", 9, 240_852, 5_779_263),
        ("T10I4D100K", 50, 53_385, 8_450_826),
        ("mushroom", 407, 3_755_511, 2_111_146_492),
        ("chess", 2_238, 48_731, 117_572_401),
        ("chess", 1_918, 254_944, 537_258_268),
        ("chess", 1_598, 1_272_932, 2_285_602_435),
    ];
    let mut read: BTreeMap<&str, NamedBaskets> = BTreeMap::new();
    for (name, min, sets, sum) in rows {
        if !read.contains_key(name) {
            let Some(bytes) = shared(&format!("data/fimi/{name}.dat.zst")) else { return };
            read.insert(name, read_fimi(&bytes[..]).expect("FIMI text"));
        }
        let found = find(&read[name].baskets, MinSupport::Count(min), Kind::All, 2);
        assert_eq!((found.len(), found.sum_of_counts()), (sets, sum), "{name} at {min}");
    }
}

fn groceries() -> Option<NamedBaskets> {
    let bytes = shared("data/groceries/groceries.csv.zst")?;
    Some(read_lines(&bytes[..], b',').expect("lines of names"))
}

#[test]
fn groceries_have_463_rules_and_the_published_proof() {
    let Some(named) = groceries() else { return };
    assert_eq!((named.baskets.len(), named.items.len(), named.baskets.occurrences()), (9_835, 169, 43_367));
    let support = MinSupport::Share(0.006);
    let sets = find(&named.baskets, support, Kind::All, 1);
    assert_eq!((sets.min_count, sets.by_length()), (60, vec![109, 478, 156, 4]));
    let closed = find(&named.baskets, support, Kind::Closed, 1).len();
    assert_eq!((closed, find(&named.baskets, support, Kind::Maximal, 1).len()), (747, 532));
    let made = rules(&sets, &RuleOptions::new(0.25), &GO_ON).unwrap();
    assert_eq!(made.rules.len(), 463);
    let any = RuleOptions { max_consequent_len: 9, ..RuleOptions::new(0.25) };
    assert_eq!(rules(&sets, &any, &GO_ON).unwrap().rules.len(), 467);

    let mean = |of: &dyn Fn(usize) -> f64| (0..463).map(of).sum::<f64>() / 463.0;
    let near = |left: f64, right: f64| assert!((left - right).abs() < 1e-9, "{left} {right}");
    near(mean(&|rule| made.rules[rule].counts.support()), 0.011_539_428_7);
    near(mean(&|rule| made.rules[rule].counts.confidence()), 0.378_557_331_1);
    near(mean(&|rule| made.rules[rule].counts.lift()), 2.035_092_199_0);
    near(made.rules[0].counts.lift(), 3.956_477_378_7);
    near(made.rules[462].counts.lift(), 0.993_236_684_4);

    let p: Vec<f64> = made.rules.iter().map(|rule| rule.p_value).collect();
    let below = |values: &[f64]| values.iter().filter(|value| **value < 0.05).count();
    assert_eq!(below(&p), 456);
    assert_eq!(below(&corrected(&p, Correction::Bonferroni)), 426);
    assert_eq!(below(&corrected(&p, Correction::Holm)), 451);
    assert_eq!(below(&corrected(&p, Correction::FalseDiscovery)), 456);
    let better = |rule: &&_| {
        let rule: &confect_analytics::basket::Rule = rule;
        rule.simpler_confidence.is_none_or(|simpler| rule.counts.confidence() > simpler)
    };
    assert_eq!(made.rules.iter().filter(better).count(), 446);
    assert_eq!(made.rules.iter().filter(|rule| rule.improvement() > 0.0).count(), 445);
    let productive: Vec<f64> = made.rules.iter().map(|rule| rule.productive_p).collect();
    assert_eq!(below(&productive), 366);
    assert_eq!(below(&corrected(&productive, Correction::Holm)), 183);
}

#[test]
fn groceries_at_other_supports() {
    let Some(named) = groceries() else { return };
    for (support, min, sets, rows) in [
        (0.001, 10, 13_492, &[(0.5, 5_668), (0.8, 410), (0.9, 129), (0.25, 17_391)][..]),
        (0.01, 99, 333, &[(0.25, 170), (0.5, 15)]),
        (0.005, 50, 1_001, &[(0.2, 872)]),
    ] {
        let found = find(&named.baskets, MinSupport::Share(support), Kind::All, 1);
        assert_eq!((found.min_count, found.len()), (min, sets));
        for (confidence, expected) in rows {
            let made = rules(&found, &RuleOptions::new(*confidence), &GO_ON).unwrap();
            assert_eq!(made.rules.len(), *expected, "{support} {confidence}");
        }
    }
    let found = find(&named.baskets, MinSupport::Share(0.001), Kind::All, 1);
    let any = RuleOptions { max_consequent_len: 9, ..RuleOptions::new(0.25) };
    assert_eq!(rules(&found, &any, &GO_ON).unwrap().rules.len(), 19_390);
    assert_eq!(find(&named.baskets, MinSupport::Share(0.001), Kind::Closed, 1).len(), 13_464);
    assert_eq!(find(&named.baskets, MinSupport::Share(0.001), Kind::Maximal, 1).len(), 7_794);
}

/// Invoice and stock code of the sales in the United Kingdom, as `online_retail_market_basket.json` has it.
fn online_retail(item: usize, blank_removed: bool) -> Option<NamedBaskets> {
    let bytes = shared("data/online_retail/online_retail.csv.zst")?;
    let mut rows = csv::Reader::from_reader(&bytes[..]);
    let mut pairs = csv::Writer::from_writer(Vec::new());
    pairs.write_record(["invoice", "item"]).unwrap();
    let mut row = csv::StringRecord::new();
    while rows.read_record(&mut row).unwrap() {
        let sold = row[3].parse::<i64>().unwrap() > 0 && !row[0].starts_with(['C', 'A']);
        if sold && &row[7] == "United Kingdom" {
            pairs.write_record([&row[0], if blank_removed { row[item].trim() } else { &row[item] }]).unwrap();
        }
    }
    Some(read_pairs(&pairs.into_inner().unwrap()[..], &PairColumns::new("invoice", "item")).unwrap())
}

#[test]
fn online_retail_has_the_counts_of_mlxtend() {
    let Some(reference) = reference("online_retail_market_basket.json") else { return };
    for (model, item) in [("UK_M1_stockcode_all", 1), ("UK_M3_description", 2)] {
        let Some(named) = online_retail(item, item == 2) else { return };
        let known = &reference[model];
        assert_eq!(named.baskets.len() as u64, number(known, "baskets"), "{model}");
        assert_eq!(named.baskets.occurrences() as u64, number(known, "pairs_basket_item"), "{model}");
        for support in ["0.02", "0.01"] {
            let expected = &known[format!("min_support_{support}")];
            let sets = find(&named.baskets, MinSupport::Share(support.parse().unwrap()), Kind::All, 2);
            assert_eq!(sets.len() as u64, number(expected, "frequent_itemsets"), "{model} {support}");
            let expected = &expected["min_confidence_0.3"];
            let single = rules(&sets, &RuleOptions::new(0.3), &GO_ON).unwrap().rules;
            assert_eq!(single.len() as u64, number(expected, "rules_single_consequent"));
            let any = RuleOptions { max_consequent_len: 9, ..RuleOptions::new(0.3) };
            let any = rules(&sets, &any, &GO_ON).unwrap().rules;
            assert_eq!(any.len() as u64, number(expected, "rules"), "{model} {support}");
            let lift = expected["max_lift"].as_f64().unwrap();
            assert!((any[0].counts.lift() - lift).abs() < 1e-6);
        }
    }
}
