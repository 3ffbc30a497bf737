//! `next_best`: for each customer the articles that the rules say go with what the customer bought.
//!
//! Reads sold lines with `basket`, `article`, `country_key`, and, where the customer is known, `customer_id` and
//! `sole_country_key`.
//!
//! The rules for customers of one country are made of that country's receipts alone, because a viewer of that
//! country reads them; customers of several countries (key 0) get those of all receipts. So no suggestion tells
//! about receipts that its reader may not see, and a country with few receipts has few suggestions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use confect_analytics::basket::{BasketError, Baskets, StudyOptions, next_best};
use confect_domain::{Parameters, Problem};

use super::basket_rules::{options, searched};
use super::columns::table;
use super::numbering::Numbering;
use super::{Consumer, MethodError, MethodOutput, Rows};

const PARAMETERS: &[&str] = &[
    "most",
    "min_support",
    "min_baskets",
    "min_confidence",
    "max_len",
    "max_itemsets",
    "max_rules",
    "max_basket_items",
    "keep_unproven",
];

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(PARAMETERS)?;
    most(parameters)?;
    options(parameters).map(|_| ())
}

fn most(parameters: &Parameters) -> Result<usize, Problem> {
    Ok(usize::try_from(parameters.integer("most", 3, 1, 50)?).unwrap_or(1))
}

/// Takes lines as they come.
pub(super) fn begin(parameters: &Parameters) -> Result<Box<dyn Consumer>, MethodError> {
    let (wish, most) = (options(parameters)?, most(parameters)?);
    Ok(Box::new(NextBest { wish, most, ..NextBest::default() }))
}

