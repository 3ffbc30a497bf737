//! The next best article of each customer: what the rules say goes with what the customer has.
//!
//! Only rules with one item on the right, and never an item that the customer bought already.
//! Deliberately absent: what is in stock and what it earns, which the warehouse joins.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::baskets::Baskets;
use super::error::BasketError;
use super::rules::Rule;

/// An article for a customer, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// The article.
    pub item: u32,
    /// The place of the rule that speaks for it.
    pub rule: usize,
    /// The confidence of that rule.
    pub confidence: f64,
}

/// For each basket of `customers` (all that one customer ever bought) at most `most` articles, the surest
/// first. Where several rules speak for an article, the one with the highest confidence, then lift, counts.
pub fn next_best(
    customers: &Baskets,
    rules: &[Rule],
    most: usize,
    cancel: &AtomicBool,
) -> Result<Vec<Vec<Offer>>, BasketError> {
    let by_strength = strongest_first(rules);
    // Rules by the first item of their left side; each list is strongest first.
    let mut starting = vec![Vec::new(); customers.universe() as usize];
    for (strength, rule) in by_strength.iter().enumerate() {
        let first = rules.get(*rule).and_then(|rule| rule.antecedent.first());
        if let Some(list) = first.and_then(|first| starting.get_mut(*first as usize)) {
            list.push(strength);
        }
    }
    let mut offers = Vec::with_capacity(customers.len());
    for (number, has) in customers.iter().enumerate() {
        if number % 256 == 0 && cancel.load(Relaxed) {
            return Err(BasketError::Cancelled);
        }
        let bought = |item: &u32| has.binary_search(item).is_ok();
        let lists = has.iter().filter_map(|item| starting.get(*item as usize));
        let mut fitting: Vec<usize> = lists
            .flatten()
            .copied()
            .filter(|strength| {
                by_strength.get(*strength).and_then(|rule| rules.get(*rule)).is_some_and(|rule| {
                    rule.antecedent.iter().all(bought) && !rule.consequent.iter().any(bought)
                })
            })
            .collect();
        fitting.sort_unstable();
        offers.push(first_of_each_item(&fitting, &by_strength, rules, most));
    }
    Ok(offers)
}

/// The places of rules with one item on the right.
fn strongest_first(rules: &[Rule]) -> Vec<usize> {
    let single = rules.iter().enumerate().filter(|(_, rule)| rule.consequent.len() == 1);
    let mut order: Vec<(usize, &Rule)> = single.collect();
    order.sort_by(|(_, left), (_, right)| {
        let by_confidence = right.counts.confidence().total_cmp(&left.counts.confidence());
        by_confidence.then_with(|| right.counts.lift().total_cmp(&left.counts.lift()))
    });
    order.into_iter().map(|(place, _)| place).collect()
}

fn first_of_each_item(fitting: &[usize], by_strength: &[usize], rules: &[Rule], most: usize) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for place in fitting.iter().filter_map(|strength| by_strength.get(*strength)) {
        if offers.len() >= most {
            break;
        }
        let Some(rule) = rules.get(*place) else { continue };
        let Some(item) = rule.consequent.first() else { continue };
        if offers.iter().all(|offer| offer.item != *item) {
            offers.push(Offer { item: *item, rule: *place, confidence: rule.counts.confidence() });
        }
    }
    offers
}
