//! Five thousand invented people with known duplicates: how many merges are right, how many are found.

mod support;

use std::collections::HashMap;

use confect_analytics::identity::{Identities, IdentityRule, IdentityRules, Reason, resolve_identities};
use support::people::{Row, Variant, plant, record};

/// Pairs that are right, pairs that are wrong, over whole clusters.
fn pairs(identities: &Identities<'_>, truth: &HashMap<&str, &Row>) -> (usize, usize) {
    let (mut right, mut wrong) = (0, 0);
    for (_, ids) in identities.clusters() {
        for (index, left) in ids.iter().enumerate() {
            for other in &ids[index + 1..] {
                if truth[left].person == truth[other].person {
                    right += 1;
                } else {
                    wrong += 1;
                }
            }
        }
    }
    (right, wrong)
}

#[test]
#[ignore]
fn seeds() {
    for seed in 0..20 {
        let rows = plant(5_000, 20, seed);
        let truth: HashMap<&str, &Row> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
        let records: Vec<_> = rows.iter().map(record).collect();
        let rules = IdentityRules::default();
        let identities = resolve_identities(&records, &rules);
        let (right, wrong) = pairs(&identities, &truth);
        println!("{seed}: {right} {wrong}");
    }
}

#[test]
fn planted_duplicates_are_found_and_neighbours_left_alone() {
    let rows = plant(5_000, 20, 11);
    let truth: HashMap<&str, &Row> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    let records: Vec<_> = rows.iter().map(record).collect();
    let rules = IdentityRules::default();
    let identities = resolve_identities(&records, &rules);

    let (right, wrong) = pairs(&identities, &truth);
    let precision = right as f64 / (right + wrong) as f64;
    let mut by_rule: HashMap<IdentityRule, (usize, usize)> = HashMap::new();
    for link in identities.links() {
        let is_right = truth[link.customer_id].person == truth[link.joined_to].person;
        let count = by_rule.entry(link.rule).or_default();
        *(if is_right { &mut count.0 } else { &mut count.1 }) += 1;
    }

    let mut first: HashMap<usize, &Row> = HashMap::new();
    for row in rows.iter().filter(|row| row.variant.is_none()) {
        first.insert(row.person, row);
    }
    let mut found: HashMap<String, (usize, usize)> = HashMap::new();
    for row in &rows {
        let Some(variant) = row.variant else { continue };
        let is_found = identities.person_of(&row.id) == identities.person_of(&first[&row.person].id);
        let count = found.entry(format!("{variant:?}")).or_default();
        *(if is_found { &mut count.0 } else { &mut count.1 }) += 1;
    }
    let unreachable = found.remove(&format!("{:?}", Variant::NothingReachable)).expect("some");
    let (hits, misses) = found.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let recall = hits as f64 / (hits + misses) as f64;
    println!("{} rows, {right} pairs right, {wrong} wrong: precision {precision:.4}", rows.len());
    println!("by rule (right, wrong): {by_rule:?}");
    println!(
        "{hits} found, {misses} missed: recall {recall:.4}; by variant {found:?}; unreachable {unreachable:?}"
    );

    assert!(hits + misses > 600, "too few duplicates were planted to say anything");
    assert_eq!(by_rule[&IdentityRule::Email].1, 0, "a merge by e-mail is wrong");
    assert!(precision >= 0.99, "{precision}");
    assert!(recall >= 0.95, "{recall}");
    assert_eq!(unreachable.0, 0, "customers with nothing in common but a name were merged");
    assert!(
        identities.unused.iter().any(|unused| matches!(unused.reason, Reason::Shared { ids } if ids > 20))
    );
}