impl Consumer for NextBest {
    fn take(&mut self, rows: &Rows) -> Result<(), MethodError> {
        let items = self.articles.numbers(&rows.texts("article")?);
        let customers = self.ids.numbers(&rows.texts("customer_id")?);
        let baskets = self.baskets.numbers(&rows.texts("basket")?);
        let (countries, homes) = (rows.integers("country_key")?, rows.integers("sole_country_key")?);
        let places = items.iter().zip(&baskets).zip(&customers);
        for (((item, basket), customer), (country, home)) in places.zip(countries.iter().zip(&homes)) {
            let Some(item) = *item else { continue };
            if let Some(basket) = *basket {
                self.receipts.entry(*country).or_default().push((basket, item));
            }
            if let (Some(customer), Some(home)) = (*customer, *home) {
                self.customers.entry(home).or_default().push((customer, item));
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<MethodOutput, MethodError> {
        let (wish, most) = (self.wish.clone(), self.most);
        self.lines().offers(&wish, most)
    }
}

impl Lines {
    fn offers(&self, wish: &StudyOptions, most: usize) -> Result<MethodOutput, MethodError> {
        let mut found = Found::default();
        let mut findings = Vec::new();
        for (country, customers) in &self.customers {
            let baskets = self.receipts(*country)?;
            let Some(study) = searched(&baskets, wish, "article", &mut findings)? else { continue };
            let rules = &study.rules.rules;
            let bought = collected(customers, self.articles.len())?;
            let offers = next_best(&bought, rules, most, &AtomicBool::new(false)).map_err(failed)?;
            let ids = customers.chunk_by(same).filter_map(|of_one| of_one.first());
            for ((customer, _), offers) in ids.zip(offers) {
                for (rank, offer) in (1..).zip(offers) {
                    let because = rules.get(offer.rule).map(|rule| {
                        let codes: Vec<&str> =
                            rule.antecedent.iter().map(|item| self.article(*item)).collect();
                        codes.join(" + ")
                    });
                    let because = because.unwrap_or_default();
                    let percent = (offer.confidence * 100.0).round();
                    found.reasons.push(format!("{percent} % of the receipts with {because} have it too"));
                    found.ids.push(self.ids.get(*customer as usize).cloned().unwrap_or_default());
                    found.countries.push(*country);
                    found.ranks.push(rank);
                    found.codes.push(self.article(offer.item).to_owned());
                    found.scores.push(offer.confidence);
                    found.because.push(because);
                }
            }
        }
        let batch = found.finish()?;
        Ok(MethodOutput { findings, ..MethodOutput::single(batch) })
    }
}

fn failed(error: BasketError) -> MethodError {
    MethodError::Input(error.to_string())
}

#[derive(Default)]
struct Found {
    ids: Vec<String>,
    countries: Vec<i64>,
    ranks: Vec<i64>,
    codes: Vec<String>,
    scores: Vec<f64>,
    because: Vec<String>,
    reasons: Vec<String>,
}

impl Found {
    fn finish(self) -> Result<arrow::array::RecordBatch, MethodError> {
        let text = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
        table(vec![
            ("customer_id", text(self.ids)),
            ("sole_country_key", Arc::new(Int64Array::from(self.countries))),
            ("rank", Arc::new(Int64Array::from(self.ranks))),
            ("stock_code", text(self.codes)),
            ("score", Arc::new(Float64Array::from(self.scores))),
            ("because", text(self.because)),
            ("reason", text(self.reasons)),
        ])
    }
}

/// A receipt or a customer, and an article: both as numbers.
type Pair = (u32, u32);

fn same(left: &Pair, right: &Pair) -> bool {
    left.0 == right.0
}

/// Pairs in order as baskets, one for each first number.
fn collected(pairs: &[Pair], articles: usize) -> Result<Baskets, MethodError> {
    let mut baskets = Baskets::new(u32::try_from(articles).unwrap_or(u32::MAX));
    let mut items = Vec::new();
    for of_one in pairs.chunk_by(same) {
        items.clear();
        items.extend(of_one.iter().map(|(_, item)| *item));
        baskets.push(&items).map_err(failed)?;
    }
    Ok(baskets)
}

/// The lines so far, as numbers.
struct NextBest {
    wish: StudyOptions,
    most: usize,
    articles: Numbering,
    ids: Numbering,
    baskets: Numbering,
    receipts: BTreeMap<Option<i64>, Vec<Pair>>,
    customers: BTreeMap<i64, Vec<Pair>>,
}

impl Default for NextBest {
    fn default() -> Self {
        Self {
            wish: StudyOptions::new(0.0),
            most: 0,
            articles: Numbering::default(),
            ids: Numbering::default(),
            baskets: Numbering::default(),
            receipts: BTreeMap::new(),
            customers: BTreeMap::new(),
        }
    }
}

impl NextBest {
    fn lines(self) -> Lines {
        let ((articles, article_places), (ids, id_places)) = (self.articles.ranked(), self.ids.ranked());
        let (_, basket_places) = self.baskets.ranked();
        let (mut receipts, mut customers) = (self.receipts, self.customers);
        for pairs in receipts.values_mut() {
            put_in_order(pairs, &basket_places, &article_places);
        }
        for pairs in customers.values_mut() {
            put_in_order(pairs, &id_places, &article_places);
        }
        Lines { articles, ids, receipts, customers }
    }
}

/// Numbers by the order of the alphabet, each pair once.
fn put_in_order(pairs: &mut Vec<Pair>, first: &[u32], second: &[u32]) {
    let place = |places: &[u32], number: u32| places.get(number as usize).copied().unwrap_or_default();
    for pair in pairs.iter_mut() {
        *pair = (place(first, pair.0), place(second, pair.1));
    }
    pairs.sort_unstable();
    pairs.dedup();
}

/// The rows as numbers, each text looked at once.
struct Lines {
    /// Articles by number, in order of the alphabet.
    articles: Vec<String>,
    /// Customers by number, likewise.
    ids: Vec<String>,
    /// Receipts and articles by the country of the line, in order, each pair once.
    receipts: BTreeMap<Option<i64>, Vec<Pair>>,
    /// Customers and articles by the only country of the customer (0 if there are several), likewise.
    customers: BTreeMap<i64, Vec<Pair>>,
}

impl Lines {
    fn article(&self, number: u32) -> &str {
        self.articles.get(number as usize).map_or("", String::as_str)
    }

    /// The receipts that count for customers of a country; 0 is all.
    fn receipts(&self, country: i64) -> Result<Baskets, MethodError> {
        if country != 0 {
            let own = self.receipts.get(&Some(country)).map(Vec::as_slice).unwrap_or_default();
            return collected(own, self.articles.len());
        }
        let mut all: Vec<Pair> = self.receipts.values().flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        collected(&all, self.articles.len())
    }
}
