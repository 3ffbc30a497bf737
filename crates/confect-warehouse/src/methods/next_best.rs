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

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, StringArray, StringViewArray};
use confect_analytics::basket::{BasketError, Baskets, next_best};
use confect_domain::{Parameters, Problem};
use hashbrown::HashMap;

use super::basket_rules::{options, searched};
use super::columns::table;
use super::{MethodError, MethodOutput, Rows};

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

pub(super) fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let (wish, most) = (options(parameters)?, most(parameters)?);
    let lines = Lines::of(rows)?;
    let mut found = Found::default();
    let mut findings = Vec::new();
    for (country, customers) in &lines.customers {
        let baskets = lines.receipts(*country)?;
        let Some(study) = searched(&baskets, &wish, "article", &mut findings)? else { continue };
        let rules = &study.rules.rules;
        let bought = collected(customers, lines.articles.len())?;
        let offers = next_best(&bought, rules, most, &AtomicBool::new(false)).map_err(failed)?;
        let ids = customers.chunk_by(same).filter_map(|of_one| of_one.first());
        for ((customer, _), offers) in ids.zip(offers) {
            for (rank, offer) in (1..).zip(offers) {
                let because = rules.get(offer.rule).map(|rule| {
                    let codes: Vec<&str> = rule.antecedent.iter().map(|item| lines.article(*item)).collect();
                    codes.join(" + ")
                });
                let because = because.unwrap_or_default();
                let percent = (offer.confidence * 100.0).round();
                found.reasons.push(format!("{percent} % of the receipts with {because} have it too"));
                found.ids.push(lines.ids.get(*customer as usize).cloned().unwrap_or_default());
                found.countries.push(*country);
                found.ranks.push(rank);
                found.codes.push(lines.article(offer.item).to_owned());
                found.scores.push(offer.confidence);
                found.because.push(because);
            }
        }
    }
    let batch = found.finish()?;
    Ok(MethodOutput { findings, ..MethodOutput::single(batch) })
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
    fn of(rows: &Rows) -> Result<Self, MethodError> {
        let (articles, items) = numbered(&rows.texts("article")?);
        let (ids, customers_of) = numbered(&rows.texts("customer_id")?);
        let (_, baskets) = numbered(&rows.texts("basket")?);
        let (countries, homes) = (rows.integers("country_key")?, rows.integers("sole_country_key")?);
        let mut receipts: BTreeMap<Option<i64>, Vec<Pair>> = BTreeMap::new();
        let mut customers: BTreeMap<i64, Vec<Pair>> = BTreeMap::new();
        let places = items.iter().zip(&baskets).zip(&customers_of);
        for (((item, basket), customer), (country, home)) in places.zip(countries.iter().zip(&homes)) {
            let Some(item) = *item else { continue };
            if let Some(basket) = *basket {
                receipts.entry(*country).or_default().push((basket, item));
            }
            if let (Some(customer), Some(home)) = (*customer, *home) {
                customers.entry(home).or_default().push((customer, item));
            }
        }
        for pairs in receipts.values_mut().chain(customers.values_mut()) {
            pairs.sort_unstable();
            pairs.dedup();
        }
        Ok(Self { articles, ids, receipts, customers })
    }

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

/// The distinct texts in order, and for each row the number of its text.
fn numbered(texts: &StringViewArray) -> (Vec<String>, Vec<Option<u32>>) {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut rows = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        rows.push(text.filter(|text| !text.is_empty()).map(|text| *numbers.entry(text).or_insert(next)));
    }
    let mut names: Vec<(&str, u32)> = numbers.into_iter().collect();
    names.sort_unstable();
    let mut ranks = vec![0_u32; names.len()];
    for (rank, (_, number)) in (0_u32..).zip(&names) {
        if let Some(place) = ranks.get_mut(*number as usize) {
            *place = rank;
        }
    }
    for row in rows.iter_mut().flatten() {
        *row = ranks.get(*row as usize).copied().unwrap_or_default();
    }
    (names.into_iter().map(|(name, _)| name.to_owned()).collect(), rows)
}
